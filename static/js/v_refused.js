// What the server does not take, said on the page where it was typed, as after a page of its own: on top a list of links to the
// fields, and beside each field once more.
function beside(field, words) {
  const note = document.querySelector("[data-refused-field]").content.firstElementChild.cloneNode(true);
  note.id = `${field.id}_error`;
  note.querySelector("span").textContent = words;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${field.id}_helptext ${note.id}`);
  field.after(note);
}

export function refuse(form, { refused, errors = {} }) {
  for (const before of document.querySelectorAll(".error-summary, .field-error")) before.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  const note = document.querySelector("[data-refusal]").content.firstElementChild.cloneNode(true);
  const list = note.querySelector("ul");
  for (const [name, words] of Object.entries(errors)) {
    const field = form.elements[name], item = document.createElement("li");
    if (field && field.id && field.type !== "hidden") {
      const link = document.createElement("a");
      link.href = `#${field.id}`;
      link.textContent = words;
      item.append(link);
      beside(field, words);
    } else item.textContent = words;
    list.append(item);
  }
  if (!list.children.length) list.append(Object.assign(document.createElement("li"), { textContent: refused }));
  form.before(note);
  note.focus();
}
