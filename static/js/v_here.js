// "I am here": asks the phone for its position, puts it into the form's lat and lon and sends the form. A refusal is said beside the button.
const WAIT_MS = 15000, KEPT_MS = 30000;

for (const form of document.querySelectorAll("[data-here]")) {
  const button = form.querySelector("[data-here-ask]"), note = form.querySelector("[data-here-note]");
  if (!button) continue;

  const busy = (on) => {
    button.classList.toggle("busy", on);
    button.toggleAttribute("aria-busy", on);
  };

  button.addEventListener("click", () => {
    note.hidden = true;
    busy(true);
    navigator.geolocation.getCurrentPosition(
      (found) => {
        form.elements.lat.value = found.coords.latitude.toFixed(6);
        form.elements.lon.value = found.coords.longitude.toFixed(6);
        form.requestSubmit();
      },
      () => {
        busy(false);
        note.textContent = form.dataset.wordRefused;
        note.hidden = false;
      },
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: KEPT_MS },
    );
  });
}
