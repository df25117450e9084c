// The pixel inspector: 21 logits, their softmax, the winner. Draws what scores.js worked out.
import { classes } from "../../shared/classes.js";
import { number, rgb } from "../../shared/words.js";

const NAMED = 4; // classes with a row of their own; the others share one

export function part(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

// How many times likelier, for a margin in logits: softmax shares are as their powers of e.
function times(margin) {
  const ratio = Math.exp(margin);
  if (ratio >= 1e6) return "more than a million";
  return ratio < 9.95 ? ratio.toFixed(1) : number(ratio);
}

const wholePercent = (share) => (share >= 0.005 ? Math.round(100 * share) + " %" : "<1 %");
const signed = (logit) => logit.toFixed(2).replace("-", "−");

// pixel: {row, column, sure: 0..255, decision of decideAt or null while the scores are on their way}
export function drawInspector(place, { row, column, sure, label, decision }) {
  const seek = (selector) => place.querySelector(selector);
  place.hidden = false;
  place.dataset.state = decision ? "shown" : "waiting";
  Object.assign(place.dataset, { row, column, label });
  seek(".where").textContent = number(row) + ", " + number(column);
  if (!decision) return;
  const { order, logits, shares, margin } = decision;
  const [first, second] = order;
  Object.assign(place.dataset, {
    winner: first,
    runner: second,
    margin: margin.toFixed(4),
    share: shares[first].toFixed(5),
  });
  drawLogits(seek(".logits"), order, logits);
  const percent = (id) =>
    id === first && id === label ? Math.round((100 * sure) / 255) + " %" : wholePercent(shares[id]);
  const rows = order.slice(0, NAMED).map((id) => shareRow(classes[id], signed(logits[id]), shares[id], percent(id)));
  const rest = order.slice(NAMED).reduce((sum, id) => sum + shares[id], 0);
  rows.push(shareRow(null, "", rest, wholePercent(rest)));
  seek(".shares").replaceChildren(...rows);
  seek(".winner").textContent = classes[first].name;
  seek(".speck").hidden = first === label;
  seek(".speck b").textContent = classes[label].name;
  seek(".margin").textContent =
    "Runner-up: " +
    classes[second].name +
    ", " +
    times(margin) +
    " times less likely: a margin of " +
    margin.toFixed(2) +
    " logits.";
}

// Upright bars around zero, best first.
function drawLogits(place, order, logits) {
  const top = Math.max(0, ...logits);
  const span = top - Math.min(0, ...logits) || 1;
  const bars = order.map((id) => {
    const bar = part("i", "");
    bar.title = classes[id].name + " " + signed(logits[id]);
    bar.style.setProperty("--top", (100 * (top - Math.max(0, logits[id]))) / span + "%");
    bar.style.setProperty("--tall", (100 * Math.abs(logits[id])) / span + "%");
    bar.style.setProperty("--class", rgb(classes[id].color));
    return bar;
  });
  const zero = part("b", "");
  zero.style.top = (100 * top) / span + "%";
  place.replaceChildren(zero, ...bars);
  place.setAttribute(
    "aria-label",
    "21 logits, from " +
      signed(logits[order[0]]) +
      " (" +
      classes[order[0]].name +
      ") to " +
      signed(Math.min(...logits)),
  );
}

function shareRow(entry, logit, share, percent) {
  const row = part("li", entry ? "" : "others");
  if (entry) row.dataset.label = entry.id;
  const swatch = part("i", "swatch");
  swatch.style.background = entry ? rgb(entry.color) : "none";
  const track = part("span", "track");
  const fill = part("i", "");
  fill.style.width = 100 * share + "%";
  fill.style.background = entry ? rgb(entry.color) : "var(--seg-faint)";
  track.append(fill);
  row.append(
    swatch,
    part("span", "name", entry ? entry.name : "17 others"),
    part("span", "logit", logit),
    track,
    part("span", "percent", percent),
  );
  return row;
}
