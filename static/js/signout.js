// Signing out takes along what this browser has kept of the volunteer's pages: data-signout on the form. The server asks for the same
// (Clear-Site-Data), which some browsers do not know.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-signout]");
  if (!form || event.defaultPrevented || !("caches" in window) || !localStorage.getItem("phone:person")) return;
  event.preventDefault();
  const { wipe } = await import("./phone_store.js");
  await wipe().catch(() => undefined);
  form.submit();
});
