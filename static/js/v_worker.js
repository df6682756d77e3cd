// The service worker of /v/ (imported by the view "worker", which sets TOLD). Shows notifications and opens what they are about.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let said = {};
  try { said = event.data.json(); } catch { said = {}; }
  if (!said.title) return;
  const { title, body, link, tag, lang } = said;
  event.waitUntil(self.registration.showNotification(title, { body, tag, lang, data: { link } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = (event.notification.data && event.notification.data.link) || self.TOLD.home;
  const url = new URL(link, self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window" });
    const same = open.find((page) => page.url === url.href);
    return same ? same.focus() : self.clients.openWindow(url.href);
  })());
});
