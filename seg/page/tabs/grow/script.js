// The state of the tab and what follows from what. Nothing here asks the server, except once for the photo's colours.
import { address } from "../../shared/address.js";
import { addChoices } from "../../shared/choices.js";
import { classes } from "../../shared/classes.js";
import { inflateSmooth } from "../../shared/codec.js";
import { onPrediction, page, say } from "../../shared/page.js";
import { requester } from "../../shared/request.js";
import { fillSlider } from "../../shared/slider.js";
import { linkWithAddress, linkedRegion } from "./address.js";
import { drawChart, listenForTicks } from "./chart.js";
import { addAnimation } from "./animation.js";
import { writeCode } from "./code.js";
import { bestTick, countHits, emptyCurve, extendMeanCurve, maskOfClass, seedCurve } from "./curve.js";
import { TAUS, emptyGrowth, growByMean, growBySeed, joinTicks, makeGround, placeOf, unpackBits } from "./growth.js";
import { drawMask, makeSurface, packed, readPaints } from "./map.js";
import { SPEEDS } from "./play.js";
import { firstRegion, listenForSeeds } from "./seed.js";
import { storyOf } from "./story.js";
import { IGNORE, tellShares } from "./words.js";

export function mount({ element, props, trigger, watch }) {
  const find = (selector) => element.querySelector(selector);
  const all = (selector) => [...element.querySelectorAll(selector)];
  const slider = find("input.tau");
  const stage = find(".stage");
  const frame = find(".frame");
  const twin = find(".twin");
  const chart = find("svg");
  const code = find(".code");
  const RULES = [
    { id: "seed", name: "the seed's colour" },
    { id: "mean", name: "the region's mean" },
  ];
  const request = requester({ element, props, trigger, watch }, { event: "select", number: "asked" });

  let now = null; // page.current
  let ground = null; // its exact colours, null until they have come
  let waiting = false; // for the colours
  let seed = null; // {row, column}
  let rule = "seed";
  let join = null; // seed rule: per pixel, the tick at which it joins
  let classId = 0; // under the seed
  let truth = null; // the network's mask of that class
  let curve = null;
  let shown = { inside: null, area: 0, hits: 0 }; // what is on the photo, unless the growth is being played
  let stale = { seed: false, region: false }; // what has to be worked out before the next redraw
  let spare = null; // a growth to use again and again
  let regionSurface, answerSurface;
  let paints = { tint: 0, edge: 0, veil: 0 };
  let planned = 0;
  let background = 0; // the timer of the mean rule's curve
  let story = null; // {best, leak} once the curve is whole

  slider.max = TAUS.length - 1;
  const tick = () => Number(slider.value);

  const animation = addAnimation(element, {
    begin() {
      if (!ground) return null;
      if (stale.seed) settleSeed();
      const start = placeOf(ground, seed);
      const growth =
        rule === "seed" ? growBySeed(ground, start, join, tick()) : growByMean(ground, start, TAUS[tick()]);
      return { growth, ground, truth, surface: regionSurface, paints };
    },
    showNumbers,
    ended() {
      stale.region = true;
      plan();
    },
  });
  const stop = () => animation.stop() && (stale.region = true);

  // The photo and its colours

  async function ask() {
    if (!now || ground || waiting || !stage.clientWidth) return;
    const mine = now;
    waiting = true;
    find(".busy").hidden = false;
    const answer = await request({ truth: now.truth, height: now.height, width: now.width });
    const planes = answer?.colours && (await inflateSmooth(answer.colours, 3 * mine.height, mine.width));
    if (!answer || now !== mine) return; // a newer photo came meanwhile
    waiting = false; // opening the tab again asks again
    find(".busy").hidden = true;
    if (!planes) return say("The photo's colours did not arrive: please check the connection and open this tab again.");
    ground = makeGround(planes, now.height, now.width);
    begin();
  }

  // The first region on a photo: already grown, at the tau that suits it best.
  function begin() {
    spare = emptyGrowth(ground);
    shown = { inside: new Uint8Array(ground.blank.length), area: 0, hits: 0 };
    const first = linkedRegion(firstRegion(ground, now), now);
    seed = first.seed;
    slider.value = first.tick;
    showTau();
    stale.seed = true;
    plan();
  }

  onPrediction(element, (current) => {
    const same = now && now.photo === current.photo; // another model on the same photo
    now = current;
    stop();
    regionSurface = makeSurface(frame.querySelector(".region"), now.height, now.width);
    answerSurface = makeSurface(twin.querySelector(".answer"), now.height, now.width);
    for (const canvas of all("canvas.photo")) {
      Object.assign(canvas, { width: now.width, height: now.height });
      canvas.getContext("2d").drawImage(now.image, 0, 0);
    }
    find(".empty").hidden = true;
    frame.classList.add("shown");
    fit();
    if (same && ground) {
      truth = null;
      stale.seed = true;
      return plan();
    }
    clearTimeout(background);
    request.drop();
    [ground, seed, truth, join, curve, story, waiting] = [null, null, null, null, null, null, false];
    ask();
  });

  // The region

  // What depends on the seed: its class, the network's mask of it, when each pixel joins, the curve.
  function settleSeed() {
    stale = { seed: false, region: true };
    const id = now.labels[seed.row * now.width + seed.column];
    if (!truth || id !== classId) {
      truth = maskOfClass(ground, now.labels, id);
      classId = id;
      drawAnswer();
    }
    join = joinTicks(ground, placeOf(ground, seed));
    restartCurve();
  }

  function drawAnswer() {
    const colour = classId === IGNORE ? [128, 128, 128] : classes[classId].color;
    drawMask(answerSurface, ground, truth, { tint: packed(colour, 0.55), edge: packed(colour, 1), veil: paints.veil });
  }

  function restartCurve() {
    clearTimeout(background);
    story = null;
    if (rule === "seed") {
      curve = seedCurve(ground, join, truth);
      tell();
      return;
    }
    curve = emptyCurve(ground, truth);
    background = setTimeout(extend, 60);
  }

  // The mean rule's curve, a growth at a time, so that the page never waits for it.
  function extend() {
    if (stale.seed) return; // the next redraw starts another curve
    const until = performance.now() + 8;
    if (!animation.running()) {
      do extendMeanCurve(curve, ground, placeOf(ground, seed), truth, spare);
      while (curve.known < TAUS.length && performance.now() < until);
    }
    if (curve.known < TAUS.length) background = setTimeout(extend, 4);
    else tell();
    plan();
  }

  function growNow() {
    stale.region = false;
    const { inside } = shown;
    const limit = tick();
    if (limit >= curve.known) {
      const growth = growByMean(ground, placeOf(ground, seed), TAUS[limit], spare);
      inside.set(growth.inside);
      Object.assign(shown, { area: growth.area, hits: countHits(growth, truth) });
      return;
    }
    if (rule === "mean") unpackBits(curve.regions[limit], inside);
    else for (let i = 0; i < join.length; i++) inside[i] = join[i] <= limit ? 1 : 0;
    Object.assign(shown, { area: curve.area[limit], hits: curve.hits[limit] });
  }

  // One redraw per frame of the screen, however many events there were.
  function plan() {
    planned ||= requestAnimationFrame(() => {
      planned = 0;
      if (!ground) return;
      if (stale.seed) settleSeed();
      draw();
    });
  }

  function draw() {
    if (!animation.running() && stale.region) {
      growNow();
      drawMask(regionSurface, ground, shown.inside, paints);
      showNumbers(shown.area, shown.hits);
      Object.assign(frame.dataset, {
        area: shown.area,
        iou: iouOf(shown.area, shown.hits),
        drawn: Number(frame.dataset.drawn || 0) + 1,
      });
    }
    placeMarker();
    drawChart(chart, curve, {
      now: tick(),
      best: story && story.best,
      leak: story && story.leak,
      word: story && story.word,
    });
    find(".progress").textContent = story ? "" : "trying every tau: " + curve.known + " of " + TAUS.length;
    Object.assign(frame.dataset, {
      row: seed.row,
      column: seed.column,
      tau: TAUS[tick()],
      rule,
      label: classId,
      story: story ? "whole" : "",
      leak: story?.leak ? TAUS[story.leak] : "",
    });
    element.dataset.ready = page.revision;
    address.set({ seed, tau: TAUS[tick()], rule });
  }

  const iouOf = (area, hits) => hits / (area + curve.truth - hits);

  function showNumbers(area, hits) {
    const name = classId === IGNORE ? "unsure" : classes[classId].name;
    find(".seg-title").textContent = "The network says: " + name;
    find(".iou-value").textContent = iouOf(area, hits).toFixed(2);
    find(".meaning").textContent = tellShares(area, curve, name);
  }

  // Once the curve is whole.
  function tell() {
    story = storyOf(curve, { rule, join, ground, labels: now.labels, classId });
    find(".sentence").textContent = story.sentence;
  }

  // The controls

  function setTick(to) {
    stop();
    slider.value = to;
    showTau();
    stale.region = true;
    plan();
  }

  function showTau() {
    const tau = TAUS[tick()];
    find(".tau-value").textContent = tau;
    slider.setAttribute("aria-valuetext", "tau " + tau);
    fillSlider(slider);
    writeCode(code, rule, tau);
  }

  function moveSeed(to) {
    if (!ground || !to) return;
    if (to.row === seed.row && to.column === seed.column) return;
    stop();
    seed = to;
    stale.seed = true;
    plan();
  }

  function setRule(id) {
    stop();
    rule = id;
    for (const radio of all(".rules input")) radio.checked = radio.value === id;
    showTau();
    if (!ground) return;
    stale.seed = true;
    plan();
  }

  function placeMarker() {
    const marker = find(".seed");
    marker.style.left = (100 * (seed.column + 0.5)) / now.width + "%";
    marker.style.top = (100 * (seed.row + 0.5)) / now.height + "%";
  }

  addChoices(find(".rules"), RULES, rule, setRule);
  addChoices(find(".speeds"), SPEEDS, SPEEDS[2].id, animation.setSpeed);
  slider.addEventListener("input", () => setTick(slider.value));
  find(".to-best").addEventListener("click", () => curve && setTick(bestTick(curve)));
  listenForSeeds(
    frame,
    find(".seed"),
    () => ground && now,
    () => seed,
    moveSeed,
  );

  listenForTicks(chart, () => curve, setTick);

  // Size and colours

  function fit() {
    if (!now || !stage.clientWidth) return;
    const tall = parseFloat(getComputedStyle(element).getPropertyValue("--seg-stage"));
    const scale = Math.min(stage.clientWidth / now.width, tall / now.height);
    frame.style.width = Math.round(now.width * scale) + "px";
    frame.style.height = Math.round(now.height * scale) + "px";
    twin.style.setProperty("--ratio", now.width / now.height);
    paints = readPaints(element);
    if (truth && ground) drawAnswer();
    stale.region = true;
    ask();
    plan();
  }

  new ResizeObserver(fit).observe(stage);
  new ResizeObserver(plan).observe(chart);
  new MutationObserver(fit).observe(document.body, { attributeFilter: ["class"] }); // light and dark
  document.addEventListener("seg-palette", () => truth && ground && drawAnswer());
  showTau();
  linkWithAddress({ element, current: () => ({ now, ground, rule }), setRule, moveSeed, setTick });
}
