// Checking in by camera: reads the resident's square on this phone alone, puts the code into the form and sends it. Browsers without a
// reader of their own load one; where there is no camera, or it is refused, that is said and the six digits stay.
const box = document.querySelector("[data-scan]");
const EVERY_MS = 150, LONGEST_MS = 60000;
const able = window.isSecureContext && Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);

const find = (name) => box.querySelector(`[data-scan-${name}]`);

function say(words) {
  find("note").textContent = words;
  find("note").hidden = !words;
}

async function reader() {
  const own = window.BarcodeDetector;
  if (own && (await own.getSupportedFormats()).includes("qr_code")) return new own({ formats: ["qr_code"] });
  const { BarcodeDetector } = await import(box.dataset.scan);
  return new BarcodeDetector({ formats: ["qr_code"] });
}

// What was read is only compared, never opened: the six digits, or the address of this page with them.
function codeIn(text) {
  const digits = /^\d{6}$/;
  if (digits.test(text)) return text;
  let url;
  try { url = new URL(text); } catch { return null; }
  const code = url.searchParams.get("code") || "";
  if (!digits.test(code)) return null;
  return url.pathname === window.location.pathname ? code : "";
}

let stream = null;

function stop() {
  if (stream) for (const track of stream.getTracks()) track.stop();
  stream = null;
  find("view").hidden = true;
  find("on").hidden = false;
}

async function look(detector, video) {
  const until = Date.now() + LONGEST_MS;
  while (stream && Date.now() < until) {
    const [seen] = video.readyState >= 2 ? await detector.detect(video) : [];
    const code = seen && stream ? codeIn(seen.rawValue) : undefined;
    if (code) return code;
    if (code === "") say(box.dataset.wordOther);
    if (code === null) say(box.dataset.wordStrange);
    await new Promise((go) => setTimeout(go, EVERY_MS));
  }
  return "";
}

async function start() {
  say("");
  const on = find("on"), video = find("video");
  let wrong = box.dataset.wordUnread;
  on.classList.add("busy");
  try {
    const detector = await reader();
    wrong = box.dataset.wordRefused;
    stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 1024 } } });
    video.srcObject = stream;
    await video.play();
    on.hidden = true;
    find("view").hidden = false;
    find("view").scrollIntoView({ block: "nearest" });
    const code = await look(detector, video);
    const asked = Boolean(stream);
    stop();
    if (code) send(code);
    else if (asked) say(box.dataset.wordNothing);
  } catch {
    stop();
    say(wrong);
  } finally {
    on.classList.remove("busy");
  }
}

function send(code) {
  const form = document.getElementById("answer");
  form.elements.code.value = code;
  form.requestSubmit();
}

if (box) {
  box.hidden = false;
  if (able) {
    find("on").addEventListener("click", start);
    find("off").addEventListener("click", stop);
    document.addEventListener("visibilitychange", () => { if (document.hidden && stream) stop(); });
    window.addEventListener("pagehide", () => { if (stream) stop(); });
  } else {
    find("on").hidden = true;
    say(box.dataset.wordNone);
  }
}
