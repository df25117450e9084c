// Individuals over the faded photo: an outline each, and inside it one of three patterns of the accent, so that two that
// touch look different. A colour would mean a class; these mean none.
import { putPicture } from "../../shared/pictures.js";

const PATTERNS = [
  () => true,
  (row, column, step) => Math.floor((row + column) / step) % 2 === 0,
  (row, column, step) => Math.floor((row - column + 4096 * step) / step) % 2 === 0,
];

// 1 where a pixel within `reach` above, below, left or right belongs to somebody else.
export function findOutlines(place, height, width, reach) {
  const found = new Uint8Array(place.length);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      const who = place[i];
      if (!who) continue;
      for (let d = 1; d <= reach && !found[i]; d++) {
        const apart =
          column < d ||
          place[i - d] !== who ||
          column + d >= width ||
          place[i + d] !== who ||
          row < d ||
          place[i - d * width] !== who ||
          row + d >= height ||
          place[i + d * width] !== who;
        if (apart) found[i] = 1;
      }
    }
  }
  return found;
}

// only: a number, or 0 for all of them. accent, paper: [r, g, b]. filled: with patterns, or pale for what comes on top
export function drawIndividuals(canvas, photo, { place, outlines, height, width }, { only, accent, paper, filled }) {
  const picture = new ImageData(width, height);
  const out = picture.data;
  const step = Math.max(3, Math.round(width / 110));
  for (let row = 0, i = 0, k = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++, k += 4) {
      const who = place[i];
      const shown = who && (!only || who === only);
      const strong = shown && filled && PATTERNS[(who - 1) % PATTERNS.length](row, column, step);
      const part = !shown ? 0 : outlines[i] ? 1 : strong ? 0.5 : 0.18;
      const faded = shown ? 0 : 0.6;
      for (let j = 0; j < 3; j++) {
        const base = photo[k + j] + faded * (paper[j] - photo[k + j]);
        out[k + j] = base + part * (accent[j] - base);
      }
      out[k + 3] = 255;
    }
  }
  putPicture(canvas, picture);
}
