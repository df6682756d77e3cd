// The service worker of /v/ (imported by the view "worker", which sets TOLD). Pages come from the network; without it from what
// js/phone_store.js has kept (home leads to the tasks then), else from one page that says so. Files with a hash in their name come from the cache first.
const SAID = { none: self.TOLD.offline, tasks: `${self.TOLD.offline}?tasks` }; // without network: no task is kept, or some are
const STATICS = `civic-static-${self.TOLD.version}`, PAGES = "civic-pages", UNTIL = "X-Kept-Until";
const HASHED = /\.[0-9a-f]{12}\.\w+$/, WAIT_MS = 8000;

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(STATICS);
  const reader = "BarcodeDetector" in self ? [] : self.TOLD.reader;
  await cache.addAll([...self.TOLD.files, ...reader, ...Object.values(SAID)]);
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("civic-static-") && name !== STATICS) await caches.delete(name);
  await forgetOld();
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith(self.TOLD.statics)) event.respondWith(file(request, url));
  else if (request.mode === "navigate" && url.pathname.startsWith(self.TOLD.home)) event.respondWith(page(request, url));
});

async function file(request, url) {
  const cache = await caches.open(STATICS), hashed = HASHED.test(url.pathname);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept && hashed) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

async function page(request, url) {
  const coming = fetch(request);
  try {
    return await Promise.race([coming, new Promise((_, fail) => setTimeout(fail, WAIT_MS, new Error("slow")))]);
  } catch {
    await forgetOld();
    const pages = await caches.open(PAGES), kept = await pages.match(url.pathname, { ignoreVary: true });
    if (kept) return kept;
    return coming.catch(async () => {
      const tasks = await pages.match(self.TOLD.tasks, { ignoreVary: true });
      if (tasks && url.pathname === self.TOLD.home) return Response.redirect(self.TOLD.tasks);
      const said = await (await caches.open(STATICS)).match(tasks ? SAID.tasks : SAID.none, { ignoreVary: true });
      return said || Response.error();
    });
  }
}

// Kept pages end with their day, also on a phone that never finds a network again.
async function forgetOld() {
  const cache = await caches.open(PAGES);
  for (const request of await cache.keys()) {
    const kept = await cache.match(request);
    if (Number(kept.headers.get(UNTIL)) < Date.now()) await cache.delete(request);
  }
}

self.addEventListener("push", (event) => {
  let said = {};
  try { said = event.data.json(); } catch { said = {}; }
  if (!said.title) return;
  const { title, body, link, tag, lang } = said;
  event.waitUntil(self.registration.showNotification(title, { body, tag, lang, data: { link }, icon: self.TOLD.icon, badge: self.TOLD.badge }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = (event.notification.data && event.notification.data.link) || self.TOLD.home;
  const url = new URL(link, self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window" });
    const same = open.find((window) => window.url === url.href);
    return same ? same.focus() : self.clients.openWindow(url.href);
  })());
});
