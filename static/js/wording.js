// Shows how a wording reads while it is typed: <form data-wording="/…/preview/"> sends what stands in it, the answer goes
// into [data-wording-preview]. Without a script the page shows it after "Keep".
const WAIT_MS = 350;

for (const form of document.querySelectorAll("form[data-wording]")) {
  const shown = document.querySelector("[data-wording-preview]");
  let timer = 0, asked = 0;

  async function ask() {
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.wording, { method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "error" });
      const html = answer.ok ? await answer.text() : "";
      if (html && mine === asked) shown.innerHTML = html;
    } catch {
      // Offline: the last preview stays; keeping the form says what is wrong.
      shown.classList.add("is-stale");
      return;
    }
    shown.classList.remove("is-stale");
  }

  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); });
}
