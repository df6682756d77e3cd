// The board of a day begins with the hour that it is, where not all hours fit.
const box = document.querySelector(".board-scroll");
const now = box.querySelector("thead .now");
if (now) {
  const volunteers = box.querySelector("thead th").offsetWidth;
  const hidden = now.offsetLeft + 3 * now.offsetWidth - box.clientWidth;
  if (hidden > 0) box.scrollLeft = Math.min(now.offsetLeft - volunteers - now.offsetWidth, hidden);
}
