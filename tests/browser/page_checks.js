// What check_page (pages.py) asks of a page. Returns the first findings as sentences.
(() => {
  const HIDDEN = ".vh, .vh-s, .skip, .leaflet-container, dialog:not([open]), .name.long";
  const name = (e) => `${e.tagName.toLowerCase()}.${e.className.baseVal ?? e.className}`;
  const words = (e) => e.textContent.trim().slice(0, 20);

  // Elements that reach over the right or left edge; scrolling boxes excepted, and shapes, which their picture clips.
  function stickingOut() {
    const wide = document.documentElement.clientWidth, found = [];
    if (document.documentElement.scrollWidth > wide) found.push(`page ${document.documentElement.scrollWidth} > ${wide}`);
    for (const e of document.querySelectorAll("body *")) {
      if (e.ownerSVGElement || e.closest(`${HIDDEN}, .table-scroll, .menu-list, .desk-nav`)) continue;
      const r = e.getBoundingClientRect();
      if (r.width && (r.right > wide + 1 || r.left < -1)) found.push(`${name(e)} ${Math.round(r.left)}..${Math.round(r.right)}`);
    }
    return found.slice(0, 8);
  }

  // Words stacked letter by letter, because what stands beside them takes all the room.
  function squeezed() {
    const found = [];
    for (const e of document.querySelectorAll("body *")) {
      const own = [...e.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent.trim()).join("");
      if (own.length < 12 || e.closest(HIDDEN)) continue;
      const { width, height } = e.getBoundingClientRect(), size = parseFloat(getComputedStyle(e).fontSize);
      if (width < 2 * size && height > 4 * size) found.push(`squeezed to ${Math.round(width)} px: ${words(e)}`);
    }
    return found.slice(0, 8);
  }

  // Elder mode: text of at least 24 px, targets of at least 60 px (links inside sentences excepted, WCAG 2.5.8).
  function tooSmall() {
    const found = [], unseen = (e) => e.closest(`${HIDDEN}, .mark, .count`) || !e.getBoundingClientRect().width;
    for (const e of document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")) {
      if (unseen(e) || e.closest("p, .prose") || getComputedStyle(e).opacity === "0") continue;
      const box = (e.closest("label") || e).getBoundingClientRect();
      if (box.height < 59.5) found.push(`target ${name(e)} ${Math.round(box.height)} px: ${words(e)}`);
    }
    for (const e of document.querySelectorAll("body *")) {
      const own = [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      const size = parseFloat(getComputedStyle(e).fontSize);
      if (own && !unseen(e) && size < 23.9) found.push(`text ${size} px: ${words(e)}`);
    }
    return found.slice(0, 8);
  }

  window.pageChecks = { squeezed, stickingOut, tooSmall };
})();
