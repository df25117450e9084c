// The state of the tab and what follows from what. Put together here.
//   rules.js    three measures of "similar"    growth.js   the queue             opinion.js   what the network sees
//   grower.js   what follows from a seed       curve.js    area, IoU and tau     story.js     best and leak, in
//   source.js   what growing looks at          target.js   what is compared      words.js     a sentence
//   oneclick.js the one-click head             answers.js  three pictures        map.js       masks to pixels
//   seed.js     pointer and keys               chart.js    the curve             animation.js the growth, played
import { address } from "../../shared/address.js";
import { addChoices } from "../../shared/choices.js";
import { onPrediction, page } from "../../shared/page.js";
import { flatten } from "../../shared/pictures.js";
import { fillSlider } from "../../shared/slider.js";
import { tapIn } from "../../shared/touch.js";
import { linkWithAddress, linkedRegion } from "./address.js";
import { addAnimation } from "./animation.js";
import { addAnswers } from "./answers.js";
import { drawChart, listenForTicks } from "./chart.js";
import { writeCode } from "./code.js";
import { bestTick } from "./curve.js";
import { makeGrower } from "./grower.js";
import { drawMask, makeSurface, readPaints } from "./map.js";
import { addOneClick } from "./oneclick.js";
import { SPEEDS } from "./play.js";
import { RULES, ruleOf, tickOf } from "./rules.js";
import { firstSeed, listenForSeeds } from "./seed.js";
import { addSource } from "./source.js";
import { WAITING } from "./words.js";

