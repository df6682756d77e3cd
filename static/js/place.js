// A place by the phone's position or by a press on the map. The server says which community it lies in.
const form = document.querySelector("[data-place]");
const lat = form.elements.lat, lon = form.elements.lon, note = form.querySelector("[data-place-note]"), words = form.querySelector("[data-place-words]");

function say(text, tone) {
  note.className = `note mt ${tone}`;
  note.hidden = false;
  words.textContent = text;
}

async function choose(latitude, longitude) {
  lat.value = latitude.toFixed(6);
  lon.value = longitude.toFixed(6);
  try {
    const answer = await fetch(`${form.dataset.locateUrl}?lat=${lat.value}&lon=${lon.value}`);
    const found = await answer.json();
    say(found.inside ? form.dataset.wordHere + found.label : found.label, found.inside ? "ok" : "warn");
  } catch {
    say(`${lat.value}, ${lon.value}`, "gray");
  }
}

function ask() {
  say(form.dataset.wordAsking, "gray");
  navigator.geolocation.getCurrentPosition(
    (found) => choose(found.coords.latitude, found.coords.longitude),
    () => say(form.dataset.wordRefused, "warn"),
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
  );
}

const button = form.querySelector("[data-place-ask]");
if (button) {
  button.addEventListener("click", ask);
  if (!lat.value) ask();
}

async function map(box) {
  const { L } = window;
  const drawn = L.map(box, { attributionControl: false, zoomControl: true });
  const dot = L.circleMarker([0, 0], { radius: 10, color: "#fff", weight: 3, fillColor: "#c8102e", fillOpacity: 1 });
  const mark = (latitude, longitude) => { dot.setLatLng([latitude, longitude]).addTo(drawn); choose(latitude, longitude); };
  const centre = box.dataset.lat ? [Number(box.dataset.lat), Number(box.dataset.lon)] : [0, 0];
  const known = lat.value || box.dataset.lat;
  drawn.setView(lat.value ? [Number(lat.value), Number(lon.value)] : centre, known ? 15 : 2);
  if (lat.value) dot.setLatLng([Number(lat.value), Number(lon.value)]).addTo(drawn);
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles).addTo(drawn);
  drawn.on("click", (event) => mark(event.latlng.lat, event.latlng.lng));
  // By keyboard: arrows move the map, Enter takes its middle.
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const middle = drawn.getCenter();
    mark(middle.lat, middle.lng);
  });
  try {
    const outlines = await (await fetch(box.dataset.outlinesUrl)).json();
    const shapes = L.geoJSON(outlines, {
      style: { color: "#8a97a8", weight: 1.5, fillColor: "#9fb6a4", fillOpacity: 0.14 },
      onEachFeature: (feature, shape) => shape.bindTooltip(feature.properties.name, { permanent: true, direction: "center", className: "area-name" }),
    }).addTo(drawn);
    if (!known && shapes.getLayers().length) drawn.fitBounds(shapes.getBounds());
    drawn.on("zoomend", () => thin(box));
    thin(box);
  } catch {
    say("", "gray");
    note.hidden = true;
  }
}

/* Names that would cover one another wait until one zooms in. */
function thin(map) {
  const shown = [];
  for (const name of map.querySelectorAll(".area-name")) {
    const at = name.getBoundingClientRect();
    const covers = shown.some((other) => at.left < other.right && other.left < at.right && at.top < other.bottom && other.top < at.bottom);
    name.classList.toggle("crowded", covers);
    if (!covers) shown.push(at);
  }
}

const box = form.querySelector("[data-map]");
if (box) {
  if (window.L) map(box);
  else window.addEventListener("load", () => map(box));
}
