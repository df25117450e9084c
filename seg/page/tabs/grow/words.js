// What happened, in a sentence. Every number is of this photo; what things are called is the network's word, and said so.
import { classes } from "../../shared/classes.js";
import { LEAK_SHARE, iouAt } from "./curve.js";

const IGNORE = 255;
export const WAITING = "Trying one tau after the other …";

const share = (pixels, count) => {
  const percent = (100 * pixels) / count;
  return (percent >= 9.95 ? percent.toFixed(0) : percent.toFixed(1)) + " %";
};

// gained: Map of class id -> pixels that joined by the leak and are not of the target.
function tellLeak(curve, { before, tick }, target, gained, taus) {
  const joined = curve.area[tick] - curve.area[before];
  const spilled = joined - (curve.hits[tick] - curve.hits[before]);
  const [most] = [...gained].sort((a, b) => b[1] - a[1])[0];
  const who = target.number ? "the network" : "it";
  const what = most === IGNORE ? "unsure pixels" : "what " + who + " calls " + classes[most].name;
  const into = most === target.id ? "more of " + what : what;
  const [was, is] = [iouAt(curve, before), iouAt(curve, tick)];
  const [from, to] = [was.toFixed(2), is.toFixed(2)];
  const verb = is < was ? "falls" : "still rises";
  return (
    "At tau " +
    taus[tick] +
    " the region leaks: since tau " +
    taus[before] +
    " it took in " +
    share(joined, curve.count) +
    " of the photo, and " +
    share(spilled, joined) +
    " of that lies " +
    target.off +
    ", mostly on " +
    into +
    (from === to ? ". IoU stays at " + to : ". IoU " + verb + " from " + from + " to " + to) +
    "."
  );
}

export function tellStory(curve, best, leak, target, gained, taus) {
  const top =
    "No tau" +
    (curve.ticks.length < taus.length ? " of the " + curve.ticks.length + " tried" : "") +
    " does better than IoU " +
    iouAt(curve, best).toFixed(2) +
    ", at tau " +
    taus[best] +
    (curve.area[best] === curve.count ? ", where the region is the whole photo." : ".");
  const most = curve.area[curve.ticks.at(-1)];
  if (most === 1) return "The region never grows. " + top;
  if (leak) return tellLeak(curve, leak, target, gained, taus);
  return (
    "No leak here: at no tau does the region spill more than it gains, give or take " +
    100 * LEAK_SHARE +
    " % of the photo. " +
    top
  );
}

// What the IoUs compare with, and the region on screen. area: of the region, in pixels.
export function tellTarget(target, area, count, individuals) {
  const what = target.number
    ? target.the + ", number " + target.number + " of " + individuals.classes.length + " told apart"
    : target.the;
  return "IoU: overlap with " + what + ". The region: " + share(area, count) + " of the photo.";
}
