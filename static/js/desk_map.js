// The queue as a map: the requests of the tab, the outlines of areas, the candidates of the request that is open. A press
// or Enter opens a request as a press in the list does; several at one place are taken apart by zooming, or listed.
import { marksLayer } from "./map_marks.js";

const { L } = window;
const box = document.querySelector("[data-desk-map]");
const pane = document.getElementById("queue-pane");
const work = document.getElementById("work");
const under = pane.querySelector("[data-map-under]");
const STORE = "desk-map-at", CLOSEST = 18, LISTED = 30;

const map = L.map(box, { attributionControl: false, zoomControl: false, zoomAnimation: false, fadeAnimation: false, maxZoom: CLOSEST, zoomSnap: .25, keyboardPanDelta: 60 });
L.control.zoom({ zoomInTitle: box.dataset.wordIn, zoomOutTitle: box.dataset.wordOut }).addTo(map);
L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
map.setView([0, 0], 2);
const marks = marksLayer(L).addTo(map);
let points = [], land = null, people = [], near = 0;

// Where somebody has moved the map to is where it stands on the next page of this tab, too; until then all is in view.
const before = JSON.parse(sessionStorage.getItem(STORE) || "null");
let moved = Boolean(before), fitted = false, byUs = false;
if (before) map.setView(before.slice(0, 2), before[2]);
map.on("movestart", () => { moved ||= !byUs; });
map.on("moveend", () => {
  const { lat, lng } = map.getCenter();
  if (moved) sessionStorage.setItem(STORE, JSON.stringify([lat, lng, map.getZoom()]));
});

function fit(places) {
  const found = places.length ? L.latLngBounds(places) : land && land.getLayers().length ? land.getBounds() : null;
  if (!found) return;
  byUs = true;
  map.fitBounds(found, { paddingTopLeft: [30, 60], paddingBottomRight: [30, 40], maxZoom: 17, animate: false });
  byUs = false;
}
const every = () => points.map((point) => [point[1], point[2]]);

function tell(words, part) {
  const place = pane.querySelector(part);
  place.hidden = !words;
  const inside = place.querySelector("button") || place;
  if (inside.textContent !== words) inside.textContent = words;
}

box.addEventListener("poll:fresh", (event) => {
  event.preventDefault();
  const fresh = JSON.parse(event.detail.html);
  points = fresh.points;
  tell(fresh.told, "[data-map-told]");
  tell(fresh.unplaced, "[data-map-unplaced]");
  tell(fresh.left_out, "[data-map-left-out=points]");
  marks.set({ points, ring: null });
  if (!moved && !fitted && points.length) { fit(every()); fitted = true; }
});

async function drawLand() {
  const answer = await fetch(box.dataset.areasUrl);
  if (!answer.ok) return;
  const found = await answer.json();
  land = L.geoJSON(found, { renderer: L.canvas({ padding: .3 }), interactive: false, style: ({ properties }) => ({ className: "", fill: properties.depth === 5, weight: properties.depth > 3 ? 1 : 2 }) }).addTo(map);
  colour();
  const names = land.getLayers().map((shape) => {
    const { name, depth, at } = shape.feature.properties, bounds = shape.getBounds();
    return { name, depth, at: at || bounds.getCenter(), bounds };
  });
  marks.set({ names });
  tell(found.left_out, "[data-map-left-out=land]");
  if (!moved && !fitted) fit([]);
}

function colour() {
  const style = getComputedStyle(box);
  if (land) land.setStyle({ color: style.getPropertyValue("--m-line").trim(), fillColor: style.getPropertyValue("--m-fill").trim(), fillOpacity: 1 });
  marks.colour();
}
for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) window.matchMedia(query).addEventListener("change", colour);

// The middle pane: which request is open, where it and its candidates are, who is chosen or pointed at.
const degrees = (node) => node.dataset.at.split(",").map(Number);
const title = (node) => node.querySelector("title").textContent;

function readPeople() {
  people = [...work.querySelectorAll("[data-spot][data-at]")].map((spot) => {
    const rank = Number(spot.dataset.spot), choice = work.querySelector(`[data-choose="${rank}"]`);
    return { rank, at: degrees(spot), title: title(spot), on: Boolean(choice && choice.checked), near: rank === near };
  });
  marks.set({ people });
}

function readWork(look) {
  const open = work.querySelector("[data-case]"), place = work.querySelector(".place[data-at]");
  near = 0;
  readPeople();
  marks.set({ chosen: open ? open.dataset.case : "", place: place ? degrees(place) : null });
  pane.querySelector("[data-map-fit=case]").hidden = !people.length;
  if (look && place && points.length && !map.getBounds().contains(degrees(place))) map.panTo(degrees(place), { animate: false });
}
document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "work") readWork(true); });
work.addEventListener("change", readPeople);

