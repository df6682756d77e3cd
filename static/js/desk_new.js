// On-behalf entry at the speed of a telephone call: the known resident's answers fill what is still empty.
const form = document.querySelector("[data-on-behalf]");
const { beneficiary_phone: phone, category } = form.elements;
const known = document.getElementById("known"), consent = form.querySelector("[data-consent]");
const sensitive = new Set(form.dataset.sensitive.split(" "));
const FILLS = { beneficiary_name: "name", area: "area", address: "address", door_note: "door_note" };
const DIGITS = 11;
let asked = "", filled = {};

function fill() {
  const found = known.querySelector("[data-known]");
  for (const [name, from] of Object.entries(FILLS)) {
    const field = form.elements[name];
    // What somebody typed stays; what an earlier number had filled in goes.
    if (field.value && field.value !== filled[name]) continue;
    field.value = found ? found.dataset[from] : "";
    filled[name] = field.value;
  }
}

async function ask() {
  const digits = phone.value.replace(/\D/g, "");
  if (digits.length < 7 || digits === asked) return;
  asked = digits;
  const body = new FormData();
  body.append("beneficiary_phone", phone.value);
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  try {
    const answer = await fetch(form.dataset.residentUrl, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok || digits !== asked) return;
    known.innerHTML = await answer.text();
    fill();
  } catch {
    asked = "";
  }
}

phone.addEventListener("input", () => { if (phone.value.replace(/\D/g, "").length >= DIGITS) ask(); });
phone.addEventListener("change", ask);

function sort() {
  consent.hidden = !sensitive.has(category.value);
}
// Only who has a keyboard is told to press a number.
if (matchMedia("(hover: hover) and (pointer: fine)").matches) category.options[0].text = form.dataset.byNumber;
category.addEventListener("change", sort);
sort();

form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-place]"));
  }
});
const wrong = form.querySelector("[aria-invalid=true]");
(wrong || phone).focus();
