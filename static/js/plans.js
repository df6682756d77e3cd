// A batch plan: a finished job shows its result, and what is ticked is counted on its button.
document.addEventListener("poll:fresh", (event) => {
  if (event.detail.html.includes("data-plan-over")) {
    event.preventDefault();
    window.location.reload();
  }
});

// What is ticked stands on its button, which asks how many people are to get an offer; nothing ticked, nothing to press.
const bar = document.querySelector("[data-plan-apply]");
if (bar) {
  const form = bar.closest("form"), button = bar.querySelector("[data-plan-ticked]");
  const every = bar.querySelector("[data-plan-every]"), boxes = [...form.querySelectorAll("input[name=lines]")];
  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    bar.querySelector("[data-plan-count]").textContent = ticked ? `(${ticked})` : "";
    button.disabled = !ticked;
    button.dataset.confirm = ticked === 1 ? button.dataset.wordOne : button.dataset.wordMany.replace("#", ticked);
    every.checked = ticked === boxes.length;
    every.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  every.addEventListener("change", () => { for (const box of boxes) box.checked = every.checked; });
  form.addEventListener("change", count);
  window.addEventListener("pageshow", count); // ticks that the browser kept
  every.closest("[hidden]").hidden = false;
  count();
}