export function mount({ element, props, trigger, watch }) {
  tapIn(element);
  const find = (selector) => element.querySelector(selector);
  const piece = { element, props, trigger, watch };
  const slider = find("input.tau");
  const stage = find(".stage");
  const frame = find(".frame");
  const chart = find("svg");

  let byHand = false; // whether the visitor chose tau: else it is the best for each seed
  let linked = false; // whether tau is the address's, and it is not known yet if it is the best
  let inside = null; // the region on the photo, unless the growth is being played
  let stale = { seed: false, region: false }; // what has to be worked out before the next redraw
  let surface = null;
  let paints = null;
  let planned = 0;

  const grower = makeGrower({ told: tell, progressed: plan, paused: () => animation.running() });
  const { state } = grower;
  const ready = () => state.given !== null && state.given.truth === state.now.truth;
  const tick = () => Number(slider.value);
  const tau = () => state.rule.taus[tick()];

  const animation = addAnimation(element, {
    begin() {
      if (!ready()) return null;
      if (stale.seed) settleSeed();
      const { given, target } = state;
      return { growth: grower.replay(tick()), ground: given.ground, target: target.mask, surface, paints };
    },
    showNumbers,
    ended() {
      stale.region = true;
      plan();
    },
  });
  const stop = () => animation.stop() && (stale.region = true);

  // The photo, and what growing looks at

  const source = addSource(piece, {
    current: () => state.now,
    busy: (on) => (find(".busy").hidden = !on),
    arrived(given) {
      const same = state.given?.ground === given.ground; // another model's scores of the same photo
      grower.take(given);
      stale.seed = true;
      if (same) return plan();
      inside = new Uint8Array(given.ground.blank.length);
      const link = linkedRegion(state.now);
      state.seed = link.seed ?? firstSeed(given.ground, state.now, given.individuals);
      byHand = linked = link.tau !== null;
      if (linked) slider.value = tickOf(state.rule, link.tau);
      showTau();
      oneClick.settle();
      plan();
    },
  });

  const answers = addAnswers(element, state, () => paints);
  const oneClick = addOneClick(piece, () => state, answers.showClick);

  onPrediction(element, (current) => {
    const same = state.now?.photo === current.photo; // another model on the same photo
    state.now = current;
    stop();
    grower.hold();
    source.drop(same);
    if (same)
      oneClick.settle(); // what the server could not answer before
    else {
      oneClick.drop();
      grower.clear();
      surface = makeSurface(frame.querySelector(".region"), current.height, current.width);
      const photo = Object.assign(frame.querySelector(".photo"), { width: current.width, height: current.height });
      photo.getContext("2d").drawImage(current.image, 0, 0);
      answers.begin();
      find(".sentence").textContent = "";
      find(".empty").hidden = true;
      frame.classList.add("shown");
    }
    fit();
  });

  // The region

  function settleSeed() {
    stale = { seed: false, region: true };
    find(".sentence").textContent = WAITING;
    grower.settle();
    answers.showNetwork();
  }

  // Once the curve is whole.
  function tell() {
    const { story } = state;
    find(".sentence").textContent = story.sentence;
    if (linked) byHand = tick() !== story.best;
    linked = false;
    if (!byHand && tick() !== story.best) {
      slider.value = story.best;
      stale.region = true;
      showTau();
    }
    plan();
  }

  // One redraw per frame of the screen, however many events there were.
  function plan() {
    planned ||= requestAnimationFrame(() => {
      planned = 0;
      if (!ready()) return;
      if (stale.seed) settleSeed();
      draw();
    });
  }

  function draw() {
    const { given, seed, rule, target, curve, story, now } = state;
    if (!animation.running() && stale.region) {
      stale.region = false;
      const { area, hits } = grower.grow(tick(), inside);
      drawMask(surface, given.ground, inside, target.mask, paints);
      const iou = showNumbers(area, hits);
      Object.assign(frame.dataset, { area, iou, drawn: Number(frame.dataset.drawn || 0) + 1 });
    }
    const marker = find(".seed");
    marker.style.left = (100 * (seed.column + 0.5)) / now.width + "%";
    marker.style.top = (100 * (seed.row + 0.5)) / now.height + "%";
    drawChart(chart, curve, rule, { now: tick(), best: story && story.best, leak: story?.leak?.tick ?? null });
    find(".progress").textContent = story ? "" : curve.ticks.length + " taus tried";
    find(".to-best").hidden = !story || tick() === story.best;
    Object.assign(frame.dataset, {
      row: seed.row,
      column: seed.column,
      tau: tau(),
      rule: rule.id,
      label: target.id,
      individual: target.number,
      tried: curve.ticks.length,
      story: story ? "whole" : "",
      best: story ? rule.taus[story.best] : "",
      leak: story?.leak ? rule.taus[story.leak.tick] : "",
    });
    element.dataset.ready = page.revision;
    address.set({ seed, tau: tau(), rule: rule.id });
  }

  function showNumbers(area, hits) {
    return answers.showRegion(surface.context.canvas, area, hits);
  }

  // The controls

  function setTick(to, hand = true) {
    stop();
    byHand = hand;
    slider.value = to;
    showTau();
    stale.region = true;
    plan();
  }

  function showTau() {
    const { rule } = state;
    find(".tau-value").textContent = tau();
    slider.setAttribute("aria-valuetext", "tau " + tau());
    fillSlider(slider);
    writeCode(find(".code"), rule, tau());
  }

  function moveSeed(to) {
    const { seed } = state;
    if (!ready() || !to || (to.row === seed.row && to.column === seed.column)) return;
    stop();
    state.seed = to;
    stale.seed = true;
    oneClick.moved();
    plan();
  }

  function setRule(id) {
    stop();
    const before = tau();
    const rule = (state.rule = ruleOf(id));
    byHand = false; // another rule, another best
    for (const radio of element.querySelectorAll(".rules input")) radio.checked = radio.value === id;
    slider.max = rule.taus.length - 1;
    slider.value = tickOf(rule, before);
    find(".tau-label").textContent = rule.label;
    find(".axis").textContent = rule.scale;
    showTau();
    stale.seed = true;
    plan();
  }

  addChoices(find(".rules"), RULES, state.rule.id, setRule);
  addChoices(find(".speeds"), SPEEDS, SPEEDS[2].id, animation.setSpeed);
  slider.addEventListener("input", () => setTick(slider.value));
  find(".to-best").addEventListener("click", () => setTick(bestTick(state.curve), false));
  listenForTicks(chart, () => ({ curve: state.curve, taus: state.rule.taus }), setTick);
  listenForSeeds(
    frame,
    find(".seed"),
    () => ready() && state.now,
    () => state.seed,
    { move: moveSeed, settle: oneClick.settle },
  );

  // Size and colours

  function fit() {
    const { now, target } = state;
    if (!now || !stage.clientWidth) return;
    const length = (name) => parseFloat(getComputedStyle(find(".sheet")).getPropertyValue(name));
    const tall = length("--seg-stage") - length("--shorter");
    const scale = Math.min(stage.clientWidth / now.width, tall / now.height);
    frame.style.width = Math.round(now.width * scale) + "px";
    frame.style.height = Math.round(now.height * scale) + "px";
    paints = readPaints(element);
    if (!ready()) return source.ask();
    if (target) answers.showNetwork();
    stale.region = true;
    plan();
  }

  page.drawings.region = () =>
    ready() ? { canvas: flatten([...frame.querySelectorAll(".photo, .region")]), word: "region" } : null;

  new ResizeObserver(fit).observe(stage);
  new ResizeObserver(plan).observe(chart);
  new MutationObserver(fit).observe(document.body, { attributeFilter: ["class"] }); // light and dark
  linkWithAddress({
    element,
    current: () => ({ now: state.now, ready: ready(), rule: state.rule.id }),
    setRule,
    moveSeed(to) {
      moveSeed(to);
      oneClick.settle();
    },
    setTau: (to) => setTick(tickOf(state.rule, to)),
  });
}
