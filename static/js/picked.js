// A file field behind a large label says in it which file was chosen.
for (const box of document.querySelectorAll("[data-picked]")) {
  const input = box.querySelector("input[type=file]"), name = box.querySelector("[data-picked-name]"), asks = name.textContent;
  input.addEventListener("change", () => { name.textContent = input.files[0]?.name ?? asks; });
}
