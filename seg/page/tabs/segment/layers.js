// From labels and confidence to the picture laid over the photo: one 32-bit pixel each, at the photo's own size.
// Options: {view, opacity 0..1, only: class id or null, unsure: 0..99 %, stripe: px}. Pure functions, no DOM.
import { classes } from "../../shared/classes.js";
import { nearestCell } from "../../shared/scores.js";

export const pixel = (r, g, b, alpha) => ((Math.round(255 * alpha) << 24) | (b << 16) | (g << 8) | r) >>> 0; // little-endian RGBA
const VEIL = pixel(12, 12, 14, 0.8); // over what is not pointed at
const SHADE = pixel(0, 0, 0, 0.42); // under boundary lines
const LINE = pixel(255, 255, 255, 1);
const GRID_LINE = 32; // more than any class id
export const UNSURE = 255; // in place of the id of a class: pixels below the visitor's limit
const HATCH = [pixel(236, 236, 236, 0.92), pixel(112, 112, 112, 0.92)];
const RAMP = [
  [0.05, 20, 22, 43],
  [0.5, 45, 79, 210],
  [0.8, 169, 187, 245],
  [1, 253, 252, 248],
]; // as .ramp in style.css

// 256 colours for confidence 0..255: dark blue is unsure, paper is sure.
function confidenceColors() {
  return Uint32Array.from({ length: 256 }, (_, value) => {
    const share = Math.max(RAMP[0][0], value / 255);
    const i = Math.max(
      1,
      RAMP.findIndex((stop) => share <= stop[0]),
    );
    const [low, high] = [RAMP[i - 1], RAMP[i]];
    const part = (share - low[0]) / (high[0] - low[0]);
    const mix = (k) => Math.round(low[k] + part * (high[k] - low[k]));
    return pixel(mix(1), mix(2), mix(3), 1);
  });
}

// Colours of the 21 classes at an opacity. Background is black in this palette: it comes in late, or the photo drowns.
function classColors(opacity) {
  return Uint32Array.from(classes, ({ id, color }) => pixel(...color, id ? opacity : opacity ** 3));
}

// 1 where the neighbour above, below, left or right has another label; both sides of a border count.
export function findBoundaries(labels, height, width) {
  const found = new Uint8Array(labels.length);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      if (column + 1 < width && labels[i] !== labels[i + 1]) found[i] = found[i + 1] = 1;
      if (row + 1 < height && labels[i] !== labels[i + width]) found[i] = found[i + width] = 1;
    }
  }
  return found;
}

// The coarse labels at the photo's size, every cell a block with a line around it (GRID_LINE is added to the label).
export function spreadCells({ height: cellRows, width: cellColumns, labels }, height, width, alignCorners) {
  const spread = new Uint8Array(height * width);
  const nearest = (i, size, cells) => nearestCell(i, size, cells, alignCorners);
  const columns = Uint16Array.from({ length: width }, (_, column) => nearest(column, width, cellColumns));
  let above = 0;
  for (let row = 0, i = 0; row < height; row++) {
    const first = nearest(row, height, cellRows) * cellColumns;
    for (let column = 0; column < width; column++, i++) {
      const begins = first !== above || (column && columns[column] !== columns[column - 1]);
      spread[i] = labels[first + columns[column]] + (begins ? GRID_LINE : 0);
    }
    above = first;
  }
  return spread;
}

// Share of pixels with each confidence 0..255 or more: `covered[t]` of them stay when t is asked for.
export function coverage(confidence) {
  const covered = new Float64Array(257);
  for (let i = 0; i < confidence.length; i++) covered[confidence[i]] += 1;
  for (let value = 255; value >= 0; value--) covered[value] += covered[value + 1];
  return covered.map((count) => count / confidence.length);
}

// How many pixels of each class have each confidence 0..255 or more: index 257 * id + confidence.
export function coverageByClass(labels, confidence) {
  const covered = new Uint32Array(257 * classes.length);
  for (let i = 0; i < labels.length; i++) covered[257 * labels[i] + confidence[i]] += 1;
  for (let i = covered.length - 2; i >= 0; i--) if (i % 257 !== 256) covered[i] += covered[i + 1];
  return covered;
}

// The smallest confidence (0..255) that counts as sure when pixels below `percent` do not.
export const surest = (percent) => Math.ceil((percent * 255) / 100);

export function drawLayer(out, now, edges, cells, { view, opacity, only, unsure, stripe }) {
  const { labels, confidence, width } = now;
  const shown = view === "grid" ? cells : labels;
  const fill = view === "labels" ? classColors(1) : classColors(opacity);
  const edge = classColors(Math.min(1, 1.7 * opacity));
  edge[0] = fill[0];
  const lattice = Uint32Array.from(classes, ({ id, color }) =>
    pixel(...color.map((c) => c + (255 - c) * 0.4), id ? opacity : 0.28),
  );
  const ramp = view === "confidence" ? confidenceColors() : null;
  const least = view === "confidence" ? 0 : surest(unsure);
  let row = 0;
  let column = 0;
  for (let i = 0; i < shown.length; i++) {
    const label = shown[i] & 31;
    let color;
    const doubtful = confidence[i] < least;
    if (only !== null && (doubtful ? UNSURE : label) !== only) color = VEIL;
    else if (doubtful) color = HATCH[Math.floor((row + column) / stripe) & 1];
    else if (view === "boundaries") color = edges[i] ? LINE : SHADE;
    else if (ramp) color = ramp[confidence[i]];
    else if (shown[i] & GRID_LINE) color = lattice[label];
    else if (view === "overlay" && edges[i]) color = edge[label];
    else color = fill[label];
    out[i] = color;
    if (++column === width) {
      column = 0;
      row++;
    }
  }
}
