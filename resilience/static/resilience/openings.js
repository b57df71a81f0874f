// What was opened hides itself: after so many seconds (data-opened), and when the page is left, also into the browser's memory.
"use strict";
(() => {
  const hide = (box) => {
    const values = box.querySelector("[data-values]");
    if (!values) return;
    const had = values.contains(document.activeElement);
    values.remove();
    const notice = box.querySelector("[data-hidden]");
    notice.hidden = false;
    if (had) notice.querySelector("a").focus();
  };
  const watch = () => document.querySelectorAll("[data-opened]:not([data-watched])").forEach((box) => {
    box.dataset.watched = "";
    setTimeout(() => hide(box), Number(box.dataset.opened) * 1000);
  });
  watch();
  document.addEventListener("htmx:afterSettle", watch);
  addEventListener("pagehide", () => document.querySelectorAll("[data-opened]").forEach(hide));
})();
