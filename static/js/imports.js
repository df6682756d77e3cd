// The backlog import: a finished job shows its result, a changed column its values, a file over the limit is not sent.
document.addEventListener("poll:fresh", (event) => {
  if (event.detail.html.includes("data-import-over")) {
    event.preventDefault();
    window.location.reload();
  }
});

const columns = document.querySelector("[data-import-columns]");
if (columns) {
  const all = JSON.parse(document.getElementById("im-all-samples").textContent);
  const start = document.querySelector("[data-import-start]"), hint = document.querySelector("[data-import-hint]");
  columns.addEventListener("change", (event) => {
    const list = columns.querySelector(`[data-samples="${event.target.name}"]`);
    if (list) {
      list.replaceChildren(...(all[event.target.value] || []).map((words) => {
        const item = document.createElement("li");
        item.textContent = words;
        return item;
      }));
    }
    // What is shown below no longer fits: first look again, then start.
    if (start) start.disabled = true;
    if (hint) { hint.textContent = hint.dataset.wordDirty; hint.setAttribute("role", "status"); }
    columns.querySelector("button.btn").classList.add("main");
  });
}

const sending = document.querySelector("[data-import-file]");
if (sending) {
  const file = sending.elements.file;
  for (const name of ["dragenter", "dragover"]) file.addEventListener(name, () => file.classList.add("over"));
  for (const name of ["dragleave", "drop"]) file.addEventListener(name, () => file.classList.remove("over"));
  file.addEventListener("change", () => {
    const chosen = file.files[0];
    file.setCustomValidity(chosen && chosen.size > Number(sending.dataset.maxBytes) ? sending.dataset.wordLarge : "");
    file.reportValidity();
  });
}
