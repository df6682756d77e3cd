// The desk by keyboard: j/k through the queue, x chooses for a step on many, 1-9 choose candidates, Enter asks, and one key
// per step (data-key on its button; those of the bar of chosen requests come first while it is there).
// Single keys can be switched off (WCAG 2.1.4); nothing is taken while somebody types or a dialog is open.
import { chooseCurrent, chooseNone } from "./desk_many.js";
import { chosen } from "./desk_work.js";

const off = document.querySelector("[data-keys-off]");
const STORE = "desk-keys-off", SETTLE_MS = 140;
let timer = 0;

off.checked = localStorage.getItem(STORE) === "1";
off.addEventListener("change", () => localStorage.setItem(STORE, off.checked ? "1" : "0"));

function step(by) {
  const links = [...document.querySelectorAll("[data-row] > a")];
  if (!links.length) return;
  const at = links.findIndex((link) => link.getAttribute("aria-current") === "true");
  const next = links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  for (const link of links) link.removeAttribute("aria-current");
  next.setAttribute("aria-current", "true");
  next.scrollIntoView({ block: "nearest" });
  // A row that was clicked before holds the focus: Enter would open that one again.
  if (document.activeElement.matches("[data-row] > a")) next.focus({ preventScroll: true });
  // Only where one comes to rest is loaded.
  clearTimeout(timer);
  timer = setTimeout(() => next.click(), SETTLE_MS);
}

const typing = (node) => node.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || off.checked) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const { key } = event;
  if (key === "j" || key === "k") { event.preventDefault(); step(key === "j" ? 1 : -1); return; }
  if (key === "x" || key === "X") { event.preventDefault(); chooseCurrent(key === "X"); return; }
  if (key === "Escape") { chooseNone(); return; }
  if (/^[1-9]$/.test(key)) {
    const box = document.querySelector(`[data-choose="${key}"]`);
    if (box) { event.preventDefault(); box.click(); }
    return;
  }
  if (key === "Enter") {
    // The row that is open already has nothing more to open: Enter on it asks, too.
    if (!chosen().length || event.target.closest("a:not([aria-current=true]), button, summary, label")) return;
    event.preventDefault();
    document.querySelector(".act [data-offer-send]").click();
    return;
  }
  const target = [...document.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key && !node.closest("[data-none]"));
  if (!target || target.disabled) return;
  event.preventDefault();
  if (target.matches("input")) { target.focus(); target.select(); return; }
  window.htmx?.process(target); // a pane that has just arrived may not be wired yet
  target.click();
});
