// What happened, in a sentence. Every number is of this photo; what things are called is the network's word, and said so.
import { classes } from "../../shared/classes.js";
import { number } from "../../shared/words.js";
import { iouAt } from "./curve.js";
import { TAUS } from "./growth.js";

export const IGNORE = 255;
export const LEAK_SHARE = 0.05; // a step by less of the photo than this is growing, not leaking

const share = (pixels, count) => {
  const percent = (100 * pixels) / count;
  return (percent >= 9.95 ? percent.toFixed(0) : percent.toFixed(1)) + " %";
};

// Whether what joined is mostly of other classes than the one under the seed.
export const spreads = (gained, id) =>
  2 * (gained.get(id) || 0) <= [...gained.values()].reduce((sum, pixels) => sum + pixels, 0);

// gained: Map of class id -> pixels that joined at the leak. id: the class under the seed.
function tellLeak(curve, leak, id, gained) {
  const name = (k) => (k === IGNORE ? "unsure" : classes[k].name);
  const total = [...gained.values()].reduce((sum, pixels) => sum + pixels, 0);
  const [most] = [...gained].sort((a, b) => b[1] - a[1])[0];
  const was = iouAt(curve, leak - 1);
  const is = iouAt(curve, leak);
  const numbers =
    "area jumps from " + share(curve.area[leak - 1], curve.count) + " to " + share(curve.area[leak], curve.count);
  const change = (verb) => "IoU " + verb + " from " + was.toFixed(2) + " to " + is.toFixed(2);
  const here = "At tau " + TAUS[leak] + " the region ";
  if (!spreads(gained, id)) {
    const within = here + "floods more of what the network calls " + name(id) + ": " + numbers;
    return within + " and " + change(is < was ? "falls" : "rises") + ".";
  }
  const into = most === id ? "other classes" : "what it calls " + name(most);
  const leaks = here + "leaks from what the network calls " + name(id) + " into " + into + ": " + numbers;
  if (is < was) return leaks + " and " + change("falls") + ".";
  return (
    leaks +
    ", yet " +
    change("rises") +
    ", for " +
    share(gained.get(id) || 0, total) +
    " of what it gained is " +
    name(id) +
    "."
  );
}

export function tellStory(curve, best, leak, id, gained) {
  const jump = leak ? curve.area[leak] - curve.area[leak - 1] : 0;
  const top =
    "No tau does better than IoU " +
    iouAt(curve, best).toFixed(2) +
    ", at tau " +
    TAUS[best] +
    (curve.area[best] === curve.count ? ", where the region is the whole photo." : ".");
  if (!leak) return "The region never grows. " + top;
  if (jump / curve.count < LEAK_SHARE) {
    return (
      "No leak here: the region grows little by little, and its largest step, at tau " +
      TAUS[leak] +
      ", adds " +
      share(jump, curve.count) +
      " of the photo. " +
      top
    );
  }
  return tellLeak(curve, leak, id, gained) + " " + top;
}

// What the IoU on screen compares. area: of the region, in pixels; name: of the class under the seed.
export const tellShares = (area, curve, name) =>
  "IoU is the overlap of the two; 1 would be the same pixels. Your region is " +
  share(area, curve.count) +
  " of the photo (" +
  number(area) +
  " pixels), the network's " +
  name +
  " " +
  share(curve.truth, curve.count) +
  ".";
