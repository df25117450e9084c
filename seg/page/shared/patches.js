// @ts-check
// The patches of one class in a label map.

/** @typedef {{ top: number, left: number, bottom: number, right: number, pixels: number }} Patch bottom and right: one past */

/**
 * The patches (8-connected, as the legend counts them) of class `id`, the largest first.
 * @param {Uint8Array} labels row-major
 * @param {number} height
 * @param {number} width
 * @param {number} id
 * @returns {Patch[]}
 */
export function patchesOf(labels, height, width, id) {
  const seen = new Uint8Array(labels.length);
  /** @type {Patch[]} */
  const found = [];
  for (let start = labels.indexOf(id); start >= 0; start = labels.indexOf(id, start + 1)) {
    if (seen[start]) continue;
    const patch = { top: height, left: width, bottom: 0, right: 0, pixels: 0 };
    const waiting = [start];
    seen[start] = 1;
    for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
      const row = Math.floor(i / width);
      const column = i % width;
      patch.pixels += 1;
      patch.top = Math.min(patch.top, row);
      patch.bottom = Math.max(patch.bottom, row + 1);
      patch.left = Math.min(patch.left, column);
      patch.right = Math.max(patch.right, column + 1);
      for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++)
        for (let c = Math.max(0, column - 1); c <= Math.min(width - 1, column + 1); c++) {
          const next = r * width + c;
          if (labels[next] !== id || seen[next]) continue;
          seen[next] = 1;
          waiting.push(next);
        }
    }
    found.push(patch);
  }
  return found.sort((a, b) => b.pixels - a.pixels);
}
