// What this phone keeps of the volunteer's pages, and for whom: pages in one cache, what waits to be sent in one small database, so
// that one call takes all of it away. Whose it is stands in localStorage, as a mark that says nothing about the person.
export const PERSON = "phone:person";
const PAGES = "civic-pages", DATABASE = "civic-phone", OUTBOX = "outbox", STAMP = "X-Kept-Stamp", UNTIL = "X-Kept-Until";
export const able = window.isSecureContext && "serviceWorker" in navigator && "caches" in window && "indexedDB" in window;

// Returns what may be kept and a token to send with, null when nobody is signed in; then no page stays behind. Throws without network.
export async function askPlan(url) {
  const answer = await fetch(url, { credentials: "same-origin", redirect: "manual", cache: "no-store" });
  if (answer.ok) {
    const plan = await answer.json();
    await belongsTo(plan.person);
    return plan;
  }
  if (answer.type === "opaqueredirect") await forgetPages();
  return null;
}

// Whatever was kept for somebody else is gone before anything is kept for `person`.
async function belongsTo(person) {
  if (localStorage.getItem(PERSON) === person) return;
  if (localStorage.getItem(PERSON)) await wipe();
  localStorage.setItem(PERSON, person);
}

export async function wipe() {
  localStorage.removeItem(PERSON);
  await forgetPages();
  await settled(indexedDB.deleteDatabase(DATABASE));
}

function forgetPages() {
  return caches.delete(PAGES);
}

// Makes the kept pages those of the plan: what is not in it goes at once, what is new or changed is fetched.
export async function keepPages({ pages, until }) {
  const cache = await caches.open(PAGES), fresh = new Set();
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url), kept = await cache.match(request);
    if (!(pathname in pages)) await cache.delete(request);
    else if (kept.headers.get(STAMP) === pages[pathname]) fresh.add(pathname);
  }
  for (const [path, stamp] of Object.entries(pages)) {
    if (fresh.has(path)) continue;
    const answer = await fetch(path, { credentials: "same-origin", redirect: "manual", headers: { "X-Requested-With": "keep" } });
    if (!answer.ok) continue;
    const headers = { "Content-Type": answer.headers.get("Content-Type"), "Content-Security-Policy": answer.headers.get("Content-Security-Policy"), [STAMP]: stamp, [UNTIL]: String(until) };
    await cache.put(path, new Response(await answer.blob(), { headers }));
  }
}

function settled(call) {
  return new Promise((done, fail) => {
    call.onsuccess = () => done(call.result);
    call.onerror = () => fail(call.error);
  });
}

// Opens the database for one call and closes it again, so that it can be deleted at any time.
async function inOutbox(mode, act) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(OUTBOX, { keyPath: "id" });
  const database = await settled(opening);
  try {
    return await settled(act(database.transaction(OUTBOX, mode).objectStore(OUTBOX)));
  } finally {
    database.close();
  }
}

// What waits to be sent, in the order in which it was done.
export async function waiting() {
  const found = await inOutbox("readonly", (store) => store.getAll());
  return found.sort((one, other) => one.madeAt - other.madeAt);
}

export const put = (entry) => inOutbox("readwrite", (store) => store.put(entry));
export const drop = (id) => inOutbox("readwrite", (store) => store.delete(id));
