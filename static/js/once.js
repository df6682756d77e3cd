// Submit once: the pressed button shows that it works, a second press does nothing. Server-side form keys are the guarantee.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.hasAttribute("data-many")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  const button = event.submitter || form.querySelector("button:not([type=button])");
  if (button && button.classList.contains("btn")) {
    button.classList.add("busy");
    button.setAttribute("aria-busy", "true");
  }
});

function reset(root) {
  for (const form of root.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of root.querySelectorAll(".btn.busy")) { button.classList.remove("busy"); button.removeAttribute("aria-busy"); }
}
// Back button (page cache), a download, or a refused htmx request: the form must be usable again.
window.addEventListener("pageshow", () => reset(document));
document.addEventListener("htmx:afterRequest", () => reset(document));

// After a refused form, the summary of errors is read first.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

// The answer to a form is reached again where the form stands: loading it anew or coming back to it sends nothing a second time.
const here = document.documentElement.dataset.here;
if (here) window.history.replaceState(window.history.state, "", here);
