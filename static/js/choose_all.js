// A list with checkboxes: its button works once something is chosen; Shift chooses everything between two.
for (const form of document.querySelectorAll("form[data-choose-all]")) {
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const button = form.querySelector("button");
  let last = null;

  const renew = () => { button.disabled = !boxes.some((box) => box.checked); };
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      }
      last = box;
      renew();
    });
  }
  renew();
}
