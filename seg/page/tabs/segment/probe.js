// What the pointer is at, else the pinned pixel: the markers on the photo, the tip beside the pointer, the line below.
import { classes } from "../../shared/classes.js";
import { byTouch } from "../../shared/touch.js";
import { number, rgb } from "../../shared/words.js";
import { surest } from "./layers.js";

const INVITATION = byTouch
  ? "Tap the photo to ask about a pixel, or slide a finger sideways over it."
  : "Point at the photo to ask about a pixel; click to see all its scores.";

// current() -> {now, place, pin, unsure}: the photo, the two pixels or null, and the percentage below which it is unsure.
// -> {show, onFrame}
export function addProbe(element, current) {
  const find = (selector) => element.querySelector(selector);
  const frame = find(".frame");

  function show() {
    const { now, place, pin, unsure } = current();
    const readout = find(".readout");
    find(".probe").hidden = find(".tip").hidden = !place;
    find(".pin").hidden = !pin;
    readout.classList.toggle("pinned", Boolean(pin && !place));
    if (pin) putAt(find(".pin"), pin);
    const asked = place || pin;
    if (!asked) {
      readout.textContent = now ? INVITATION : "";
      for (const key of ["row", "column", "label", "confidence"]) delete readout.dataset[key];
      return;
    }
    const { row, column } = asked;
    const i = row * now.width + column;
    const { name, color } = classes[now.labels[i]];
    const percent = Math.round((100 * now.confidence[i]) / 255);
    const sure = now.confidence[i] >= surest(unsure);
    const verdict = sure ? name + ", " + percent + " % sure" : "unsure, " + name + " at " + percent + " %";
    Object.assign(readout.dataset, { row, column, label: now.labels[i], confidence: now.confidence[i] });
    readout.innerHTML = "row " + number(row) + ", column " + number(column) + ": <b></b>";
    readout.querySelector("b").textContent = verdict;
    if (place) showTip(place, sure ? name + " " + percent + " %" : "unsure", sure ? rgb(color) : "#999");
  }

  function showTip({ row, column }, words, color) {
    const tip = find(".tip");
    tip.querySelector("span").textContent = words;
    tip.querySelector(".swatch").style.background = color;
    putAt(find(".probe"), { row, column });
    const [x, y] = onFrame(row, column);
    tip.style.top = y + "px";
    const half = tip.offsetWidth / 2 + 4;
    tip.style.left = Math.min(Math.max(x, half), Math.max(half, frame.clientWidth - half)) + "px";
    tip.classList.toggle("below", y < 52);
  }

  // The centre of a pixel in CSS pixels of the frame.
  function onFrame(row, column) {
    const { now } = current();
    return [((column + 0.5) / now.width) * frame.clientWidth, ((row + 0.5) / now.height) * frame.clientHeight];
  }

  function putAt(marker, { row, column }) {
    const [x, y] = onFrame(row, column);
    Object.assign(marker.style, { left: x + "px", top: y + "px" });
  }

  return { show, onFrame };
}
