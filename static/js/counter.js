// Says how much room is left in a long text, once it gets tight.
const TIGHT = 0.9;
for (const area of document.querySelectorAll("textarea[maxlength]")) {
  const note = document.createElement("p");
  note.className = "counter num";
  note.hidden = true;
  area.after(note);
  area.addEventListener("input", () => {
    const most = Number(area.maxLength);
    note.hidden = area.value.length < most * TIGHT;
    note.textContent = `${area.value.length} / ${most}`;
  });
}
