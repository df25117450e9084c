// What the whole curve says: the best tau, where the region leaks, and into what.
import { bestTick, labelsGained, leakTick } from "./curve.js";
import { hasBit } from "./growth.js";
import { LEAK_SHARE, spreads, tellStory } from "./words.js";

// -> {best, leak: ticks; leak is null where growing is all there is, word, sentence}. join: of the seed rule, per pixel.
export function storyOf(curve, { rule, join, ground, labels, classId }) {
  const best = bestTick(curve);
  const leak = leakTick(curve);
  const [before, after] = rule === "mean" && leak ? curve.regions.slice(leak - 1, leak + 1) : [];
  const joined =
    rule === "seed" ? (place) => join[place] === leak : (place) => hasBit(after, place) && !hasBit(before, place);
  const gained = leak ? labelsGained(ground, labels, joined) : new Map();
  const jump = leak ? curve.area[leak] - curve.area[leak - 1] : 0;
  return {
    best,
    leak: jump / curve.count < LEAK_SHARE ? null : leak,
    word: spreads(gained, classId) ? "leak" : "jump",
    sentence: tellStory(curve, best, leak, classId, gained),
  };
}
