// A text beside its button "copy". Where a browser keeps the clipboard to itself the text is selected and the person told to copy it.
export async function copy(box) {
  const field = box.querySelector("[data-copy-field]"), note = box.querySelector("[data-copy-note]");
  let done = false;
  try {
    await navigator.clipboard.writeText(field.value);
    done = true;
  } catch {
    field.focus();
    field.select();
    done = document.execCommand("copy"); // WeChat's browser, and pages without https
  }
  note.textContent = done ? note.dataset.wordDone : note.dataset.wordFailed;
}

for (const box of document.querySelectorAll("[data-copy]")) {
  box.querySelector("[data-copy-do]").addEventListener("click", () => copy(box));
  box.querySelector("[data-copy-field]").addEventListener("focus", (event) => event.target.select());
}
