// Undo: the toast about a step with an opposite carries a button (and the key u) for some seconds. The server takes the
// step back only while nothing has happened since. Once another request is open, the toast names its own, and the key
// is gone: it takes back nothing that one does not look at.
import { toast } from "./toasts.js";

const SECONDS = 10;
const open = () => document.querySelector("#work [data-case]");

document.addEventListener("civic:toast", (event) => {
  const { undo, value } = event.detail;
  const address = document.querySelector("[data-undo]")?.dataset.undo;
  if (!undo || !address) return;
  event.stopImmediatePropagation(); // instead of the plain toast
  const node = toast(value, "", SECONDS * 1000);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "toast-act";
  button.dataset.key = "u";
  button.append(undo.word, " ");
  const key = document.createElement("kbd");
  key.className = "k";
  key.setAttribute("aria-hidden", "true");
  key.textContent = "u";
  button.append(key);
  button.addEventListener("click", () => {
    node.remove();
    window.htmx.ajax("POST", address, { swap: "none", values: { chosen: undo.chosen, form_key: undo.form_key } });
  });
  node.querySelector("[data-toast-close]").before(button);
  const its = open();
  if (!its) return;
  const { case: pk } = its.dataset, title = its.querySelector("h1").textContent.trim();
  document.addEventListener("htmx:afterSwap", function left({ target }) {
    if (!node.isConnected) { document.removeEventListener("htmx:afterSwap", left); return; }
    if (target.id !== "work" || open()?.dataset.case === pk) return;
    document.removeEventListener("htmx:afterSwap", left);
    node.querySelector(".grow").textContent = `${title} · ${value}`;
    delete button.dataset.key;
    key.remove();
  });
}, true);
