// Choosing several requests of the queue for one step: by checkbox, with Shift everything in between, or by key. What is
// chosen carries the version that was seen then; it stays chosen while the list renews itself.
import { toast } from "./toasts.js";

const queue = document.querySelector("[data-queue]");
const bar = document.querySelector("[data-bulk]");
const chosen = new Map(); // number of the request > version seen
let last = ""; // the one that Shift reaches from

const rows = () => [...queue.querySelectorAll("[data-row]")];
const box = (row) => row.querySelector("[data-pick]");

function draw() {
  for (const row of rows()) {
    const on = chosen.has(row.dataset.row);
    row.classList.toggle("picked", on);
    if (box(row)) box(row).checked = on;
  }
  const most = chosen.size >= Number(bar.dataset.most);
  bar.toggleAttribute("data-none", !chosen.size);
  bar.querySelector("[data-bulk-count]").textContent = chosen.size;
  bar.querySelector("[data-bulk-all]").hidden = most;
}

function set(row, on) {
  if (!on) chosen.delete(row.dataset.row);
  else if (chosen.has(row.dataset.row)) return true;
  else if (chosen.size >= Number(bar.dataset.most)) { toast(bar.dataset.wordMost); return false; }
  else chosen.set(row.dataset.row, row.dataset.version);
  return true;
}

function choose(row, { on = !chosen.has(row.dataset.row), reach = false } = {}) {
  const every = rows(), from = every.findIndex((each) => each.dataset.row === last), to = every.indexOf(row);
  const ends = reach && from >= 0 ? [Math.min(from, to), Math.max(from, to)] : [to, to];
  every.slice(ends[0], ends[1] + 1).every((each) => set(each, on));
  last = row.dataset.row;
  draw();
}

/** Chooses the row one stands in, or drops it; with `reach` everything from the last one on. */
export function chooseCurrent(reach) {
  const row = queue.querySelector("[data-row]:has([aria-current=true])") || queue.querySelector("[data-row]");
  if (bar && row) choose(row, reach ? { on: true, reach } : {});
}

/** Chooses none any more; returns whether there were any. */
export function chooseNone() {
  if (!bar || !chosen.size) return false;
  chosen.clear();
  draw();
  return true;
}

function open(button) {
  const query = new URLSearchParams([...chosen].map(([id, version]) => ["chosen", `${id}:${version}`]));
  window.htmx.ajax("GET", `${button.formAction}?${query}`, { target: "#verb-box" });
}

if (bar) {
  bar.querySelector("[data-bulk-word]").textContent = bar.querySelector("[data-bulk-word]").dataset.bulkWord;
  queue.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-pick]");
    if (pick) choose(pick.closest("[data-row]"), { on: pick.checked, reach: event.shiftKey });
  });
  // Shift with a click chooses rows, not the words on them.
  queue.addEventListener("mousedown", (event) => { if (event.shiftKey && event.target.closest(".pick")) event.preventDefault(); });
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches("[data-bulk-do]")) { event.preventDefault(); open(button); }
    if (button.matches("[data-bulk-all]")) { rows().filter((row) => !row.classList.contains("gone-li")).every((row) => set(row, true)); draw(); }
    if (button.matches("[data-bulk-clear]")) chooseNone();
  });
  queue.addEventListener("queue:drawn", draw);
  queue.addEventListener("htmx:afterSwap", draw);
  // What was done is chosen no more; what was refused stays, to be looked at and tried again as it now is.
  document.addEventListener("desk:moved", (event) => {
    for (const id of event.detail.ids) chosen.delete(String(id));
    draw();
  });
  // A row that has changed was chosen as it was: its refusal says so, and it can be chosen anew as it is.
  draw();
}
