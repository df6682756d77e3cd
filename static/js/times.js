// Keeps "3 min ago" and "1 h 14 min left" true while the page stays open. The exact time is in the title.
const lang = document.documentElement.lang || "zh-Hans";
const UNITS = lang.startsWith("zh") ? { day: "天", hour: "小时", minute: "分钟" } : { day: "d", hour: "h", minute: "min" };
const unit = (n, name) => `${n} ${UNITS[name]}`;

function span(ms) {
  const minutes = Math.max(1, Math.floor(Math.abs(ms) / 60000));
  const days = Math.floor(minutes / 1440), hours = Math.floor((minutes % 1440) / 60), rest = minutes % 60;
  const words = [];
  if (days) words.push(unit(days, "day"));
  if (hours) words.push(unit(hours, "hour"));
  if (rest && !days) words.push(unit(rest, "minute"));
  return words.slice(0, 2).join(" ");
}

function relative(ms) {
  const format = new Intl.RelativeTimeFormat(lang, { numeric: "always" });
  const minutes = Math.round(ms / 60000);
  if (Math.abs(minutes) < 1) return null;
  if (Math.abs(minutes) < 60) return format.format(minutes, "minute");
  if (Math.abs(minutes) < 1440) return format.format(Math.round(minutes / 60), "hour");
  return format.format(Math.round(minutes / 1440), "day");
}

function tick() {
  const skew = Number(document.body.dataset.skewMs || 0);
  const now = Date.now() + skew;
  for (const node of document.querySelectorAll("time[data-ago]")) {
    const words = relative(new Date(node.dateTime) - now);
    if (words && node.textContent !== words) node.textContent = words;
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
