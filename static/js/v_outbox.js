// The outbox of the volunteer's phone: forms with data-outbox are kept here first and sent at once where there is a network, else as
// soon as there is one again. What waits is shown on every page; what the server refuses is explained and can be tried again.
import { ask } from "./confirm.js";
import { able, askPlan, drop, put, waiting } from "./phone_store.js";
import { refuse } from "./v_refused.js";
import { send } from "./v_send.js";

const FIRST_MS = 5000, LONGEST_MS = 300000, MINUTE_MS = 60000;
const box = document.querySelector("[data-phone]");
const list = box && box.querySelector("[data-outbox-list]");
let timer = 0, tries = 0, busy = false;

const words = (name) => list.dataset[name] || "";

function line(entry) {
  const item = list.querySelector("template").content.firstElementChild.cloneNode(true);
  const part = (name) => item.querySelector(`[data-${name}]`);
  const at = new Date(entry.madeAt).toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit", hourCycle: "h23" });
  part("verb").textContent = `${words(entry.verb)} · ${at}`;
  part("title").textContent = entry.title;
  const photos = entry.photos.length ? ` ${words("wordPhotos").replace("{n}", entry.photos.length)}` : "";
  part("state").textContent = entry.refused === undefined ? words("wordWaiting") + photos : `${words("wordRefused")} ${entry.refused || words("wordGone")}`;
  part("ways").hidden = entry.refused === undefined;
  part("open").href = entry.back;
  part("again").addEventListener("click", async () => { delete entry.refused; await put(entry); await run(); });
  part("drop").addEventListener("click", async () => { if (await ask(words("wordDrop"))) { await drop(entry.id); await show(); } });
  return item;
}

// Draws what waits, and moves the buttons of a kept page on to the next step.
async function show() {
  const entries = await waiting();
  list.querySelector("ul").replaceChildren(...entries.map(line));
  list.hidden = entries.length === 0;
  const next = document.querySelector("[data-outbox-next]");
  const mine = next ? entries.filter((entry) => entry.back === window.location.pathname) : [];
  if (mine.some((entry) => entry.verb === "complete")) next.hidden = true;
  else if (mine.length) { next.href = next.dataset.outboxNext; next.lastChild.textContent = next.dataset.wordNext; }
  return entries;
}

async function deliver() {
  const entries = await show();
  if (!entries.some((entry) => entry.refused === undefined)) return;
  const plan = await askPlan(box.dataset.plan);
  list.querySelector("[data-outbox-sign-in]").hidden = Boolean(plan);
  if (!plan) return;
  const held = new Set();
  let sent = 0, put_off = false;
  for (const entry of await waiting()) {
    if (entry.refused !== undefined) held.add(entry.back); // what follows it on the same task waits for it
    if (held.has(entry.back)) continue;
    const result = await send(entry, plan.token);
    if (result === "sent") { await drop(entry.id); sent += 1; continue; }
    held.add(entry.back);
    if (result === "later") { put_off = true; break; }
    entry.refused = result.refused;
    await put(entry);
  }
  await show();
  if (put_off) throw new Error("later");
  if (sent && !document.querySelector("form[data-outbox]")) window.location.reload();
}

async function run() {
  clearTimeout(timer);
  if (busy) return;
  busy = true;
  try {
    if (navigator.locks) await navigator.locks.request("civic-outbox", { ifAvailable: true }, (lock) => lock && deliver());
    else await deliver();
    tries = 0;
  } catch {
    timer = setTimeout(run, Math.min(LONGEST_MS, FIRST_MS * 2 ** tries));
    tries += 1;
  } finally {
    busy = false;
  }
}

function entryOf(form, photos, files) {
  const { outbox: verb, back, title } = form.dataset;
  const fields = [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
  return {
    id: form.elements.form_key.value, verb, back, title, fields, madeAt: Date.now(), url: window.location.pathname,
    photos: files.map((file) => ({ file })), photoUrl: photos && photos.dataset.uploadUrl, photoName: photos && photos.dataset.name,
  };
}

async function take(form) {
  const photos = form.querySelector("[data-photos]");
  const entry = entryOf(form, photos, photos && photos.unsent ? await photos.unsent() : []);
  // The same step once more (a wrong code put right): it was done when it was first done.
  const before = (await waiting()).filter((each) => each.back === entry.back && each.verb === entry.verb);
  if (before.length) entry.madeAt = before[0].madeAt;
  await put(entry);
  for (const each of before) if (each.id !== entry.id) await drop(each.id);
  const ahead = (await waiting()).some((each) => each.back === entry.back && each.madeAt < entry.madeAt);
  const refused = navigator.onLine && !ahead && !before.length && await refusedNow(entry);
  if (!refused) return window.location.assign(entry.back);
  await drop(entry.id);
  if (entry.photos.length) { // the page shows them as sent, and what is wrong
    for (const { id } of entry.photos.filter((each) => each.id)) form.append(hidden(entry.photoName, id));
    return form.submit();
  }
  return refuse(form, refused);
}

async function refusedNow(entry) {
  const plan = await askPlan(box.dataset.plan).catch(() => null);
  const result = plan ? await send(entry, plan.token) : "later";
  if (result === "sent") await drop(entry.id);
  return typeof result === "object" && result;
}

function hidden(name, value) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name, value });
  return field;
}

// A kept page does not know how long the service has lasted by now.
async function count(form) {
  const field = form.elements.minutes;
  if (!field || field.getAttribute("aria-invalid")) return;
  const come = (await waiting()).find((entry) => entry.back === form.dataset.back && entry.verb === "check_in");
  const since = come ? come.madeAt : Number(form.dataset.since || 0);
  if (!since) return;
  const most = Math.max(1, Math.min(24 * 60, Math.ceil((Date.now() - since) / MINUTE_MS)));
  if (String(most) === field.max) return;
  field.max = field.value = String(most);
  const hint = document.getElementById(`${field.id}_helptext`);
  if (hint) hint.hidden = true;
}

async function start() {
  for (const form of document.querySelectorAll("form[data-outbox]")) {
    await count(form);
    let taken = false;
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented || (event.submitter && event.submitter.name)) return;
      event.preventDefault();
      if (taken) return;
      taken = true;
      if (event.submitter) event.submitter.classList.add("busy");
      take(form).then(() => {
        taken = false; // a page that is left for the next is not pressed again
        if (event.submitter) event.submitter.classList.remove("busy");
      }, () => form.submit());
    });
  }
  window.addEventListener("online", () => { tries = 0; run(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) run(); });
  await run();
}

if (able && list && box.dataset.plan) start();
