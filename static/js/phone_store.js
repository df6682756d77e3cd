// What this phone keeps of the volunteer's pages, and for whom. Everything is in one cache and one small database, so that one
// call takes all of it away. Whose it is stands in localStorage, as a mark that says nothing about the person.
export const PERSON = "phone:person";
const PAGES = "civic-pages", STAMP = "X-Kept-Stamp", UNTIL = "X-Kept-Until";
export const able = window.isSecureContext && "serviceWorker" in navigator && "caches" in window && "indexedDB" in window;

// Whatever was kept for somebody else is gone before anything is kept for `person`.
export async function belongsTo(person) {
  if (localStorage.getItem(PERSON) === person) return;
  if (localStorage.getItem(PERSON)) await wipe();
  localStorage.setItem(PERSON, person);
}

export async function wipe() {
  localStorage.removeItem(PERSON);
  await forgetPages();
}

export function forgetPages() {
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
