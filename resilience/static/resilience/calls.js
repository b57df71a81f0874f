// Call-down: 1–4 press the button of that number, unless somebody is typing.
document.addEventListener("keydown", function (event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, textarea, select")) return;
  var button = document.querySelector('[data-calls] [data-key="' + CSS.escape(event.key) + '"]');
  if (button) { event.preventDefault(); button.click(); }
});
