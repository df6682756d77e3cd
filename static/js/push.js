// "Notify me on this phone": asks the browser only after a tap, and stays hidden where a browser has no push (WeChat's).
const box = document.querySelector("[data-push]");
const PERSON = "push:person"; // whom this browser asked for
const able = window.isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

const find = (name) => box.querySelector(`[data-push-${name}]`);

function say(words) {
  find("note").textContent = words;
  find("note").hidden = !words;
}

function show(subscribed) {
  find("on").hidden = subscribed;
  find("is-on").hidden = !subscribed;
  box.hidden = false;
}

function send(url, values) {
  const body = new FormData();
  for (const [name, value] of Object.entries(values)) body.append(name, value);
  return fetch(url, { method: "POST", body, headers: { "X-CSRFToken": box.querySelector("[name=csrfmiddlewaretoken]").value }, credentials: "same-origin", redirect: "error" });
}

function bytes(text) {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (sign) => sign.charCodeAt(0));
}

async function known() {
  const worker = await navigator.serviceWorker.getRegistration(box.dataset.scope);
  return worker ? worker.pushManager.getSubscription() : null;
}

async function on() {
  if (await Notification.requestPermission() !== "granted") { say(box.dataset.wordDenied); return; }
  const worker = await navigator.serviceWorker.register(box.dataset.worker, { scope: box.dataset.scope });
  await ready(worker);
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.push) });
  const { endpoint, keys } = made.toJSON();
  const answer = await send(box.dataset.on, { endpoint, ...keys });
  if (!answer.ok) { await made.unsubscribe(); throw new Error(String(answer.status)); }
  localStorage.setItem(PERSON, box.dataset.person);
  window.location.reload(); // the kinds can be chosen now
}

function ready(worker) {
  const coming = worker.installing || worker.waiting;
  if (worker.active || !coming) return Promise.resolve();
  return new Promise((done) => coming.addEventListener("statechange", () => { if (coming.state === "activated") done(); }));
}

async function off() {
  const made = await known();
  if (made) { await send(box.dataset.off, { endpoint: made.endpoint }); await made.unsubscribe(); }
  window.location.reload();
}

async function press(button, act) {
  say("");
  button.classList.add("busy");
  try { await act(); } catch { say(box.dataset.wordFailed); } finally { button.classList.remove("busy"); }
}

if (box && able) {
  find("on").addEventListener("click", (event) => press(event.currentTarget, on));
  find("off").addEventListener("click", (event) => press(event.currentTarget, off));
  known().then(async (made) => {
    const same = made && localStorage.getItem(PERSON) === box.dataset.person;
    if (made && !same) await made.unsubscribe(); // somebody else's who used this phone
    // The sign-in it hung on may have ended meanwhile: it hangs on this one now.
    if (same) { const { endpoint, keys } = made.toJSON(); await send(box.dataset.on, { endpoint, ...keys }); }
    show(Boolean(same));
  }).catch(() => show(false));
}
