// Sends a form with `data-send` and stays on the page until the answer is there: when the network fails or the sign-in has
// ended, all that was typed and picked is still in it. Without this script the form is sent as any other. Speaks htmx's headers
// and events, so that the server's and app.js's answers to them hold here too. Nothing is stored in the browser.
"use strict";
(() => {
  if (!window.fetch || !window.FormData || !window.AbortController) return;
  const PATIENCE = 20000; // ms; and time for the photos on a line of 200 kbit/s
  const BYTES_A_MS = 25;
  const tell = (form, name, detail) => form.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));

  const ask = async (url, options, size) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE + size / BYTES_A_MS);
    try {
      const answer = await fetch(url, { credentials: "same-origin", signal: stop.signal, ...options });
      return { answer, html: await answer.text() };
    } finally { clearTimeout(timer); }
  };
  const post = (form, data) => {
    // Who signed in anew beside this page has a new token.
    const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/);
    if (token) data.set("csrfmiddlewaretoken", token[1]);
    let size = 0;
    data.forEach((value) => { if (value instanceof File) size += value.size; });
    return ask(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" } }, size);
  };

  // The inputs themselves move into the new form, with what was picked: a page cannot fill them.
  const movePhotos = (from, to) => from.querySelectorAll("input[type=file]").forEach((input) => {
    const fresh = to.querySelector(`input[type=file][name="${input.name}"]`);
    if (!fresh || !input.files.length) return;
    input.removeAttribute("aria-invalid");
    [...fresh.attributes].forEach((each) => input.setAttribute(each.name, each.value));
    fresh.replaceWith(input);
    const folded = input.closest("details");
    if (folded) folded.open = true;
  });

  // The answer's page in place of this one; forms that were not sent stay as they are, with what was typed there.
  const show = (sent, html, isSaved) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const main = page.getElementById("main");
    document.querySelectorAll("#main form[data-send][id]").forEach((form) => {
      const fresh = page.getElementById(form.id);
      if (!fresh) return;
      if (form !== sent) fresh.replaceWith(form);
      else if (!isSaved) movePhotos(form, fresh);
    });
    document.title = page.title;
    document.getElementById("main").replaceWith(main);
    if (window.htmx) htmx.process(main);
    const first = main.querySelector("#error-summary, #messages > *, h1");
    if (first) { first.tabIndex = -1; first.focus(); }
  };

  const goOn = async (form, to) => {
    const target = new URL(to, location.href);
    const asks = (url) => { const said = new URLSearchParams(url.search); said.delete("said"); return `${url.pathname}?${said}`; };
    if (asks(target) !== asks(location)) { location.assign(target); return; }
    const { answer, html } = await ask(target.href, {}, 0);
    if (!answer.ok || answer.redirected) { location.reload(); return; }
    tell(form, "htmx:afterRequest", { successful: true });
    history.replaceState(null, "", target);
    show(form, html, true);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.dataset.send === undefined) return;
    event.preventDefault();
    const data = new FormData(form);
    if (event.submitter && event.submitter.name) data.append(event.submitter.name, event.submitter.value);
    try {
      const { answer, html } = await post(form, data);
      const to = answer.headers.get("HX-Redirect");
      if (to) { await goOn(form, to); return; }
      tell(form, "htmx:afterRequest", { successful: answer.ok });
      if (answer.ok || [409, 422, 429].includes(answer.status)) show(form, html, false);
      else tell(form, "htmx:responseError", { xhr: { status: answer.status, responseText: html } });
    } catch {
      tell(form, "htmx:afterRequest", { successful: false });
      tell(form, "htmx:sendError", {});
    }
  });
})();
