// Says how much room is left in a long text, once less than a fifth is: beside the text at every key, to a screen reader
// only where the typing rests.
const TIGHT = 0.8, RESTED_MS = 1000;

function line(css) {
  const node = document.createElement("p");
  node.className = css;
  return node;
}

for (const area of document.querySelectorAll("textarea[maxlength][data-word-left]")) {
  const shown = line("counter num"), told = line("vh");
  shown.setAttribute("aria-hidden", "true");
  told.setAttribute("role", "status");
  area.after(shown, told);
  let timer = 0;
  const count = () => {
    const most = area.maxLength, used = area.value.length;
    const words = used > most * TIGHT ? area.dataset.wordLeft.replace("{n}", (most - used).toLocaleString("en")) : "";
    shown.hidden = !words;
    shown.textContent = words;
    clearTimeout(timer);
    timer = setTimeout(() => { told.textContent = words; }, RESTED_MS);
  };
  area.addEventListener("input", count);
  count();
}
