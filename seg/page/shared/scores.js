// The scores as the network gave them, and what they say of one pixel. Pure functions, no DOM.
import { inflateSmooth } from "./codec.js";

// A 16-bit float's bits -> its value.
export function half(bits) {
  const size = (bits >> 10) & 31;
  const part = bits & 1023;
  const value = size ? 2 ** (size - 15) * (1 + part / 1024) : 2 ** -24 * part;
  return bits & 0x8000 ? -value : value;
}

// What seg.labels.codec.pack_scores made, with its `cells` -> {classes, rows, columns, values: Float32Array, class by class}
export async function unpackScores({ cells: [classes, rows, columns], scores }) {
  const bytes = await inflateSmooth(scores, 2 * classes * rows, columns);
  const count = classes * rows * columns;
  const values = Float32Array.from({ length: count }, (_, i) => half(bytes[i] | (bytes[count + i] << 8)));
  return { classes, rows, columns, values };
}

// Whether these scores are those of the photo on screen: every cell's largest score is the label of the coarse grid.
export function belongTo({ classes, rows, columns, values }, { height, width, labels }) {
  if (rows !== height || columns !== width) return false;
  const count = rows * columns;
  for (let cell = 0; cell < count; cell++) {
    let best = 0;
    for (let k = 1; k < classes; k++) if (values[k * count + cell] > values[best * count + cell]) best = k;
    if (best !== labels[cell]) return false;
  }
  return true;
}

// Where pixel i of `size` lies among the cells, as a number of cells from the centre of the first one. alignCorners: the
// first and last centres are the photo's corners; else the cells are equal blocks that fill the photo (half-pixel).
function cellsTo(i, size, cells, alignCorners) {
  if (alignCorners) return size > 1 ? (i * (cells - 1)) / (size - 1) : 0;
  return ((i + 0.5) * cells) / size - 0.5;
}

// The cell nearest to pixel i.
export const nearestCell = (i, size, cells, alignCorners) =>
  Math.min(cells - 1, Math.max(0, Math.round(cellsTo(i, size, cells, alignCorners))));

// The cells before and after pixel i, never beyond the first and last, and how far it is on the way between them, 0..1.
export function between(i, size, cells, alignCorners) {
  const place = Math.min(cells - 1, Math.max(0, cellsTo(i, size, cells, alignCorners)));
  const low = Math.min(Math.floor(place), Math.max(0, cells - 2));
  return [low, Math.min(low + 1, cells - 1), place - low];
}

// The scores of one pixel, as the labels have them: between the four cells around it. -> one number per class
export function scoresAt({ classes, rows, columns, values }, { row, column }, height, width, alignCorners) {
  const [above, below, down] = between(row, height, rows, alignCorners);
  const [left, right, across] = between(column, width, columns, alignCorners);
  return Array.from({ length: classes }, (_, k) => {
    const at = (i, j) => values[(k * rows + i) * columns + j];
    const upper = at(above, left) * (1 - across) + at(above, right) * across;
    const lower = at(below, left) * (1 - across) + at(below, right) * across;
    return upper * (1 - down) + lower * down;
  });
}

// One pixel's scores -> {order: class ids, best first, logits, shares: their softmax, margin: of the first to the second}
// The label breaks a tie, and what is one but for the rounding here. In a speck it is not the best: see seg/labels/specks.py.
export function decideAt(logits, label) {
  const best = Math.max(...logits);
  const ties = best - logits[label] < 0.001;
  const powers = logits.map((logit) => Math.exp(logit - best));
  const sum = powers.reduce((total, power) => total + power, 0);
  const order = logits
    .map((_, id) => id)
    .sort((a, b) => (ties && (b === label) - (a === label)) || logits[b] - logits[a] || a - b);
  return {
    order,
    logits,
    shares: powers.map((power) => power / sum),
    margin: Math.max(0, logits[order[0]] - logits[order[1]]),
  };
}
