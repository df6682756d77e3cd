// Takes away what this device or connection cannot do: data-needs="geolocation". Without scripts css/noscript.css does it.
const has = { script: true, geolocation: "geolocation" in navigator && window.isSecureContext };
for (const node of document.querySelectorAll("[data-needs]")) node.hidden = !has[node.dataset.needs];
