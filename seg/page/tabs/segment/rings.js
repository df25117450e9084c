// Rings around the patches of a class that is too small to be seen when the legend shows it alone.
import { patchesOf } from "../../shared/patches.js";

const SMALL_CLASS = 0.01; // of the photo: larger ones are seen without a ring
const SMALL_PATCH = 28; // CSS pixels on its longer side
const MOST = 12;

// Draws into an SVG over the frame; `only`: class id or null; scale: CSS pixels per pixel of the photo.
export function drawRings(layer, now, only, scale) {
  layer.replaceChildren();
  const share = only === null ? 1 : (now.classes.find(({ id }) => id === only)?.share ?? 1);
  if (share > SMALL_CLASS) return;
  const side = ({ top, left, bottom, right }) => scale * Math.max(bottom - top, right - left);
  const small = patchesOf(now.labels, now.height, now.width, only).filter((patch) => side(patch) < SMALL_PATCH);
  for (const patch of small.slice(0, MOST)) {
    for (const name of ["under", "over"]) {
      const ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      ring.setAttribute("class", name);
      ring.setAttribute("cx", (scale * (patch.left + patch.right)) / 2);
      ring.setAttribute("cy", (scale * (patch.top + patch.bottom)) / 2);
      ring.setAttribute("r", Math.max(12, side(patch) / 2 + 7));
      layer.append(ring);
    }
  }
}
