// The seed: where it starts, and how pointer and keys move it.
import { ARROWS, shortcutOf } from "../../shared/keys.js";
import { pixelAt } from "../../shared/pointer.js";
import { bestTick, iouAt, maskOfClass, seedCurve } from "./curve.js";
import { joinTicks, placeOf } from "./growth.js";
import { IGNORE } from "./words.js";

const TRIED = 6; // places a first seed is looked for

// The first region on a photo: {seed, tick}. Of some places on its main thing, the one from which growing gets furthest,
// at its best tau; so that growing is seen at its best before it is seen to fail.
export function firstRegion(ground, now) {
  const seeds = seedsOnMainThing(now);
  const id = now.labels[seeds[0].row * now.width + seeds[0].column];
  const truth = maskOfClass(ground, now.labels, id);
  let first = null;
  for (const seed of seeds) {
    const curve = seedCurve(ground, joinTicks(ground, placeOf(ground, seed)), truth);
    const tick = bestTick(curve);
    if (!first || iouAt(curve, tick) > first.iou) first = { seed, tick, iou: iouAt(curve, tick) };
  }
  return first;
}

// Of the largest class that is not background: the pixel nearest to the middle of its pixels, and others spread evenly
// over it. The photo's own middle where there is background only.
function seedsOnMainThing({ labels, classes, height, width }) {
  const things = classes.filter(({ id }) => id > 0 && id < IGNORE).sort((a, b) => b.pixels - a.pixels);
  const middle = { row: height >> 1, column: width >> 1 };
  if (!things.length) return [middle];
  const { id } = things[0];
  let [rows, columns, count] = [0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== id) continue;
    rows += (i / width) | 0;
    columns += i % width;
    count++;
  }
  let nearest = -1;
  let least = Infinity;
  const spread = [];
  for (let i = 0, seen = 0; i < labels.length; i++) {
    if (labels[i] !== id) continue;
    if (++seen >= ((spread.length + 1) * count) / TRIED) spread.push(i);
    const distance = (((i / width) | 0) - rows / count) ** 2 + ((i % width) - columns / count) ** 2;
    if (distance < least) [nearest, least] = [i, distance];
  }
  return [nearest, ...spread.slice(0, TRIED - 1)].map((i) => ({ row: (i / width) | 0, column: i % width }));
}

// move(seed) is called for each new place. A mouse drags from anywhere; a finger drags the marker,
// and elsewhere taps, so that the page can still be scrolled by the photo.
export function listenForSeeds(frame, marker, size, current, move) {
  let dragging = null;
  const at = (event) => {
    const { height, width } = size();
    return pixelAt(frame, event.clientX, event.clientY, height, width, true);
  };
  frame.addEventListener("pointerdown", (event) => {
    if (!size() || event.button > 0 || (event.pointerType === "touch" && !marker.contains(event.target))) return;
    dragging = event.pointerId;
    frame.setPointerCapture(event.pointerId);
    move(at(event));
  });
  frame.addEventListener("pointermove", (event) => {
    if (event.pointerId === dragging) move(at(event));
  });
  for (const type of ["pointerup", "pointercancel"]) {
    frame.addEventListener(type, (event) => {
      if (event.pointerId === dragging) dragging = null;
    });
  }
  frame.addEventListener("click", (event) => {
    if (size() && event.pointerType === "touch" && !marker.contains(event.target)) move(at(event));
  });
  frame.addEventListener("keydown", (event) => {
    const step = ARROWS[shortcutOf(event)];
    if (!step || !size() || !current()) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1;
    const within = (value, side) => Math.min(side - 1, Math.max(0, value));
    const { row, column } = current();
    move({ row: within(row + far * step[0], size().height), column: within(column + far * step[1], size().width) });
  });
}
