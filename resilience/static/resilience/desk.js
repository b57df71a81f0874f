// The queue's helps: keys, and a live refresh that keeps what is ticked, where the reader stands and what they read.
// Without it every button and link of the page works. Words come from data attributes of #queue.
"use strict";
(() => {
  const queue = () => document.getElementById("queue");
  if (!queue()) return;
  const live = document.getElementById("live");
  const rows = () => [...queue().querySelectorAll("tbody tr")];
  const row = (code) => rows().find((tr) => codeOf(tr) === code);
  const here = () => document.activeElement && document.activeElement.closest("#queue tbody tr");
  const stand = (at) => { if (at.tagName === "TR") at.tabIndex = -1; at.focus({ preventScroll: true }); };
  const box = (tr) => tr.querySelector("input[type=checkbox]");
  const codeOf = (tr) => box(tr).value;

  // --- what is ticked
  const paint = () => {
    let ticked = 0;
    rows().forEach((tr) => { tr.classList.toggle("is-selected", box(tr).checked); ticked += box(tr).checked ? 1 : 0; });
    const bar = queue().querySelector(".bulk-bar");
    if (!bar) return;
    bar.hidden = !ticked;
    const words = bar.querySelector("output");
    words.textContent = ticked ? words.dataset.words.replace("{n}", ticked) : "";
  };
  document.addEventListener("change", (event) => { if (event.target.name === "code") paint(); });

  // --- refreshing: htmx replaces #queue; ticks, focus and scroll stay, what is new is said
  let kept = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== queue() || event.detail.xhr.status === 304) return;
    const at = document.activeElement;
    kept = {
      ticked: rows().filter((tr) => box(tr).checked).map(codeOf),
      known: new Set(rows().map(codeOf)),
      code: here() && codeOf(here()),
      part: here() && (at.matches("input") ? "input" : at.matches("a") ? "a" : ""),
      top: scrollY,
    };
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!kept || !queue()) return;
    const { ticked, known, code, part, top } = kept;
    kept = null;
    ticked.forEach((each) => { const tr = row(each); if (tr) box(tr).checked = true; });
    const tr = code && row(code);
    if (tr) stand(part ? tr.querySelector(part) : tr);
    scrollTo({ top, behavior: "instant" });
    paint();
    const fresh = rows().filter((each) => !known.has(codeOf(each)));
    fresh.forEach((each) => each.classList.add("is-new"));
    if (fresh.length) say(queue().dataset.new.replace("{n}", fresh.length));
  });
  const say = (text) => {
    const p = document.createElement("p");
    p.textContent = text;
    live.replaceChildren(p);
    clearTimeout(say.timer);
    say.timer = setTimeout(() => p.remove(), 6000);
  };

  // --- how old what you see is: since the last answer, 304 included
  let answered = Date.now();
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr && [200, 304].includes(event.detail.xhr.status)) answered = Date.now();
  });
  setInterval(() => {
    const age = queue() && queue().querySelector(".age");
    if (age) age.textContent = age.dataset.words.replace("{n}", Math.round((Date.now() - answered) / 1000));
  }, 1000);

  // --- a filter that is empty is no part of the link
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id !== "filters") return;
    const params = event.detail.parameters;
    Object.keys(params).forEach((name) => { if (params[name] === "") delete params[name]; });
  });

  // --- keys
  const step = (by) => {
    const all = rows();
    const at = all.indexOf(here());
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
    if (next) { stand(next); next.scrollIntoView({ block: "nearest" }); }
  };
  const press = (name) => {
    const tr = here();
    if (!rows().some((each) => box(each).checked) && tr) { box(tr).checked = true; paint(); }
    const button = queue().querySelector(`button[data-key="${name}"]`);
    if (button && rows().some((each) => box(each).checked)) button.click();
  };
  let before = null;
  const help = () => {
    const keys = document.getElementById("keys");
    if (document.activeElement === keys) { (before && before.isConnected ? before : document.body).focus(); return; }
    before = document.activeElement;
    keys.focus();
    keys.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    x: () => { const tr = here(); if (tr) { box(tr).checked = !box(tr).checked; paint(); } },
    a: () => press("a"),
    m: () => press("m"),
    "/": () => { const search = document.getElementById("q"); if (search) { search.focus(); search.select(); } },
    "?": help,
    Enter: () => { const tr = here(); if (tr && document.activeElement === tr) tr.querySelector("a").click(); },
    Escape: () => { if (document.activeElement.id === "keys") help(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const at = event.target;
    if (at.matches("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    if (event.key === "Enter" && at.tagName !== "TR") return;
    if (!keys[event.key]) return;
    if (event.key !== "Escape") event.preventDefault();
    keys[event.key]();
  });
  paint();
})();
