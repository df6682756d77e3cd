// Keeps "3 min ago" and "1 h 14 min left" true while the page stays open. The exact time is in the title.
// The words come with the page, the same that the server said it in.
const WORDS = JSON.parse(document.body.dataset.wordsOfTime);
const word = (name, n) => WORDS[name][n === 1 ? 0 : 1].replace("%(n)d", n);

function span(ms) {
  const minutes = Math.max(1, Math.floor(Math.abs(ms) / 60000));
  const days = Math.floor(minutes / 1440), hours = Math.floor((minutes % 1440) / 60), rest = minutes % 60;
  const words = [];
  if (days) words.push(word("day", days));
  if (hours) words.push(word("hour", hours));
  if (rest && !days) words.push(word("minute", rest));
  return words.slice(0, 2).join(" ");
}

function relative(ms) {
  if (Math.abs(ms) < 60000) return word("now");
  return word(ms < 0 ? "ago" : "ahead").replace("%(span)s", span(ms));
}

function tick() {
  const skew = Number(document.body.dataset.skewMs || 0);
  const now = Date.now() + skew;
  for (const node of document.querySelectorAll("time[data-ago]")) {
    const words = relative(new Date(node.dateTime) - now);
    if (node.textContent !== words) node.textContent = words;
  }
  for (const node of document.querySelectorAll("time[data-left]")) {
    const rest = new Date(node.dateTime) - now;
    const words = (rest > 0 ? node.dataset.leftText : node.dataset.overText).replace("%(span)s", span(rest));
    if (node.textContent !== words) node.textContent = words;
  }
  for (const bar of document.querySelectorAll("progress[data-until]")) {
    bar.value = Math.max(0, new Date(bar.dataset.until) - now) / 1000;
  }
}

setInterval(() => { if (!document.hidden) tick(); }, 20000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
