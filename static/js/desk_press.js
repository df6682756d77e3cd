// Single keys on every page of the desk: each presses what carries it (data-key; those of the bar of chosen requests come
// first while it is there; an open dialog has its own alone). They can be switched off (WCAG 2.1.4); none is taken while
// somebody types.
const off = document.querySelector("[data-keys-off]");
const STORE = "desk-keys-off";

off.checked = localStorage.getItem(STORE) === "1";
off.addEventListener("change", () => localStorage.setItem(STORE, off.checked ? "1" : "0"));

const typing = (node) => node.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

const dialog = () => document.querySelector("dialog[open]");

function isSingle(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || off.checked) return false;
  if (!typing(event.target)) return true;
  if (event.key === "Escape" && !dialog()) event.target.blur();
  return false;
}

/** Whether a key that was pressed is one of the desk's, not part of what somebody types or does elsewhere. */
export const isFree = (event) => isSingle(event) && !dialog();

document.addEventListener("keydown", (event) => {
  if (!isSingle(event)) return;
  const target = [...(dialog() ?? document).querySelectorAll("[data-key]")].find((node) => node.dataset.key === event.key && !node.closest("[data-none]"));
  if (!target || target.disabled) return;
  event.preventDefault();
  if (target.matches("input")) { target.focus(); target.select(); return; }
  window.htmx?.process(target); // a pane that has just arrived may not be wired yet
  target.click();
});
