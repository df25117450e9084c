// The third picture: the photo faded but where the two label maps differ.
import { putPicture } from "../../shared/pictures.js";

// Where the two differ, or where they make the one pair {first, second}: in the accent; the rest is grey and faded.
// paper, accent: [r, g, b]. -> how many pixels are shown
export function drawApart(canvas, photo, first, second, height, width, pair, paper, accent) {
  const picture = new ImageData(width, height);
  const out = picture.data;
  let count = 0;
  for (let i = 0, k = 0; i < first.length; i++, k += 4) {
    const shown = pair ? first[i] === pair.first && second[i] === pair.second : first[i] !== second[i];
    if (shown) count += 1;
    const grey = 0.3 * photo[k] + 0.59 * photo[k + 1] + 0.11 * photo[k + 2];
    for (let j = 0; j < 3; j++)
      out[k + j] = shown ? 0.82 * accent[j] + 0.18 * photo[k + j] : 0.26 * grey + 0.74 * paper[j];
    out[k + 3] = 255;
  }
  putPicture(canvas, picture);
  return count;
}
