// Thousands of points on one canvas over a Leaflet map: gathered into marks that do not cover one another, drawn with the
// names of areas, candidates and what is chosen. Tells which mark lies at a place; knows nothing of pages.
const NEAR = 26, FAR = 44, MANY = 1000; // px within which points become one mark; the second beyond MANY of them
const SHAPES = ["circle", "square", "diamond"], KINDS = ["rest", "soon", "late"];
const COLOURS = ["late", "late-on", "soon", "soon-on", "rest", "rest-on", "who", "who-on", "case", "edge", "ink", "name", "ground"];

/** Gathers [id, lat, lon, tone, title] at a zoom: {x, y (px of that zoom), tone, points}. The first of each is where it
    stands, so points that come most pressing first are found where they are. */
export function gather(points, project, scale = 1) {
  const reach = (points.length > MANY ? FAR : NEAR) * scale, cells = new Map(), taken = new Uint8Array(points.length), marks = [];
  const key = (x, y) => x * 4194304 + y, at = points.map(project);
  const cell = at.map(({ x, y }) => [Math.floor(x / reach), Math.floor(y / reach)]);
  cell.forEach(([x, y], i) => { const k = key(x, y); if (cells.has(k)) cells.get(k).push(i); else cells.set(k, [i]); });
  for (let i = 0; i < points.length; i += 1) {
    if (taken[i]) continue;
    const mark = { x: at[i].x, y: at[i].y, tone: 0, points: [] };
    for (let dx = -1; dx <= 1; dx += 1) for (let dy = -1; dy <= 1; dy += 1) {
      const k = key(cell[i][0] + dx, cell[i][1] + dy), there = cells.get(k);
      if (!there) continue;
      cells.set(k, there.filter((j) => {
        if (Math.hypot(at[j].x - mark.x, at[j].y - mark.y) > reach) return true;
        taken[j] = 1;
        mark.points.push(points[j]);
        mark.tone = Math.max(mark.tone, points[j][3]);
        return false;
      }));
    }
    mark.points.sort((one, other) => (one === points[i] ? -1 : other === points[i] ? 1 : other[3] - one[3]));
    marks.push(mark);
  }
  return marks;
}

const radius = (mark) => (mark.points.length > 1 ? 11 + 3 * Math.log10(mark.points.length) : 7);

