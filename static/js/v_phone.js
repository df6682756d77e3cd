// The volunteer's pages as an app: brings the worker in, keeps today's pages for a time without network and says when there is none.
// Without any of it (WeChat's browser, no https) every page works as before.
import { able, askPlan, keepPages } from "./phone_store.js";

const box = document.querySelector("[data-phone]");
const note = box && box.querySelector("[data-phone-offline]");

function connected(yes) {
  if (note) note.hidden = yes; // the page without network says it by itself
}

async function keep() {
  try {
    const plan = await askPlan(box.dataset.plan);
    connected(true);
    if (plan) await keepPages(plan);
  } catch {
    connected(navigator.onLine);
  }
}

async function start() {
  connected(navigator.onLine);
  window.addEventListener("offline", () => connected(false));
  window.addEventListener("online", keep);
  await navigator.serviceWorker.register(box.dataset.worker, { scope: box.dataset.scope });
  await keep();
}

if (able && box && box.dataset.plan) start().catch(() => connected(navigator.onLine));
