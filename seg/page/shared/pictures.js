// @ts-check
// Pictures at the photo's own size, made pixel by pixel.
import { classes } from "./classes.js";

/** @typedef {import("./types.js").Color} Color */

/** @param {HTMLCanvasElement | OffscreenCanvas} canvas */
const contextOf = (canvas) =>
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));

/**
 * The number that an ImageData's 32-bit word holds (little-endian machines, as all browsers' are).
 * @param {number[]} color
 * @param {number} [alpha] 0..1
 */
export const rgba = ([r, g, b], alpha = 1) => ((Math.round(255 * alpha) << 24) | (b << 16) | (g << 8) | r) >>> 0;

/**
 * RGBA bytes of a photo.
 * @param {import("./types.js").Photo} photo
 */
export function photoBytes({ image, height, width }) {
  const context = contextOf(Object.assign(document.createElement("canvas"), { height, width }));
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

/**
 * Each class's colour over the photo. Background is black in the usual palette and would drown it: faint.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8ClampedArray} photo RGBA bytes
 * @param {Uint8Array} labels
 * @param {number} height
 * @param {number} width
 * @param {number} [tint]
 */
export function drawLabels(canvas, photo, labels, height, width, tint = 0.62) {
  const picture = new ImageData(width, height);
  const out = picture.data;
  const weight = Float32Array.from(classes, ({ id }) => (id ? tint : tint ** 3));
  const color = classes.map((each) => each.color);
  for (let i = 0, k = 0; i < labels.length; i++, k += 4) {
    const part = weight[labels[i]];
    const [r, g, b] = color[labels[i]];
    out[k] = photo[k] + part * (r - photo[k]);
    out[k + 1] = photo[k + 1] + part * (g - photo[k + 1]);
    out[k + 2] = photo[k + 2] + part * (b - photo[k + 2]);
    out[k + 3] = 255;
  }
  putPicture(canvas, picture);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ImageData} picture
 */
export function putPicture(canvas, picture) {
  Object.assign(canvas, { height: picture.height, width: picture.width });
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(picture, 0, 0);
}

/**
 * One canvas of what canvases of one size, each lying over the one before, show together: as opaque as on the screen,
 * hidden ones left out.
 * @param {HTMLCanvasElement[]} layers
 */
export function flatten(layers) {
  const [{ height, width }] = layers;
  const canvas = Object.assign(document.createElement("canvas"), { height, width });
  const context = contextOf(canvas);
  for (const layer of layers) {
    if (layer.hidden) continue;
    context.globalAlpha = Number(getComputedStyle(layer).opacity);
    context.drawImage(layer, 0, 0);
  }
  return canvas;
}

/** @type {CanvasRenderingContext2D | undefined} */
let onePixel;

/**
 * A colour of the page's style sheet, however it is written there.
 * @param {Element} element
 * @param {string} name "--seg-accent"
 * @returns {Color}
 */
export function tokenColor(element, name) {
  const context = (onePixel ??= contextOf(new OffscreenCanvas(1, 1)));
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = getComputedStyle(element).getPropertyValue(name).trim() || "#888";
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return [r, g, b];
}
