// What the server does not take, said on the page where it was typed: a list of links to the fields, as after a page of its own.
export function refuse(form, { refused, errors = {} }) {
  for (const before of document.querySelectorAll(".error-summary")) before.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  const note = document.querySelector("[data-refusal]").content.firstElementChild.cloneNode(true);
  const list = note.querySelector("ul");
  for (const [name, words] of Object.entries(errors)) {
    const field = form.elements[name], item = document.createElement("li");
    if (field && field.id && field.type !== "hidden") {
      const link = document.createElement("a");
      link.href = `#${field.id}`;
      link.textContent = words;
      field.setAttribute("aria-invalid", "true");
      item.append(link);
    } else item.textContent = words;
    list.append(item);
  }
  if (!list.children.length) list.append(Object.assign(document.createElement("li"), { textContent: refused }));
  form.before(note);
  note.focus();
}
