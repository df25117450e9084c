// The picture of a painting: its class colours, or where it agrees with the truth and where not. 32 bits a pixel.
import { classes } from "../../shared/classes.js";

const rgba = (r, g, b, a = 255) => ((a << 24) | (b << 16) | (g << 8) | r) >>> 0; // little-endian
const readTints = () => Uint32Array.from(classes, ({ id, color }) => (id ? rgba(...color) : 0)); // background: see-through
let tints = readTints(); // of the palette in use
export const followTints = () => (tints = readTints());

const AGREED = 1; // also the index into an error palette; 0 is not drawn
const EXTRA = 2; // painted, but not in the truth
const MISSED = 3; // in the truth, but not painted
export const ERROR_COLORS = {
  usual: { agreed: [46, 158, 84], extra: [222, 59, 47], missed: [54, 104, 240] },
  safe: { agreed: [240, 228, 160], extra: [213, 94, 0], missed: [0, 114, 178] }, // after Okabe and Ito, 2008
};

// Which of them a pixel is. `only`: the class it is about, or null for all; then where two classes are confused the
// pixel is both extra (of one) and missed (of the other), and stripes show both.
function verdict(truth, painted, only, stripe) {
  if (only !== null) return truth === only ? (painted === only ? AGREED : MISSED) : painted === only ? EXTRA : 0;
  if (truth === painted) return truth ? AGREED : 0;
  if (!truth) return EXTRA;
  if (!painted) return MISSED;
  return stripe ? EXTRA : MISSED;
}

// Draws the rectangle of a painting into `pixels`, a Uint32Array of the whole map.
// look: {errors: bool, only: class id or null, palette: key of ERROR_COLORS, stripe: width of stripes in px}
export function drawLayer(pixels, painting, truth, look, { top, left, bottom, right }) {
  const { width, bytes } = painting;
  if (!look.errors) {
    for (let row = top; row < bottom; row++) {
      for (let i = row * width + left; i < row * width + right; i++) pixels[i] = tints[bytes[i]];
    }
    return;
  }
  const { agreed, extra, missed } = ERROR_COLORS[look.palette];
  const colors = [0, rgba(...agreed), rgba(...extra), rgba(...missed)];
  for (let row = top; row < bottom; row++) {
    for (let column = left, i = row * width + left; column < right; column++, i++) {
      pixels[i] = colors[verdict(truth[i], bytes[i], look.only, (((row + column) / look.stripe) | 0) & 1)];
    }
  }
}

// The guide: the truth in its colours, drawn once per photo and model.
export function drawGuide(canvas, truth, height, width) {
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < truth.length; i++) pixels[i] = tints[truth[i]];
  canvas.getContext("2d").putImageData(image, 0, 0);
}