/** Returns the layer. `set(what)` takes any of points, names, people, chosen (id), place, ring (mark) and draws anew. */
export function marksLayer(L) {
  const Marks = L.Layer.extend({
    shown: { points: [], names: [], people: [], chosen: "", place: null, ring: null },

    onAdd(map) {
      this.canvas = L.DomUtil.create("canvas", "map-marks", map.getPane("markerPane"));
      this.pen = this.canvas.getContext("2d");
      this.kept = {};
      this.colour();
      map.on("move zoomend viewreset resize", this.later, this);
      this.later();
    },

    onRemove(map) {
      map.off("move zoomend viewreset resize", this.later, this);
      this.canvas.remove();
    },

    set(what) {
      if (what.points) this.kept = {};
      this.shown = { ...this.shown, ...what };
      this.later();
    },

    // Reads the colours and the size of letters off the page, which knows about dark and elder mode.
    colour() {
      const style = getComputedStyle(this._map.getContainer());
      this.paint = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--m-${name}`).trim()]));
      this.font = style.fontFamily;
      this.scale = Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 16);
      this.later();
    },

    later() {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.draw());
    },

    marks() {
      const zoom = this._map.getZoom(), { points } = this.shown;
      if (!this.kept[zoom]) this.kept = { [zoom]: gather(points, (point) => this._map.project([point[1], point[2]], zoom), this.scale) };
      return this.kept[zoom];
    },

    // Every mark in view, with its place in the box.
    inView() {
      const { min, max } = this._map.getPixelBounds();
      return this.marks().filter((mark) => mark.x > min.x - 20 && mark.x < max.x + 20 && mark.y > min.y - 20 && mark.y < max.y + 20)
        .map((mark) => ({ ...mark, left: mark.x - min.x, top: mark.y - min.y }));
    },

    /** Returns the mark at or nearest to a place in the box, no farther than `most` px; null for none. */
    nearest(left, top, most = 16) {
      let found = null, least = Infinity;
      for (const mark of this.inView()) {
        const away = Math.hypot(mark.left - left, mark.top - top) - radius(mark) * this.scale;
        if (away < least) [found, least] = [mark, away];
      }
      return least <= most ? found : null;
    },

    /** Returns the candidate at a place in the box, null for none. */
    person(left, top) {
      return this.placed().find((each) => Math.hypot(each.left - left, each.top - top) < 13 * this.scale) || null;
    },

    // Candidates of one place stand beside one another, in the order of their ranks.
    placed() {
      const done = [];
      for (const person of this.shown.people) {
        const at = this._map.latLngToContainerPoint(person.at);
        const step = 21 * this.scale;
        while (done.some((other) => Math.hypot(other.left - at.x, other.top - at.y) < step - 1)) at.x += step;
        done.push({ ...person, left: at.x, top: at.y });
      }
      return done;
    },

    draw() {
      if (!this._map) return;
      const { x: wide, y: high } = this._map.getSize(), dots = window.devicePixelRatio || 1;
      if (this.canvas.width !== Math.round(wide * dots) || this.canvas.height !== Math.round(high * dots)) {
        this.canvas.width = Math.round(wide * dots);
        this.canvas.height = Math.round(high * dots);
        this.canvas.style.width = `${wide}px`;
        this.canvas.style.height = `${high}px`;
      }
      L.DomUtil.setPosition(this.canvas, this._map.containerPointToLayerPoint([0, 0]));
      this.pen.setTransform(dots, 0, 0, dots, 0, 0);
      this.pen.clearRect(0, 0, wide, high);
      this.drawNames(wide, high);
      const marks = this.inView();
      for (let i = marks.length - 1; i >= 0; i -= 1) this.drawMark(marks[i]);
      this.drawCase(marks);
      for (const person of this.placed().reverse()) this.drawPerson(person);
      const { ring } = this.shown, now = ring && marks.find((mark) => mark.points[0] === ring.points[0]);
      if (now) this.round(now.left, now.top, (radius(now) + 7) * this.scale, "ink", [4, 3]);
    },

    shape(kind, left, top, size) {
      const { pen } = this;
      pen.beginPath();
      if (kind === "circle") pen.arc(left, top, size, 0, 7);
      else if (kind === "square") pen.rect(left - size * .89, top - size * .89, size * 1.78, size * 1.78);
      else [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]].forEach(([x, y], i) => pen[i ? "lineTo" : "moveTo"](left + x * size, top + y * size));
      pen.closePath();
    },

    fill(kind, left, top, size, colour, words = "") {
      const { pen, paint } = this;
      this.shape(kind, left, top, size);
      pen.setLineDash([]);
      pen.lineWidth = 2;
      pen.strokeStyle = paint.edge;
      pen.fillStyle = paint[colour];
      pen.fill();
      pen.stroke();
      if (!words) return;
      pen.font = `700 ${Math.round(11 * this.scale)}px ${this.font}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillStyle = paint[`${colour}-on`];
      pen.fillText(words, left, top + 1);
    },

    round(left, top, size, colour, dashes = []) {
      this.shape("circle", left, top, size);
      this.pen.setLineDash(dashes);
      this.pen.lineWidth = 2.5;
      this.pen.strokeStyle = this.paint[colour];
      this.pen.stroke();
    },

    drawMark(mark) {
      const words = mark.points.length > 1 ? String(mark.points.length) : "";
      this.fill(SHAPES[mark.tone], mark.left, mark.top, radius(mark) * this.scale, KINDS[mark.tone], words);
    },

    // The request that is open stands by itself, above whatever it was gathered into; where it covers that mark, it
    // says how many there are.
    drawCase(marks) {
      const { points, chosen, place } = this.shown;
      const point = chosen && points.find((each) => String(each[0]) === chosen);
      const where = point ? [point[1], point[2]] : place;
      if (!where) return;
      const at = this._map.latLngToContainerPoint(where), tone = point ? point[3] : 0;
      const others = marks.find((mark) => mark.points.length > 1 && mark.points.includes(point));
      const covers = others && Math.hypot(others.left - at.x, others.top - at.y) < radius(others) * this.scale;
      const size = covers ? radius(others) : 8;
      this.fill(SHAPES[tone], at.x, at.y, size * this.scale, KINDS[tone], covers ? String(others.points.length) : "");
      this.round(at.x, at.y, (size + 6) * this.scale, "edge");
      this.round(at.x, at.y, (size + 8) * this.scale, "case");
    },

    drawPerson(person) {
      const size = (person.near ? 14 : 10) * this.scale;
      this.fill("circle", person.left, person.top, size, person.on ? "late" : "who", String(person.rank));
      if (person.near) this.round(person.left, person.top, size + 4, "ink");
    },

    // The names of one level: the smallest areas of which most have room for theirs. What would cover another waits.
    drawNames(wide, high) {
      const { pen, paint } = this, size = Math.round(12 * this.scale), levels = new Map(), done = [];
      Object.assign(pen, { textAlign: "center", textBaseline: "middle", lineWidth: 3, font: `600 ${size}px ${this.font}` });
      pen.setLineDash([]);
      for (const area of this.shown.names) {
        const low = this._map.latLngToContainerPoint(area.bounds.getSouthWest()), up = this._map.latLngToContainerPoint(area.bounds.getNorthEast());
        if (up.x < 0 || low.x > wide || low.y < 0 || up.y > high) continue;
        const room = pen.measureText(area.name).width + 6, fits = room <= up.x - low.x && size * 1.5 <= low.y - up.y;
        if (!levels.has(area.depth)) levels.set(area.depth, []);
        levels.get(area.depth).push({ name: area.name, room, fits, at: this._map.latLngToContainerPoint(area.at) });
      }
      const shown = [...levels].sort(([one], [other]) => other - one).map(([, names]) => names)
        .find((names) => names.filter((each) => each.fits).length * 2 >= names.length) || [];
      pen.strokeStyle = paint.ground;
      pen.fillStyle = paint.name;
      for (const { name, room, at } of shown) {
        const box = [at.x - room / 2, at.y - size, at.x + room / 2, at.y + size];
        if (done.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
        done.push(box);
        pen.strokeText(name, at.x, at.y);
        pen.fillText(name, at.x, at.y);
      }
    },
  });
  return new Marks();
}
