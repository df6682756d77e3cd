// A voice note of up to a minute: press to speak, press to stop, listen, delete. Shown only where the browser can record.
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

for (const box of document.querySelectorAll("[data-voice]")) {
  const words = box.querySelector("[data-voice-words]"), time = box.querySelector("[data-voice-time]"), player = box.querySelector("[data-voice-play]");
  const record = box.querySelector("[data-voice-record]"), remove = box.querySelector("[data-voice-remove]"), most = Number(box.dataset.maxSeconds);
  let recorder = null, unsent = null, timer = 0;
  if (!navigator.mediaDevices || !window.MediaRecorder) { box.hidden = !player.hasAttribute("src"); record.hidden = true; continue; }

  async function upload(blob) {
    words.textContent = box.dataset.wordSending;
    const body = new FormData();
    body.append("file", blob, blob.type.includes("mp4") ? "voice.m4a" : blob.type.includes("ogg") ? "voice.ogg" : "voice.webm");
    try {
      const answer = await fetch(box.dataset.uploadUrl, { method: "POST", body, headers: { "X-CSRFToken": csrf() } });
      const said = await answer.json();
      if (!answer.ok) { words.textContent = said.detail || box.dataset.wordFailed; return; }
      unsent = null;
      words.textContent = box.dataset.wordDone;
      remove.hidden = false;
    } catch {
      unsent = blob;
      words.textContent = box.dataset.wordFailed;
    }
  }

  async function begin() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      words.textContent = box.dataset.wordRefused;
      return;
    }
    const parts = [], type = TYPES.find((each) => MediaRecorder.isTypeSupported(each));
    recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.onstop = () => {
      clearInterval(timer);
      for (const track of stream.getTracks()) track.stop();
      box.classList.remove("on");
      time.hidden = true;
      const blob = new Blob(parts, { type: recorder.mimeType });
      recorder = null;
      player.src = URL.createObjectURL(blob);
      player.hidden = false;
      upload(blob);
    };
    const started = Date.now();
    recorder.start();
    box.classList.add("on");
    words.textContent = box.dataset.wordRecording;
    time.hidden = false;
    timer = setInterval(() => {
      const seconds = (Date.now() - started) / 1000;
      time.textContent = `${clock(seconds)} / ${clock(most)}`;
      if (seconds >= most && recorder) recorder.stop();
    }, 250);
  }

  record.addEventListener("click", () => {
    if (recorder) recorder.stop();
    else if (unsent) upload(unsent);
    else begin();
  });
  remove.addEventListener("click", async (event) => {
    event.preventDefault();
    await fetch(box.dataset.removeUrl, { method: "POST", headers: { "X-CSRFToken": csrf() } });
    player.removeAttribute("src");
    player.hidden = true;
    remove.hidden = true;
    words.textContent = box.dataset.wordRecord;
  });
}
