// The middle and right panes: the dialog of a verb, choosing candidates, what follows a step.
import { mark } from "./desk_queue.js";
import { toast } from "./toasts.js";

const work = document.getElementById("work");
const dialog = document.getElementById("verb");
const SHOWN = new Set([400, 403, 404, 409, 422]);
const [site] = document.title.match(/ · [^·]+$/) || [""];

// Refusals carry the form with its explanation: they are shown in place like any other answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (SHOWN.has(event.detail.xhr.status) && event.detail.xhr.getResponseHeader("Content-Type").startsWith("text/html")) {
    const page = event.detail.xhr.responseText.trimStart().toLowerCase().startsWith("<!doctype");
    if (page) { window.location.reload(); event.detail.shouldSwap = false; return; }
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:sendError", () => toast(document.querySelector("[data-rows]") ? work.dataset.wordOffline || "⚠" : "⚠", "error"));

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "verb-box") {
    for (const menu of work.querySelectorAll("details[data-menu][open]")) menu.open = false;
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector("[role=alert], .error-summary") || dialog.querySelector("input:not([type=hidden]), textarea, select, button.main");
    if (first) first.focus();
  }
  if (event.target.id === "work") arrived();
  if (event.target.id === "why-box") event.target.scrollIntoView({ block: "nearest" });
});
document.addEventListener("desk:done", () => {
  if (dialog.open) dialog.close();
  // The button that was pressed has gone with the old pane: one goes on from the top of the new one.
  const title = document.getElementById("case-title");
  if (title) {
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
  }
  document.getElementById("queue").dispatchEvent(new Event("poll:now"));
});

// The request that is open; the address is the queue's own while nobody has opened one by hand.
function again(pane) {
  window.htmx.ajax("GET", pane.dataset.here, { target: "#work" });
}

// Steps on many, and undone ones: the queue and the request that is open show what they led to.
document.addEventListener("desk:moved", (event) => {
  const pane = work.querySelector("[data-case]");
  if (pane && event.detail.ids.includes(Number(pane.dataset.case))) again(pane);
  document.getElementById("queue").dispatchEvent(new Event("poll:now"));
});

function arrived() {
  const pane = work.querySelector("[data-case]");
  if (!pane) return;
  document.documentElement.classList.add("has-request");
  delete work.dataset.workEmpty;
  mark(pane.dataset.case);
  document.title = document.getElementById("case-title").textContent + site;
  pane.scrollTop = 0;
  if (window.innerWidth < 1100) window.scrollTo(0, 0);
  counted();
  const alert = pane.querySelector("[role=alert]");
  if (alert) { alert.tabIndex = -1; alert.focus(); }
}

// Choosing: the label is lit, the point on the map grows, the button says how many.
export const chosen = () => [...work.querySelectorAll("[data-choose]:checked")];

function counted() {
  for (const box of work.querySelectorAll("[data-choose]")) {
    box.closest(".cand").classList.toggle("sel", box.checked);
    const spot = work.querySelector(`[data-spot="${box.dataset.choose}"]`);
    if (spot) spot.classList.toggle("on", box.checked);
  }
  for (const count of work.querySelectorAll("[data-chosen-count]")) {
    count.hidden = !chosen().length;
    count.textContent = chosen().length;
  }
  for (const bar of work.querySelectorAll("[data-chosen-bar]")) bar.hidden = !chosen().length;
}
work.addEventListener("change", (event) => { if (event.target.matches("[data-choose]")) counted(); });
counted();

// An offer needs somebody; the pool does not. What was said of it goes as soon as somebody is chosen.
let unasked = null;
work.addEventListener("change", () => { if (chosen().length) unasked?.remove(); });
document.addEventListener("click", (event) => {
  const send = event.target.closest("[data-offer-send]");
  if (send && !chosen().length) {
    event.preventDefault();
    unasked?.remove();
    unasked = toast(send.form.dataset.wordNone, "error");
  }
  const reload = event.target.closest("[data-reload]");
  if (reload) {
    event.preventDefault();
    again(work.querySelector("[data-case]"));
  }
});

// On a wide screen the first one that waits is opened at once.
if ("workEmpty" in work.dataset && window.matchMedia("(min-width: 1100px)").matches) {
  const first = document.querySelector("[data-row] > a");
  let opening = true, asked = false; // somebody has opened a request meanwhile: an answer that comes later must not take it away
  document.addEventListener("click", (event) => { asked ||= Boolean(event.target.closest("[data-row] > a, [data-map-link]")); }, true);
  work.addEventListener("htmx:beforeSwap", (event) => {
    if (!opening || event.detail.requestConfig.elt !== document.body) return;
    opening = false;
    if (asked) event.detail.shouldSwap = false;
  });
  if (first) window.addEventListener("load", () => { if (!asked) window.htmx.ajax("GET", first.getAttribute("data-hx-get"), { target: "#work" }); }, { once: true });
}