function point(event) {
  const row = event.target.closest(".cand"), choice = row && row.querySelector("[data-choose]");
  const rank = choice && !["pointerout", "focusout"].includes(event.type) ? Number(choice.dataset.choose) : 0;
  if (rank === near) return;
  near = rank;
  readPeople();
}
for (const kind of ["pointerover", "pointerout", "focusin", "focusout"]) work.addEventListener(kind, point);

// Opening, in the way of the list: by its own row where it is shown, else by a link like it.
function open(id) {
  map.closePopup();
  const row = document.querySelector(`[data-row="${id}"] > a`);
  if (row) { row.click(); return; }
  const link = document.createElement("a");
  const url = box.dataset.requestUrl.replace("/0/", `/${id}/`);
  for (const [name, value] of Object.entries({ href: url, "data-hx-get": url, "data-hx-target": "#work", "data-hx-push-url": "true", "data-map-link": "" })) link.setAttribute(name, value);
  link.hidden = true;
  pane.querySelector("[data-map-link]")?.remove();
  pane.append(link);
  window.htmx.process(link);
  link.click();
}

function list(mark) {
  const rows = document.createElement("ul");
  rows.className = "map-list";
  for (const [id, , , tone, words] of mark.points.slice(0, LISTED)) {
    const line = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.className = `tone-${tone}`;
    button.textContent = words;
    button.addEventListener("click", () => open(id));
    line.append(button);
    rows.append(line);
  }
  if (mark.points.length > LISTED) rows.append(`+ ${mark.points.length - LISTED}`);
  L.popup({ closeButton: false, maxHeight: 260, className: "map-popup" }).setLatLng(mark.points[0].slice(1, 3)).setContent(rows).openOn(map);
  rows.querySelector("button").focus();
}

function take(mark) {
  if (mark.points.length === 1) { open(mark.points[0][0]); return; }
  const found = L.latLngBounds(mark.points.map((each) => [each[1], each[2]]));
  const apart = map.project(found.getNorthEast(), CLOSEST).distanceTo(map.project(found.getSouthWest(), CLOSEST));
  if (map.getZoom() >= CLOSEST || apart < 30) { list(mark); return; }
  map.setView(found.getCenter(), Math.max(map.getZoom() + 1, Math.min(CLOSEST, map.getBoundsZoom(found, false, [40, 40]))), { animate: false });
}

const told = (mark) => (mark ? mark.points[0][4] + (mark.points.length > 1 ? ` + ${mark.points.length - 1}` : "") : "");

map.on("click", ({ containerPoint: { x, y } }) => {
  const person = marks.person(x, y);
  if (person) { work.querySelector(`[data-choose="${person.rank}"]`)?.focus(); return; }
  const mark = marks.nearest(x, y, 8);
  if (mark) take(mark);
});

const hint = L.tooltip({ direction: "top", offset: [0, -10], className: "map-hint" }), hinted = document.createElement("span");
hint.setContent(hinted);
map.on("mousemove", ({ containerPoint: { x, y }, latlng }) => {
  const person = marks.person(x, y), words = person ? person.title : told(marks.nearest(x, y, 2));
  box.classList.toggle("on-mark", Boolean(words));
  hinted.textContent = words;
  if (words) hint.setLatLng(latlng).addTo(map);
  else hint.remove();
});
map.on("mouseout", () => hint.remove());

// By keyboard: the dashed ring is on the mark nearest to the middle, its title stands below the map; Enter takes it.
function ring() {
  const here = document.activeElement === box && box.matches(":focus-visible");
  const { x, y } = map.getSize();
  const mark = here ? marks.nearest(x / 2, y / 2, Infinity) : null;
  marks.set({ ring: mark });
  if (under.textContent !== told(mark)) under.textContent = told(mark);
  return mark;
}
for (const kind of ["focus", "blur"]) box.addEventListener(kind, ring);
map.on("moveend", ring);
box.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { box.focus(); ring(); return; }
  if (event.key !== "Enter" || event.target !== box) return;
  event.preventDefault();
  event.stopPropagation(); // at the desk Enter asks those who are chosen
  const mark = ring();
  if (mark) take(mark);
});

pane.addEventListener("click", (event) => {
  const button = event.target.closest("[data-map-fit]");
  if (!button) return;
  const place = work.querySelector(".place[data-at]");
  moved = false;
  map.closePopup();
  sessionStorage.removeItem(STORE);
  fit(button.dataset.mapFit === "all" ? every() : [...people.map((person) => person.at), ...(place ? [degrees(place)] : [])]);
});

new ResizeObserver(() => { byUs = true; map.invalidateSize({ animate: false }); byUs = false; }).observe(box);
readWork(false);
drawLand();
box.dispatchEvent(new Event("poll:now"));
