// Area and IoU against tau. A curve is {area, hits: one entry per tick, known: how
// many ticks are worked out, truth: pixels of the network's mask, count: pixels of the photo}; the mean rule's has
// regions: per tick, the region as bits, about 100 KB each, so that the slider need not grow it again.
import { TAUS, growByMean, packBits } from "./growth.js";

// The network's mask of one class, with the border of a ground.
export function maskOfClass(ground, labels, id) {
  const mask = new Uint8Array(ground.blank.length);
  for (let row = 0, from = 0; row < ground.height; row++) {
    for (let column = 0, to = (row + 1) * ground.stride + 1; column < ground.width; column++, from++, to++)
      mask[to] = labels[from] === id ? 1 : 0;
  }
  return mask;
}

export function emptyCurve(ground, truth) {
  let pixels = 0;
  for (let i = 0; i < truth.length; i++) pixels += truth[i];
  return {
    area: new Int32Array(TAUS.length),
    hits: new Int32Array(TAUS.length),
    known: 0,
    truth: pixels,
    count: ground.count,
    regions: [],
  };
}

// The seed rule: one histogram over the ticks at which pixels join.
export function seedCurve(ground, join, truth) {
  const curve = emptyCurve(ground, truth);
  for (let row = 0; row < ground.height; row++) {
    for (let column = 0, i = (row + 1) * ground.stride + 1; column < ground.width; column++, i++) {
      curve.area[join[i]]++;
      curve.hits[join[i]] += truth[i];
    }
  }
  for (let tick = 1; tick < TAUS.length; tick++) {
    curve.area[tick] += curve.area[tick - 1];
    curve.hits[tick] += curve.hits[tick - 1];
  }
  curve.known = TAUS.length;
  return curve;
}

// The mean rule has no shortcut: one growth for the next tick, and for those after it that cannot differ.
export function extendMeanCurve(curve, ground, start, truth, growth) {
  growByMean(ground, start, TAUS[curve.known], growth);
  const hits = countHits(growth, truth);
  const region = packBits(growth.inside);
  do {
    curve.area[curve.known] = growth.area;
    curve.hits[curve.known] = hits;
    curve.regions.push(region);
    curve.known++;
  } while (curve.known < TAUS.length && TAUS[curve.known] < growth.refused);
}

export function countHits({ order, area }, truth) {
  let hits = 0;
  for (let i = 0; i < area; i++) hits += truth[order[i]];
  return hits;
}

export const iouAt = (curve, tick) => curve.hits[tick] / (curve.area[tick] + curve.truth - curve.hits[tick]);

// The tick with the highest IoU; of equals, the first.
export function bestTick(curve) {
  let best = 0;
  for (let tick = 1; tick < curve.known; tick++) if (iouAt(curve, tick) > iouAt(curve, best)) best = tick;
  return best;
}

// The tick at which the area grows most since the tick before; of equals, the first. 0 where it never grows.
export function leakTick(curve) {
  let leak = 0;
  let most = 0;
  for (let tick = 1; tick < curve.known; tick++) {
    const jump = curve.area[tick] - curve.area[tick - 1];
    if (jump > most) [leak, most] = [tick, jump];
  }
  return leak;
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
