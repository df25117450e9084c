// The seed: where it starts, and how pointer and keys move it.
import { ARROWS, shortcutOf } from "../../shared/keys.js";
import { pixelAt } from "../../shared/pointer.js";
import { bestTick, iouAt, joinCurve } from "./curve.js";
import { colourTicks, joinTicks, placeOf, thinGround } from "./growth.js";
import { ruleOf } from "./rules.js";
import { maskOf, targetAt } from "./target.js";

const IGNORE = 255;

const TRIED = 6; // places a first seed is looked for
const LOOKED_AT = 40_000; // pixels of the photo, about, in that search

// The first seed on a photo. Of some places on its main thing, the one from which growing by colour gets furthest, at
// its best tau; so that growing is seen at its best before it is seen to fail. Looked for on a thinned photo.
export function firstSeed(ground, now, individuals) {
  const step = Math.ceil(Math.sqrt(ground.count / LOOKED_AT));
  const small = thinGround(ground, step);
  const thinned = {
    ...now,
    labels: thin(now.labels, now.width, small, step),
    height: small.height,
    width: small.width,
  };
  const told = individuals && { ...individuals, map: thin(individuals.map, now.width, small, step) };
  let first = null;
  for (const seed of seedsOnMainThing(thinned)) {
    const target = maskOf(targetAt(thinned, told, seed), small, thinned, told);
    const start = placeOf(small, seed);
    const join = joinTicks(small, start, colourTicks(small, start));
    const curve = joinCurve(small, join, target, ruleOf("seed").taus.length);
    const iou = iouAt(curve, bestTick(curve));
    if (!first || iou > first.iou) first = { row: seed.row * step, column: seed.column * step, iou };
  }
  return { row: first.row, column: first.column };
}

// The pixels of a map that a thinned ground keeps.
function thin(map, width, small, step) {
  const kept = new map.constructor(small.count);
  for (let row = 0, to = 0; row < small.height; row++) {
    for (let column = 0; column < small.width; column++) kept[to++] = map[row * step * width + column * step];
  }
  return kept;
}

// Of the largest class that is not background: the pixel nearest to the middle of its pixels, and others spread evenly
// over it. The photo's own middle where there is hardly anything but background.
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
  if (!count) return [middle]; // too small for a thinned photo
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

const REST = 400; // ms after the last key until the seed counts as settled

// move(seed) is called for each new place, settle(delay) once it stays there. A mouse drags from anywhere; a finger
// drags the marker, and elsewhere taps, so that the page can still be scrolled by the photo.
export function listenForSeeds(frame, marker, size, current, { move, settle }) {
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
      if (event.pointerId !== dragging) return;
      dragging = null;
      settle();
    });
  }
  frame.addEventListener("click", (event) => {
    if (!size() || event.pointerType !== "touch" || marker.contains(event.target)) return;
    move(at(event));
    settle();
  });
  frame.addEventListener("keydown", (event) => {
    const step = ARROWS[shortcutOf(event)];
    if (!step || !size() || !current()) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1;
    const within = (value, side) => Math.min(side - 1, Math.max(0, value));
    const { row, column } = current();
    move({ row: within(row + far * step[0], size().height), column: within(column + far * step[1], size().width) });
    settle(REST);
  });
}
