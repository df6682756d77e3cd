// The board of a day begins with the hour that it is, where not all hours fit, and stays where one has moved it when it is
// drawn anew; its edge shows that there is more.
const board = document.getElementById("board");
const box = () => board.querySelector(".board-scroll");
const now = board.querySelector("thead .now");

function edge() {
  const table = box();
  table?.classList.toggle("less", table.scrollLeft > 0);
  table?.classList.toggle("more", table.scrollLeft + table.clientWidth < table.scrollWidth - 1);
}

if (now && now.offsetLeft + now.offsetWidth > box().clientWidth) {
  box().scrollLeft = now.offsetLeft - box().querySelector("th").offsetWidth - now.offsetWidth;
}

board.addEventListener("scroll", edge, true);
window.addEventListener("resize", edge);
board.addEventListener("poll:fresh", () => {
  const left = box()?.scrollLeft;
  queueMicrotask(() => {
    if (left && box()) box().scrollLeft = left;
    edge();
  });
});
edge();
