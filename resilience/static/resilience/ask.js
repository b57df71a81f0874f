// Keeps what is being typed on the server (a draft behind a signed cookie), sends photos as soon as they are picked, and
// holds on to the page when the network fails. Nothing is stored in the browser. Speaks htmx's headers and events, so that
// the server's and app.js's answers to them hold here too.
"use strict";
(() => {
  if (!window.fetch || !window.FormData || !FormData.prototype.delete || !window.AbortController) return;
  const PATIENCE = 20000, PATIENCE_WITH_PHOTOS = 120000, PATIENCE_WHILE_TYPING = 10000; // ms; then it counts as no connection
  const tell = (form, name, detail) => form.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: detail || {} }));
  const ask = (form, data, more) => fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" }, credentials: "same-origin", ...more });
  const post = async (form, data, patience) => {
    const stop = new AbortController();
    const alarm = setTimeout(() => stop.abort(), patience);
    try {
      const answer = await ask(form, data, { signal: stop.signal });
      return { answer, html: await answer.text() };
    } finally { clearTimeout(alarm); }
  };
  const typed = (form) => { const data = new FormData(form); data.delete("photos"); data.set("keep", "1"); return data; };

  // --- keep while typing: one at a time, the newest last
  const keeping = new WeakMap();
  let timer, unkept = null; // the form with something typed that the server has not answered to
  const keep = (form, withPhotos) => {
    if (form.dataset.keep === undefined) return Promise.resolve();
    const before = keeping.get(form) || Promise.resolve();
    const next = before.then(async () => {
      const data = typed(form);
      const input = form.querySelector("input[type=file]");
      if (withPhotos) for (const file of input.files) data.append("photos", file);
      const mark = unkept;
      try {
        const { answer, html } = await post(form, data, withPhotos ? PATIENCE_WITH_PHOTOS : PATIENCE_WHILE_TYPING);
        if (answer.ok && unkept === mark) unkept = null;
        const part = form.querySelector("#photos");
        if (!withPhotos || !part) return;
        if (!answer.ok) return tell(form, "htmx:responseError");
        part.outerHTML = html;
        input.value = "";
      } catch { if (withPhotos) tell(form, "htmx:sendError"); }
    });
    keeping.set(form, next);
    return next;
  };
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || event.target.type === "file" || form.dataset.keep === undefined) return;
    unkept = { form }; // a new object each time: an answer to what was typed before does not clear it
    clearTimeout(timer);
    timer = setTimeout(() => keep(form, false), 900);
  });
  document.addEventListener("change", (event) => {
    if (event.target.type === "file" && event.target.form) keep(event.target.form, true);
  });
  // The page goes, or the phone is put away: what was typed a moment ago goes along.
  const flush = () => {
    if (!unkept) return;
    clearTimeout(timer);
    const { form } = unkept;
    unkept = null;
    ask(form, typed(form), { keepalive: true }).catch(() => { unkept = unkept || { form }; });
  };
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") flush(); });

  // --- send: where the answer leads, or the page with what is to be put right
  const show = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    document.title = page.title;
    document.getElementById("main").replaceWith(page.getElementById("main"));
    const first = document.getElementById("error-summary") || document.querySelector("#main h1");
    if (first) { first.tabIndex = -1; first.focus(); }
    scrollTo(0, 0);
  };
  let pressed; // for browsers that do not name a form's submitter
  document.addEventListener("click", (event) => { pressed = event.target.closest("button"); }, true);
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.dataset.ask === undefined) return;
    event.preventDefault();
    clearTimeout(timer);
    const submitter = event.submitter || (pressed && pressed.form === form ? pressed : null);
    try {
      await keeping.get(form);
      const data = new FormData(form);
      if (submitter && submitter.name) data.append(submitter.name, submitter.value);
      const input = form.querySelector("input[type=file]");
      const { answer, html } = await post(form, data, input && input.files.length ? PATIENCE_WITH_PHOTOS : PATIENCE);
      const to = answer.headers.get("HX-Redirect");
      if (answer.ok) unkept = null;
      if (to) {
        const target = new URL(to, location.href);
        if (target.pathname === location.pathname && target.search === location.search) { history.replaceState(null, "", target); location.reload(); } else location.assign(target);
        return;
      }
      if (answer.ok || answer.status === 422 || answer.status === 429) { unkept = null; show(html); }
      else tell(form, "htmx:responseError");
      tell(form, "htmx:afterRequest", { successful: answer.ok });
    } catch {
      tell(form, "htmx:afterRequest", { successful: false });
      tell(form, "htmx:sendError");
    }
  });
})();
