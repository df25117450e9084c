// What the whole curve says: the best tau, where the region leaks, and into what.
import { bestTick, findLeak, labelsGained } from "./curve.js";
import { growByMean } from "./growth.js";
import { tellStory } from "./words.js";

// join: of a rule that compares with the seed, the tick at which each pixel joins; null under the mean rule.
// -> {best: a tick, leak: {before, tick} or null, sentence}
export function storyOf(curve, { rule, join, ground, start, labels, target }) {
  const best = bestTick(curve);
  const leak = findLeak(curve);
  const gained = leak ? labelsGained(ground, labels, spilledBy(leak, { rule, join, ground, start, target })) : null;
  return { best, leak, sentence: tellStory(curve, best, leak, target, gained, rule.taus) };
}

// Whether a place joins by the leak and is not of the target.
function spilledBy({ before, tick }, { rule, join, ground, start, target }) {
  if (join) return (place) => !target.mask[place] && join[place] > before && join[place] <= tick;
  const held = growByMean(ground, start, rule.taus[before]).inside;
  const spilled = growByMean(ground, start, rule.taus[tick]).inside;
  return (place) => !target.mask[place] && spilled[place] && !held[place];
}
