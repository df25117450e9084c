// Area and IoU against tau. A curve is {area, hits: one entry per tick, ticks: those worked out, rising, whole: whether
// no more are to come, target: pixels of the target, count: pixels of the photo}.
import { growByMean } from "./growth.js";

export function emptyCurve(length, target, count) {
  let pixels = 0;
  for (let i = 0; i < target.length; i++) pixels += target[i];
  return {
    area: new Int32Array(length),
    hits: new Int32Array(length),
    ticks: [],
    whole: false,
    target: pixels,
    count,
  };
}

// A rule that compares with the seed: one histogram over the ticks at which pixels join.
export function joinCurve(ground, join, target, length) {
  const curve = emptyCurve(length, target, ground.count);
  for (let row = 0; row < ground.height; row++) {
    for (let column = 0, i = (row + 1) * ground.stride + 1; column < ground.width; column++, i++) {
      curve.area[join[i]]++;
      curve.hits[join[i]] += target[i];
    }
  }
  for (let tick = 1; tick < length; tick++) {
    curve.area[tick] += curve.area[tick - 1];
    curve.hits[tick] += curve.hits[tick - 1];
  }
  curve.ticks = Array.from({ length }, (_, tick) => tick);
  curve.whole = true;
  return curve;
}

const FIRST = 16; // ticks apart that are tried first

// The mean rule has no shortcut: every tau is a growth of its own. So some are tried first, evenly, and then those
// between, around the best and around the leak. -> the next tick to try, or -1.
function nextTick(curve) {
  const { ticks, area } = curve;
  const last = area.length - 1;
  const coarse = [...Array(Math.ceil(last / FIRST)).keys()].map((i) => i * FIRST).concat(last);
  const missing = coarse.find((tick) => !ticks.includes(tick));
  if (missing !== undefined) return missing;
  const middle = (a, b) => (b - a > 1 ? (a + b) >> 1 : -1);
  const at = ticks.indexOf(bestTick(curve));
  const leak = findLeak(curve);
  const tries = [
    at > 0 ? middle(ticks[at - 1], ticks[at]) : -1,
    at < ticks.length - 1 ? middle(ticks[at], ticks[at + 1]) : -1,
    leak ? middle(ticks[ticks.indexOf(leak.tick) - 1], leak.tick) : -1,
  ];
  return tries.find((tick) => tick >= 0) ?? -1;
}

// One growth more of the mean rule. Ticks beyond it that cannot differ need none.
export function extendMeanCurve(curve, ground, start, target, taus, growth) {
  const tick = nextTick(curve);
  if (tick >= 0) {
    growByMean(ground, start, taus[tick], growth);
    const hits = countHits(growth, target);
    for (let same = tick; same < taus.length && (same === tick || taus[same] < growth.refused); same++) {
      if (curve.ticks.includes(same)) continue;
      curve.area[same] = growth.area;
      curve.hits[same] = hits;
      curve.ticks.push(same);
    }
    curve.ticks.sort((a, b) => a - b);
  }
  curve.whole = nextTick(curve) < 0;
}

export function countHits({ order, area }, target) {
  let hits = 0;
  for (let i = 0; i < area; i++) hits += target[order[i]];
  return hits;
}

export const iouAt = (curve, tick) => curve.hits[tick] / (curve.area[tick] + curve.target - curve.hits[tick]);

// The tick with the highest IoU; of equals, the first.
export function bestTick(curve) {
  let best = curve.ticks[0];
  for (const tick of curve.ticks) if (iouAt(curve, tick) > iouAt(curve, best)) best = tick;
  return best;
}

export const LEAK_SHARE = 0.01; // of the photo

// Where the region first spills more than it gains: the first tick by which the pixels that joined outside the target
// exceed those inside by LEAK_SHARE of the photo, counted from `before`, the tick at which there was least to regret.
// -> {before, tick}, or null
export function findLeak({ ticks, area, hits, count }) {
  const regret = (tick) => area[tick] - 2 * hits[tick]; // outside less inside
  let before = ticks[0];
  for (const tick of ticks) {
    if (regret(tick) <= regret(before)) before = tick;
    else if (regret(tick) - regret(before) >= LEAK_SHARE * count) return { before, tick };
  }
  return null;
}

// The labels of the pixels that join between two ticks: Map of class id -> pixels. joined(place): whether one does.
export function labelsGained(ground, labels, joined) {
  const pixels = new Int32Array(256); // per class
  for (let i = 0, row = 0; row < ground.height; row++) {
    for (let column = 0, place = (row + 1) * ground.stride + 1; column < ground.width; column++, place++, i++) {
      if (joined(place)) pixels[labels[i]]++;
    }
  }
  return new Map([...pixels].flatMap((count, id) => (count ? [[id, count]] : [])));
}
