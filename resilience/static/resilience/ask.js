// Keeps what is being typed on the server (a draft behind a signed cookie), sends photos as soon as they are picked, and
// holds on to the page when the network fails. Nothing is stored in the browser. Speaks htmx's headers and events, so that
// the server's and app.js's answers to them hold here too.
"use strict";
(() => {
  const tell = (form, name, detail) => form.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: detail || {} }));
  const post = (form, data) => fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (!window.fetch || !window.FormData || !FormData.prototype.delete) return;

  // --- keep while typing: one at a time, the newest last
  const keeping = new WeakMap();
  const keep = (form, withPhotos) => {
    if (form.dataset.keep === undefined) return Promise.resolve();
    const before = keeping.get(form) || Promise.resolve();
    const next = before.then(async () => {
      const data = new FormData(form);
      const input = form.querySelector("input[type=file]");
      if (!withPhotos) data.delete("photos");
      data.set("keep", "1");
      try {
        const answer = await post(form, data);
        const part = form.querySelector("#photos");
        if (!withPhotos || !part) return;
        if (!answer.ok) return tell(form, "htmx:responseError");
        part.outerHTML = await answer.text();
        input.value = "";
      } catch { if (withPhotos) tell(form, "htmx:sendError"); }
    });
    keeping.set(form, next);
    return next;
  };
  let timer;
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || event.target.type === "file" || form.dataset.keep === undefined) return;
    clearTimeout(timer);
    timer = setTimeout(() => keep(form, false), 900);
  });
  document.addEventListener("change", (event) => {
    if (event.target.type === "file" && event.target.form) keep(event.target.form, true);
  });

  // --- send: where the answer leads, or the page with what is to be put right
  const show = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    document.title = page.title;
    document.getElementById("main").replaceWith(page.getElementById("main"));
    const first = document.getElementById("error-summary") || document.querySelector("#main h1");
    if (first) { first.tabIndex = -1; first.focus(); }
    scrollTo(0, 0);
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.dataset.ask === undefined) return;
    event.preventDefault();
    clearTimeout(timer);
    const data = new FormData(form);
    if (event.submitter && event.submitter.name) data.append(event.submitter.name, event.submitter.value);
    try {
      await keeping.get(form);
      const answer = await post(form, data);
      const to = answer.headers.get("HX-Redirect");
      if (to) {
        const target = new URL(to, location.href);
        if (target.pathname === location.pathname && target.search === location.search) { history.replaceState(null, "", target); location.reload(); } else location.assign(target);
        return;
      }
      if (answer.ok || answer.status === 422 || answer.status === 429) show(await answer.text());
      else tell(form, "htmx:responseError");
      tell(form, "htmx:afterRequest", { successful: answer.ok });
    } catch {
      tell(form, "htmx:afterRequest", { successful: false });
      tell(form, "htmx:sendError");
    }
  });
})();
