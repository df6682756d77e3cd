// Says in the page that a passkey did not work (cancelled, timed out, unknown); allauth's script would only log it.
document.addEventListener("allauth.error", (event) => {
  const note = document.querySelector("[data-passkey-error]");
  if (!note) return;
  event.preventDefault();
  note.hidden = false;
});
