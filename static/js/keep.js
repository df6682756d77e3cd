// Keeps what is being typed on the server while it is typed: data-keep-url on the form. Silent; the button "Next" is what counts.
const QUIET_MS = 1500;

for (const form of document.querySelectorAll("form[data-keep-url]")) {
  let timer = 0, kept = "";

  function keep() {
    clearTimeout(timer);
    const body = new FormData();
    for (const field of form.querySelectorAll("textarea, input[type=hidden]")) if (field.name && !field.closest(".photo")) body.append(field.name, field.value);
    const now = JSON.stringify([...body]);
    if (now === kept) return;
    kept = now;
    // keepalive lets it arrive when the page goes away; a lost one is tried with the next letter.
    fetch(form.dataset.keepUrl, { method: "POST", body, keepalive: true, credentials: "same-origin" }).catch(() => { kept = ""; });
  }

  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, QUIET_MS); });
  form.addEventListener("submit", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", () => { if (document.hidden && timer) keep(); });
}
