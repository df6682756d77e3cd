// "Not this time" opens its reasons where the finger is: for a moment none of them takes a tap, so that the second tap of
// a double one answers nothing; then they are brought out from under the tabs.
const SETTLES_MS = 600;

document.addEventListener("toggle", (event) => {
  const reasons = event.target;
  if (!reasons.matches(".not-now") || !reasons.open) return;
  reasons.classList.add("settling");
  setTimeout(() => {
    reasons.classList.remove("settling");
    reasons.scrollIntoView({ block: "nearest" });
  }, SETTLES_MS);
}, true);
