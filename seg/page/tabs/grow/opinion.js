// How far the network's opinion of each pixel is from that of the seed, as seg/growing/network_rule.py has it: the total
// variation of two softmax vectors, in points of 100. Pure functions, no DOM.
import { between, scoresAt } from "../../shared/scores.js";

const NEGLIGIBLE = 17; // logits below the best: a share of 4e-8
const UNHEARD = 1e-6; // a class with a smaller share at the seed cannot move 0.01 points, all 21 together

// scores: as unpackScores makes them. The softmax of each class is a plane of height x width, made when it is first needed.
export function makeOpinion(scores, height, width, alignCorners) {
  const rows = Array.from({ length: height }, (_, i) => between(i, height, scores.rows, alignCorners));
  const columns = Array.from({ length: width }, (_, i) => between(i, width, scores.columns, alignCorners));
  return { scores, height, width, alignCorners, rows, columns, planes: new Map(), total: null };
}

// The scores of class k along one row of the photo's height, one per column of cells.
function alongRow({ scores: { columns, rows, values } }, k, [above, below, down], line) {
  const upper = (k * rows + above) * columns;
  const lower = (k * rows + below) * columns;
  for (let j = 0; j < columns; j++) line[j] = values[upper + j] * (1 - down) + values[lower + j] * down;
}

// The logarithm of the softmax's denominator at each pixel.
function logTotals(opinion) {
  const { scores, height, width, rows, columns } = opinion;
  const total = new Float32Array(height * width);
  const lines = Array.from({ length: scores.classes }, () => new Float64Array(scores.columns));
  const here = new Float64Array(scores.classes);
  for (let row = 0, i = 0; row < height; row++) {
    lines.forEach((line, k) => alongRow(opinion, k, rows[row], line));
    for (let column = 0; column < width; column++, i++) {
      const [left, right, across] = columns[column];
      let best = -Infinity;
      for (let k = 0; k < here.length; k++) {
        here[k] = lines[k][left] * (1 - across) + lines[k][right] * across;
        if (here[k] > best) best = here[k];
      }
      let sum = 0;
      for (let k = 0; k < here.length; k++) if (here[k] > best - NEGLIGIBLE) sum += Math.exp(here[k] - best);
      total[i] = best + Math.log(sum);
    }
  }
  return total;
}

// What each pixel gives class k, 0..1.
function planeOf(opinion, k) {
  const { height, width, rows, columns, planes, scores } = opinion;
  if (planes.has(k)) return planes.get(k);
  opinion.total ??= logTotals(opinion);
  const plane = new Float32Array(height * width);
  const line = new Float64Array(scores.columns);
  for (let row = 0, i = 0; row < height; row++) {
    alongRow(opinion, k, rows[row], line);
    for (let column = 0; column < width; column++, i++) {
      const [left, right, across] = columns[column];
      const below = line[left] * (1 - across) + line[right] * across - opinion.total[i];
      if (below > -NEGLIGIBLE) plane[i] = Math.exp(below);
    }
  }
  planes.set(k, plane);
  return plane;
}

// The first whole tau, 0 to 100, that allows each pixel beside the seed, in ground.own. The sum is over what the seed
// gives more: as much as the pixel gives more, since both deal out 100.
export function opinionTicks(opinion, { own, stride }, seed) {
  const { height, width, scores, alignCorners } = opinion;
  const logits = scoresAt(scores, seed, height, width, alignCorners);
  const best = Math.max(...logits);
  const sum = logits.reduce((before, logit) => before + Math.exp(logit - best), 0);
  const heard = logits.flatMap((logit, k) => (Math.exp(logit - best) / sum > UNHEARD ? [k] : []));
  const moved = new Float32Array(height * width);
  for (const k of heard) {
    const plane = planeOf(opinion, k);
    const there = plane[seed.row * width + seed.column];
    for (let i = 0; i < moved.length; i++) if (plane[i] < there) moved[i] += there - plane[i];
  }
  for (let row = 0, from = 0; row < height; row++) {
    for (let column = 0, to = (row + 1) * stride + 1; column < width; column++, from++, to++)
      own[to] = Math.min(100, Math.ceil(100 * moved[from]));
  }
  return own;
}
