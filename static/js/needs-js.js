// Shows what only works with a script or with a device: data-needs="script" | "geolocation".
const has = { script: true, geolocation: "geolocation" in navigator && window.isSecureContext };
for (const node of document.querySelectorAll("[data-needs]")) {
  if (!has[node.dataset.needs]) continue;
  node.hidden = false;
}
