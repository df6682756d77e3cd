// Toasts: closable; good news leaves by itself after a while or for the next one, bad news and what stands in the page
// stays. Other modules call
// toast(words, "error", how long good news stays).
const READ_MS = 7000;

function live(node, ms = READ_MS) {
  const close = node.querySelector("[data-toast-close]");
  if (close) close.addEventListener("click", () => node.remove());
  if (!node.matches(".error, .said > *")) setTimeout(() => { if (!node.matches(":hover, :focus-within")) node.remove(); }, ms);
}

export function toast(words, tone = "", ms = READ_MS) {
  const box = document.querySelector("[data-toasts]");
  if (tone !== "error") for (const before of box.querySelectorAll(".toast:not(.error)")) before.remove();
  const node = document.createElement("div");
  node.className = `toast ${tone}`;
  const text = document.createElement("span");
  text.className = "grow";
  text.textContent = words;
  node.append(text, document.querySelector("[data-toast-part]").content.cloneNode(true));
  box.append(node);
  live(node, ms);
  return node;
}

for (const node of document.querySelectorAll("[data-toast]")) live(node);
document.addEventListener("civic:toast", (event) => toast(event.detail.value || event.detail.words, event.detail.tone || ""));
