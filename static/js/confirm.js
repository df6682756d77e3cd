// data-confirm="words" on a form or button asks first, in the page's own dialog. data-dialog-open="id" opens a <dialog>.
const box = document.getElementById("confirm");

export function ask(words) {
  return new Promise((answer) => {
    // Later, since a form takes no other submission until the one that was stopped here is through.
    if (!box || !box.showModal) { setTimeout(() => answer(window.confirm(words))); return; }
    document.getElementById("confirm-words").textContent = words;
    box.returnValue = "no";
    box.addEventListener("close", () => answer(box.returnValue === "yes"), { once: true });
    box.showModal();
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const words = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
  if (!words || form.dataset.confirmed) { delete form.dataset.confirmed; return; }
  event.preventDefault();
  event.stopImmediatePropagation();
  const button = event.submitter;
  ask(words).then((yes) => {
    if (!yes) return;
    form.dataset.confirmed = "1";
    form.requestSubmit(button || undefined);
  });
}, true);

document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  ask(event.detail.question).then((yes) => { if (yes) event.detail.issueRequest(true); });
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) { event.preventDefault(); document.getElementById(opener.dataset.dialogOpen).showModal(); return; }
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) { event.preventDefault(); closer.closest("dialog").close(); }
});
