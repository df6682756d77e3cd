// Live parts: <div id="queue" data-poll="/desk/queue/" data-every="15"> is asked for again while the page is seen.
// Conditional requests (ETag): nothing new costs nothing and moves nothing. Failing twice shows [data-stale] inside or beside it.
// <template data-part="id"> in an answer renews another element with what it holds.
// Listeners may take over: "poll:fresh" (detail.html) is cancelable; when prevented, the module does not replace the contents.
// What somebody types in, or has opened, is not replaced under their hands: the answer is held, [data-held] in the part says
// so, and it is shown as soon as that is closed, or at the next turn.
const FAILS_BEFORE_STALE = 2;

const opened = (part) => [...part.querySelectorAll("details[open]")];

/** Returns how to give the focus back to the link or summary that has it, once its like stands in `part` anew. */
function focused(part) {
  const one = document.activeElement;
  if (!part.contains(one)) return () => {};
  const alike = () => [...part.querySelectorAll(one.localName)].filter((each) => each.outerHTML === one.outerHTML);
  const at = alike().indexOf(one);
  return () => alike()[at]?.focus({ preventScroll: true });
}

function renewOthers(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  for (const other of fresh.content.querySelectorAll("template[data-part]")) document.getElementById(other.dataset.part)?.replaceChildren(other.content);
}

function start(part) {
  if (part.dataset.polling) return;
  part.dataset.polling = "1";
  const every = Number(part.dataset.every || 15) * 1000;
  let etag = part.dataset.etag || "", fails = 0, timer = 0, busy = false, held = null;
  let served = new Set(opened(part)); // open from the start, not by anybody's hand

  function stale(on) {
    part.classList.toggle("is-stale", on);
    for (const note of document.querySelectorAll(`[data-stale="${part.id}"]`)) note.hidden = !on;
  }

  const inUse = () => part.querySelector("dialog[open], :focus:not(a, summary)") || opened(part).some((each) => !served.has(each));

  function show() {
    if (held === null) return;
    const note = part.querySelector("[data-held]");
    if (note) note.hidden = !inUse();
    if (inUse()) return;
    const refocus = focused(part);
    part.innerHTML = held;
    held = null;
    served = new Set(opened(part));
    if (window.htmx) window.htmx.process(part);
    refocus();
  }

  async function ask() {
    if (busy || document.hidden || !part.isConnected) return;
    busy = true;
    try {
      const answer = await fetch(part.dataset.poll, { headers: { "X-Requested-With": "poll", ...(etag && { "If-None-Match": etag }) }, cache: "no-store", credentials: "same-origin", redirect: "error" });
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(String(answer.status));
        etag = answer.headers.get("ETag") || "";
        const html = await answer.text();
        const go = part.dispatchEvent(new CustomEvent("poll:fresh", { bubbles: true, cancelable: true, detail: { html } }));
        if (go) {
          held = html;
          renewOthers(html);
        }
      }
      show();
      fails = 0;
      stale(false);
    } catch {
      fails += 1;
      if (fails >= FAILS_BEFORE_STALE) stale(true);
    } finally {
      busy = false;
    }
  }

  function plan() {
    clearTimeout(timer);
    // A server in trouble is asked less often.
    timer = setTimeout(async () => { await ask(); if (part.isConnected) plan(); }, every * Math.min(8, 2 ** fails));
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden && part.isConnected) ask(); });
  part.addEventListener("poll:now", ask);
  for (const closing of ["toggle", "close"]) part.addEventListener(closing, show, true);
  plan();
}

for (const part of document.querySelectorAll("[data-poll]")) start(part);
// Parts that htmx brought in later.
document.addEventListener("htmx:load", (event) => {
  for (const part of event.target.querySelectorAll("[data-poll]")) start(part);
});
