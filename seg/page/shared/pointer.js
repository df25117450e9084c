// @ts-check
// From the pointer to the pixel: the one place that maps client coordinates to image coordinates.

/** @typedef {import("./types.js").Pixel} Pixel */

/**
 * The pixel under the pointer; outside the image it goes on counting, below 0 and above the size.
 * @param {Element} surface shows the whole image, however scaled or scrolled
 * @param {number} clientX
 * @param {number} clientY
 * @param {number} height
 * @param {number} width
 * @returns {Pixel}
 */
export function placeAt(surface, clientX, clientY, height, width) {
  const box = surface.getBoundingClientRect();
  const column = Math.floor(((clientX - box.left) / box.width) * width);
  const row = Math.floor(((clientY - box.top) / box.height) * height);
  return { row, column };
}

/**
 * The same, clamped to the image when `clamp`, else null outside it.
 * @param {Element} surface
 * @param {number} clientX
 * @param {number} clientY
 * @param {number} height
 * @param {number} width
 * @param {boolean} [clamp]
 * @returns {Pixel | null}
 */
export function pixelAt(surface, clientX, clientY, height, width, clamp = false) {
  const place = placeAt(surface, clientX, clientY, height, width);
  const inside = within(place, height, width);
  return clamp || (inside.row === place.row && inside.column === place.column) ? inside : null;
}

/**
 * The pixel of the image nearest to a place.
 * @param {Pixel} place
 * @param {number} height
 * @param {number} width
 * @returns {Pixel}
 */
export function within({ row, column }, height, width) {
  const inside = (/** @type {number} */ value, /** @type {number} */ size) => Math.min(size - 1, Math.max(0, value));
  return { row: inside(row, height), column: inside(column, width) };
}
