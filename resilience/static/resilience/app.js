// Small helps on top of pages that work without them. Words come from data attributes: translated in the template.
"use strict";
(() => {
  // What htmx may do, where a page has it: this runs before it starts, when the document is ready.
  if (window.htmx) Object.assign(window.htmx.config, {
    historyCacheSize: 0, includeIndicatorStyles: false, allowEval: false, selfRequestsOnly: true, timeout: 20000,
    responseHandling: [
      { code: "204", swap: false }, { code: "304", swap: false }, { code: "[23]..", swap: true },
      { code: "422", swap: true }, { code: "[45]..", swap: false, error: true },
    ],
  });

  const words = document.body.dataset;
  const live = document.getElementById("live");
  const focus = (el) => { if (el) { el.tabIndex = -1; el.focus(); } };

  const say = (text, lasting) => {
    const p = document.createElement("p");
    p.textContent = text;
    live.replaceChildren(p);
    clearTimeout(say.timer);
    if (!lasting) say.timer = setTimeout(() => p.remove(), 6000);
  };

  // After a page with faults the summary speaks first.
  focus(document.getElementById("error-summary"));

  // A second tap while a form is on its way sends nothing. The button is never disabled: it works again after
  // ten seconds, or at once when the page comes back from the browser's memory. send.js says itself when it has done.
  const waiting = new Map();
  const free = (form) => {
    clearTimeout(waiting.get(form));
    waiting.delete(form);
    form.querySelectorAll('[aria-busy="true"]').forEach((b) => b.removeAttribute("aria-busy"));
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if ((form.getAttribute("method") || "get").toLowerCase() !== "post" && !form.hasAttribute("hx-post")) return;
    if (waiting.has(form)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    const isLong = form.dataset.send !== undefined;
    waiting.set(form, setTimeout(() => free(form), isLong ? 120000 : 10000));
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
    say(words.sending, isLong);
  }, true);
  addEventListener("pageshow", () => [...waiting.keys()].forEach(free));

  // htmx: say what went wrong, and put the reader where the news is. Only what a person pressed moves the focus: polling and
  // searching while typing do not.
  const forget = () => { const notice = document.getElementById("signed-out"); if (notice) notice.remove(); };
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest && event.target.closest("form");
    if (form) free(form);
    if (event.detail.successful) forget();
    if (live.textContent === words.sending) live.replaceChildren();
  });
  ["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, () => say(words.offline, true)));
  document.addEventListener("htmx:responseError", (event) => {
    const { status, responseText } = event.detail.xhr || {};
    const form = event.target.closest && event.target.closest("form");
    if (status !== 401 || !form) { say(words.failed, true); return; }
    // The sign-in has ended: the server's notice goes beside the button, the page stays as it is.
    forget();
    const notice = new DOMParser().parseFromString(responseText, "text/html").getElementById("signed-out");
    (form.querySelector(".thumb-bar, .actions") || form.lastElementChild).before(notice);
    focus(notice);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt || event.target;
    const cause = event.detail.requestConfig && event.detail.requestConfig.triggeringEvent;
    if (!cause || !["submit", "click"].includes(cause.type) || part.closest("[data-quiet]")) return;
    focus(part.querySelector("#error-summary") || part.querySelector("[autofocus], h1"));
  });

  // Read aloud: <button hidden data-read="#main">. Shown only where the browser can speak.
  if ("speechSynthesis" in window) document.querySelectorAll("[data-read]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const speaking = speechSynthesis.speaking;
      speechSynthesis.cancel();
      button.setAttribute("aria-pressed", String(!speaking));
      if (speaking) return;
      const speech = new SpeechSynthesisUtterance(document.querySelector(button.dataset.read).innerText);
      speech.lang = document.documentElement.lang === "en" ? "en" : "zh-CN";
      speech.rate = 0.9;
      speech.onend = () => button.setAttribute("aria-pressed", "false");
      speechSynthesis.speak(speech);
    });
  });
  addEventListener("pagehide", () => "speechSynthesis" in window && speechSynthesis.cancel());

  // Print buttons: <button hidden data-print>.
  document.querySelectorAll("[data-print]").forEach((b) => { b.hidden = false; b.addEventListener("click", () => print()); });
})();
