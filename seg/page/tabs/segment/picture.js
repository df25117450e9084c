// The photo with what lies over it, as the view on the screen shows it, at the photo's own size.
import { flatten } from "../../shared/pictures.js";

// In the view "grid" the final labels lie right of the line, at `split` percent of the width.
export function pictureOf({ photo, mask, final }, view, split) {
  const canvas = flatten([photo, mask]);
  if (view !== "grid") return canvas;
  const left = Math.round((split / 100) * canvas.width);
  const right = canvas.width - left;
  if (right) {
    const area = [left, 0, right, canvas.height];
    canvas.getContext("2d").drawImage(flatten([photo, final]), ...area, ...area);
  }
  return canvas;
}
