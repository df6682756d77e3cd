// The desk's panes by keyboard: j/k through the queue, x chooses for a step on many, 1-9 choose candidates, Enter asks. What
// one key presses elsewhere, too, is in desk_press.js.
import { chooseCurrent, chooseNone } from "./desk_many.js";
import { isFree } from "./desk_press.js";
import { chosen } from "./desk_work.js";

const SETTLE_MS = 140;
let timer = 0;

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

document.addEventListener("keydown", (event) => {
  if (!isFree(event)) return;
  const { key } = event;
  if (key === "j" || key === "k") { event.preventDefault(); step(key === "j" ? 1 : -1); return; }
  if (key === "x" || key === "X") { event.preventDefault(); chooseCurrent(key === "X"); return; }
  if (key === "Escape") { chooseNone(); return; }
  if (/^[1-9]$/.test(key)) {
    const box = document.querySelector(`[data-choose="${key}"]`);
    if (!box) return;
    event.preventDefault();
    box.click();
    box.closest(".cand").scrollIntoView({ block: "nearest" }); // nobody is chosen unseen
    return;
  }
  if (key === "Enter") {
    // The row that is open already has nothing more to open: Enter on it asks, too.
    if (!chosen().length || event.target.closest("a:not([aria-current=true]), button, summary, label")) return;
    event.preventDefault();
    document.querySelector(".act [data-offer-send]").click();
  }
});
