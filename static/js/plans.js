// A batch plan: a finished job shows its result, and what is ticked is counted beside the buttons.
document.addEventListener("poll:fresh", (event) => {
  if (event.detail.html.includes("data-plan-over")) {
    event.preventDefault();
    window.location.reload();
  }
});

const form = document.querySelector("[data-plan]"), told = form?.querySelector("[data-plan-chosen]");
if (told) {
  const whole = told.textContent;
  form.addEventListener("change", () => {
    const ticked = form.querySelectorAll("input[name=lines]:checked").length;
    told.textContent = ticked ? `${told.dataset.word} ${ticked}` : whole;
  });
}
