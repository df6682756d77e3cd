// The queue that updates by itself without moving what one reads: counts and rows change in place, rows that left stay
// where they are, greyed, and say how they stand now; what is new waits behind a button until it is asked for.
const queue = document.querySelector("[data-queue]");
const filters = document.querySelector("[data-filters]");
const FIRST_PAGE = Number(queue.dataset.first);
let latest = "";

const rows = (root) => [...root.querySelectorAll("[data-row]")];
const current = () => queue.querySelector("[aria-current=true]");

export function mark(id) {
  queue.dataset.selected = id || "";
  const before = current();
  if (before) before.removeAttribute("aria-current");
  const row = id && queue.querySelector(`[data-row="${id}"] > a`);
  if (row) {
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
  }
}

function renew(fresh) {
  for (const tab of fresh.querySelectorAll("[data-tab]")) {
    const old = queue.querySelector(`[data-tab="${tab.dataset.tab}"]`);
    if (old && old.innerHTML !== tab.innerHTML) old.innerHTML = tab.innerHTML;
  }
  for (const what of ["[data-waiting]", ".qh time", "[data-paused]"]) {
    const from = fresh.querySelector(what), to = queue.querySelector(what);
    if (from && to) to.replaceWith(from.cloneNode(true));
  }
}

function renewRow(row, found) {
  row.dataset.version = found.dataset.version;
  const link = row.querySelector(":scope > a"), next = found.querySelector(":scope > a");
  link.className = next.className;
  if (link.innerHTML !== next.innerHTML) link.innerHTML = next.innerHTML;
}

// Where those that have left this list stand now. Without an answer they stay as they were, and the next change asks again.
async function tellOf(gone) {
  if (!gone.length) return;
  const address = `${queue.dataset.rowsNow}&of=${gone.map((row) => row.dataset.row)}`;
  const answer = await fetch(address, { headers: { "X-Requested-With": "poll" }, cache: "no-store", redirect: "error" }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = document.createElement("template");
  fresh.innerHTML = await answer.text();
  for (const found of rows(fresh.content)) {
    const row = queue.querySelector(`.gone-li[data-row="${found.dataset.row}"]`);
    if (row) renewRow(row, found);
  }
}

function compare(fresh) {
  const now = new Map(rows(fresh).map((row) => [row.dataset.row, row]));
  rows(queue).slice(0, FIRST_PAGE).forEach((row) => {
    const found = now.get(row.dataset.row);
    now.delete(row.dataset.row);
    row.classList.toggle("gone-li", !found);
    row.querySelector(":scope > a").title = found ? "" : queue.dataset.wordGone;
    if (found) renewRow(row, found);
  });
  tellOf(rows(queue).slice(0, FIRST_PAGE).filter((row) => row.classList.contains("gone-li")));
  return now.size;
}

queue.addEventListener("poll:fresh", (event) => {
  if (event.target !== queue) return;
  event.preventDefault();
  latest = event.detail.html;
  const fresh = document.createElement("template");
  fresh.innerHTML = latest;
  renew(fresh.content);
  const more = compare(fresh.content);
  const button = queue.querySelector("[data-queue-show]");
  if (!rows(queue).length && more) { show(); return; }
  button.hidden = !more;
  button.querySelector("span").textContent = `${queue.dataset.wordNew} (${more})`;
});

function show() {
  queue.innerHTML = latest;
  if (window.htmx) window.htmx.process(queue);
  mark(queue.dataset.selected);
  queue.dispatchEvent(new Event("queue:drawn"));
}

queue.addEventListener("click", (event) => {
  if (event.target.closest("[data-queue-show]")) show();
});

// List or map: chosen in this browser, drawn by the server.
document.addEventListener("click", (event) => {
  const to = event.target.closest("[data-view]");
  if (!to || to.matches(".on")) return;
  const safe = window.location.protocol === "https:" ? "; secure" : "";
  document.cookie = `desk_view=${to.dataset.view}; path=/desk/; max-age=31536000; samesite=lax${safe}`;
  window.location.reload();
});

// A filter that is chosen is applied at once; the search waits for Enter.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-auto-submit]")) filters.requestSubmit();
});
// Empty filters stay out of the address.
filters.addEventListener("submit", () => {
  for (const field of filters.elements) if (field.name && !field.value) field.disabled = true;
});
window.addEventListener("pageshow", () => { for (const field of filters.elements) field.disabled = false; });
