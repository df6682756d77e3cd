// Signing out takes along what this browser has kept of the volunteer's pages: data-signout on the form. What was not sent yet would be
// lost, so that is asked first. The server asks for the same (Clear-Site-Data), which some browsers do not know.
import { ask } from "./confirm.js";

async function leave(form) {
  const { waiting, wipe } = await import("./phone_store.js");
  const unsent = await waiting();
  if (unsent.length && !await ask(document.getElementById("confirm").dataset.wordUnsent)) return;
  await wipe();
  form.submit();
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-signout]");
  if (!form || event.defaultPrevented || !("caches" in window) || !localStorage.getItem("phone:person")) return;
  event.preventDefault();
  leave(form).catch(() => form.submit());
}, true);
