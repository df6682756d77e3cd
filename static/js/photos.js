// Photos: shrunk on the phone, sent one after the other with progress, tried again, removable. The plain file input stays
// the way without this module. Pictures a browser cannot draw (HEIC on some) are sent as they are.
const LONGEST_SIDE = 1600, QUALITY = 0.85, SMALL_ENOUGH = 400000, TRIES = 3, WAIT_MS = 2500;
const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

async function shrunk(file) {
  if (file.size < SMALL_ENOUGH || !window.createImageBitmap) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return small && small.size < file.size ? new File([small], "photo.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

function send(url, file, onProgress) {
  return new Promise((done, fail) => {
    const call = new XMLHttpRequest(), body = new FormData();
    body.append("file", file, file.name);
    call.open("POST", url);
    call.setRequestHeader("X-CSRFToken", csrf());
    call.upload.onprogress = (event) => { if (event.lengthComputable) onProgress(event.loaded / event.total); };
    call.onerror = () => fail({ offline: true });
    call.onload = () => {
      let answer = {};
      try { answer = JSON.parse(call.responseText); } catch { answer = {}; }
      if (call.status < 300) done(answer); else fail({ words: answer.detail, final: call.status < 500 && call.status !== 429 });
    };
    call.send(body);
  });
}

function icon(of) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "ti");
  svg.setAttribute("fill", "none");
  svg.setAttribute("stroke", "currentColor");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", of);
  svg.append(path);
  return svg;
}

for (const box of document.querySelectorAll("[data-photos]")) {
  const words = box.dataset, list = box.querySelector("[data-photos-list]"), input = box.querySelector("[data-photos-input]");
  const status = box.querySelector("[data-photos-status]"), form = box.closest("form");
  const queue = [], jobs = [];
  let sending = false;
  input.removeAttribute("name"); // sent by this module, not again with the form

  function card(file) {
    const item = document.createElement("li"), bar = document.createElement("progress"), close = document.createElement("button");
    item.className = "photo";
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    close.type = "button";
    close.className = "x";
    close.setAttribute("aria-label", words.wordRemove);
    close.append(icon("M18 6l-12 12 M6 6l12 12"));
    item.append(bar, close);
    if (file.type.startsWith("image/") && !/hei[cf]/.test(file.type)) {
      const picture = document.createElement("img");
      picture.alt = "";
      picture.src = URL.createObjectURL(file);
      picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
      picture.addEventListener("error", () => picture.remove());
      item.prepend(picture);
    }
    list.append(item);
    return { item, bar, close, file, tries: 0, id: "", gone: false };
  }

  // The stored photo goes with the form, for forms whose server keeps no draft of it.
  function named(id) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = words.name;
    field.value = id;
    return field;
  }

  function failed(job, text, final) {
    const note = document.createElement("div"), again = document.createElement("button");
    note.className = "msg";
    note.textContent = text || words.wordFailed;
    job.item.classList.add("failed");
    status.textContent = note.textContent;
    job.item.append(note);
    job.refused = final;
    if (final) { job.bar.remove(); return; }
    again.type = "button";
    again.textContent = words.wordRetry;
    again.addEventListener("click", () => {
      note.remove();
      job.item.classList.remove("failed");
      job.tries = 0;
      queue.push(job);
      work();
    });
    note.append(document.createElement("br"), again);
  }

  async function work() {
    if (sending) return;
    sending = true;
    while (queue.length) {
      const job = queue.shift();
      if (job.gone) continue;
      try {
        job.tries += 1;
        const answer = await send(words.uploadUrl, await shrunk(job.file), (part) => { job.bar.value = part; });
        job.id = answer.id;
        job.bar.remove();
        job.item.append(named(answer.id));
        if (job.gone) removeOn(job.id);
      } catch (problem) {
        if (!problem.final && job.tries < TRIES && navigator.onLine) {
          await new Promise((go) => setTimeout(go, WAIT_MS * job.tries));
          queue.unshift(job);
        } else {
          failed(job, problem.offline ? words.wordOffline : problem.words, problem.final);
          if (problem.offline) window.addEventListener("online", () => { const note = job.item.querySelector(".msg button"); if (note) note.click(); }, { once: true });
        }
      }
    }
    sending = false;
    form.dispatchEvent(new CustomEvent("photos:idle"));
  }

  function removeOn(id) {
    const body = new FormData();
    body.append("id", id);
    return fetch(words.removeUrl, { method: "POST", body, headers: { "X-CSRFToken": csrf() } });
  }

  input.addEventListener("change", () => {
    const room = Number(words.max) - list.children.length;
    for (const file of [...input.files].slice(0, Math.max(0, room))) {
      const job = card(file);
      job.close.addEventListener("click", () => { job.gone = true; job.item.remove(); if (job.id) removeOn(job.id); input.focus(); });
      queue.push(job);
      jobs.push(job);
    }
    input.value = "";
    work();
  });

  // For the outbox of a phone without network: what is chosen and not stored yet, shrunk.
  box.unsent = () => Promise.all(jobs.filter((job) => !job.id && !job.gone && !job.refused).map((job) => shrunk(job.file)));

  // Photos that were stored before: removed in place instead of by loading the page again.
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-photo-remove]");
    if (!button) return;
    event.preventDefault();
    removeOn(button.value).then((answer) => { if (answer.ok) button.closest(".photo").remove(); });
  });

  // "Next" waits for what is still on its way.
  form.addEventListener("submit", (event) => {
    if (!sending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    if (button) button.classList.add("busy");
    form.addEventListener("photos:idle", () => {
      if (button) button.classList.remove("busy");
      form.requestSubmit(button || undefined);
    }, { once: true });
  }, true);
}
