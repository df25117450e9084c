// The visitor's painting, graded only where the network is sure. The rule is that of seg/scoring/metrics.py:
// count every pair of classes, then average the IoU of those in either mask.
import { number } from "../../shared/words.js";
import { surest } from "./layers.js";

// -> {meanIou, pixels}; meanIou is NaN where no pixel is left
function gradeSure(truth, painted, confidence, least) {
  const counts = new Float64Array(21 * 21);
  let pixels = 0;
  for (let i = 0; i < truth.length; i++) {
    if (confidence[i] < least || truth[i] > 20 || painted[i] > 20) continue;
    counts[21 * truth[i] + painted[i]] += 1;
    pixels += 1;
  }
  let sum = 0;
  let present = 0;
  for (let k = 0; k < 21; k++) {
    let either = -counts[22 * k];
    for (let j = 0; j < 21; j++) either += counts[21 * k + j] + counts[21 * j + k];
    if (!either) continue;
    sum += counts[22 * k] / either;
    present += 1;
  }
  return { meanIou: sum / present, pixels };
}

// The sentence under the slider; none while nothing is painted or every pixel counts.
export function tellPainted(place, now, painting, unsure) {
  const fits =
    painting && painting.height === now.height && painting.width === now.width && painting.bytes.some(Boolean);
  place.hidden = !fits || !unsure;
  if (place.hidden) return;
  const sure = gradeSure(now.labels, painting.bytes, now.confidence, surest(unsure));
  const all = gradeSure(now.labels, painting.bytes, now.confidence, 0);
  const write = (value) => (Number.isNaN(value) ? "n/a" : value.toFixed(3));
  Object.assign(place.dataset, { iou: sure.meanIou, pixels: sure.pixels });
  place.innerHTML =
    "Your painting on the " +
    number(sure.pixels) +
    " sure pixels: mean IoU <b></b>; on all of them " +
    write(all.meanIou) +
    ".";
  place.querySelector("b").textContent = write(sure.meanIou);
}
