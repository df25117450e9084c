// What follows from photo, seed and rule: the target, when each pixel joins, the curve, the region of a tau. No DOM.
import { countHits, emptyCurve, extendMeanCurve, joinCurve } from "./curve.js";
import { colourTicks, emptyGrowth, growByMean, growByTicks, joinTicks, placeOf } from "./growth.js";
import { opinionTicks } from "./opinion.js";
import { RULES } from "./rules.js";
import { storyOf } from "./story.js";
import { maskOf, targetAt } from "./target.js";

const SLICE = 12; // ms of growing at a time

// told() is called once the curve is whole, progressed() for each part of one that takes time; paused() -> whether it
// should wait. -> the state, and what changes it
export function makeGrower({ told, progressed, paused }) {
  const state = {
    now: null, // page.current
    given: null, // {ground, opinion, individuals} of the source, null until they have come
    seed: null, // {row, column}
    rule: RULES[0],
    join: null, // per pixel, the tick at which it joins; null under the mean rule
    target: null, // of targetAt, with its mask
    curve: null,
    story: null, // {best, leak, sentence} once the curve is whole
  };
  let spare = null; // a growth to use again and again
  let timer = 0;

  const start = () => placeOf(state.given.ground, state.seed);

  // Another photo: nothing is known of it.
  function clear() {
    clearTimeout(timer);
    for (const key of ["given", "seed", "join", "target", "curve", "story"]) state[key] = null;
  }

  function take(given) {
    if (state.given?.ground !== given.ground) spare = emptyGrowth(given.ground);
    state.given = given;
    state.target = null;
  }

  // What depends on seed and rule.
  function settle() {
    clearTimeout(timer);
    const { now, given, seed, rule } = state;
    const { ground, individuals, opinion } = given;
    const found = targetAt(now, individuals, seed);
    if (found.id !== state.target?.id || found.number !== state.target.number)
      state.target = { ...found, mask: maskOf(found, ground, now, individuals) };
    state.story = null;
    if (rule.id === "mean") {
      state.join = null;
      state.curve = emptyCurve(rule.taus.length, state.target.mask, ground.count);
      timer = setTimeout(extend, 60);
      return;
    }
    const own = rule.id === "seed" ? colourTicks(ground, start()) : opinionTicks(opinion, ground, seed);
    state.join = joinTicks(ground, start(), own);
    state.curve = joinCurve(ground, state.join, state.target.mask, rule.taus.length);
    tell();
  }

  // The mean rule's curve, a growth at a time, so that the page never waits for it.
  function extend() {
    const { curve, given, target, rule } = state;
    const until = performance.now() + SLICE;
    if (!paused()) {
      do extendMeanCurve(curve, given.ground, start(), target.mask, rule.taus, spare);
      while (!curve.whole && performance.now() < until);
    }
    if (curve.whole) return tell();
    timer = setTimeout(extend, paused() ? 60 : 1);
    progressed();
  }

  function tell() {
    const { curve, rule, join, given, now, target } = state;
    state.story = storyOf(curve, { rule, join, ground: given.ground, start: start(), labels: now.labels, target });
    told();
  }

  // Writes the region of a tick into `inside`. -> {area, hits}
  function grow(tick, inside) {
    const { join, curve, given, rule, target } = state;
    if (join) {
      for (let i = 0; i < join.length; i++) inside[i] = join[i] <= tick ? 1 : 0;
      return { area: curve.area[tick], hits: curve.hits[tick] };
    }
    const growth = growByMean(given.ground, start(), rule.taus[tick], spare);
    inside.set(growth.inside);
    return { area: growth.area, hits: countHits(growth, target.mask) };
  }

  // The growth pixel by pixel, for the animation.
  function replay(tick) {
    const { ground } = state.given;
    if (state.join) return growByTicks(ground, start(), state.join, tick);
    return growByMean(ground, start(), state.rule.taus[tick]);
  }

  return { state, clear, take, settle, grow, replay, hold: () => clearTimeout(timer) };
}
