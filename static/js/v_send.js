// Sends one entry of the outbox: its photos first, one by one, then the form with its key. Whatever is sent again is the same form
// (the time of sending is a header), so the server takes it once.
import { put } from "./phone_store.js";

const WAIT_MS = 30000;

async function post(url, body, token) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), WAIT_MS);
  try {
    const headers = { "X-CSRFToken": token, "X-Requested-With": "outbox", "X-Sent-At": String(Date.now()) };
    return await fetch(url, { method: "POST", body, headers, credentials: "same-origin", redirect: "manual", signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
}

// A limit that comes with words is an answer for people (too many wrong codes); one without is for the phone: try again later.
const later = (answer, { refused } = {}) => answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 408
  || answer.status >= 500 || (answer.status === 429 && !refused);

async function said(answer) {
  try { return await answer.json(); } catch { return {}; }
}

// Returns "sent", "later", or {refused: words, errors: words by field}; never throws for the network.
export async function send(entry, token) {
  try {
    for (const photo of entry.photos.filter((each) => !each.id && !each.refused)) {
      const body = new FormData();
      body.append("file", photo.file, photo.file.name || "photo.jpg");
      const answer = await post(entry.photoUrl, body, token);
      if (later(answer)) return "later";
      if (answer.ok) photo.id = (await said(answer)).id; else photo.refused = true;
      await put(entry);
    }
    const body = new FormData();
    for (const [name, value] of entry.fields) body.append(name, value);
    for (const photo of entry.photos) if (photo.id) body.append(entry.photoName, photo.id);
    body.append("made_at", String(entry.madeAt));
    const answer = await post(entry.url, body, token);
    if (answer.ok) return "sent";
    const words = await said(answer);
    return later(answer, words) ? "later" : { refused: words.refused || "", errors: words.errors };
  } catch {
    return "later";
  }
}
