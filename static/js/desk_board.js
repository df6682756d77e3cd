// The board of a day begins with the hour that it is, where not all hours fit, and stays where one has moved it when it is
// drawn anew.
const board = document.getElementById("board");
const box = () => board.querySelector(".board-scroll");
const now = board.querySelector("thead .now");

if (now && now.offsetLeft + now.offsetWidth > box().clientWidth) {
  box().scrollLeft = now.offsetLeft - box().querySelector("th").offsetWidth - now.offsetWidth;
}

board.addEventListener("poll:fresh", () => {
  const left = box()?.scrollLeft;
  queueMicrotask(() => { if (left && box()) box().scrollLeft = left; });
});
