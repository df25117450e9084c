// The state of the tab and what follows from what. Nothing here asks the server, except once for the photo's colours.
import { address } from "../../shared/address.js";
import { classes } from "../../shared/classes.js";
import { inflateSmooth } from "../../shared/codec.js";
import { onPrediction, page, say } from "../../shared/page.js";
import { requester } from "../../shared/request.js";
import { fillSlider } from "../../shared/slider.js";
import { number, plural } from "../../shared/words.js";
import { linkWithAddress, linkedRegion } from "./address.js";
import { chartScale, drawChart } from "./chart.js";
import { runLine, writeCode } from "./code.js";
import { bestTick, countHits, emptyCurve, extendMeanCurve, leakTick, maskOfClass, seedCurve } from "./curve.js";
import {
  TAUS,
  emptyGrowth,
  growByMean,
  growBySeed,
  hasBit,
  joinTicks,
  makeGround,
  placeOf,
  unpackBits,
} from "./growth.js";
import { drawMask, drawOrder, makeSurface, packed, readColour } from "./map.js";
import { SPEEDS, playGrowth, ringEnds } from "./play.js";
import { firstRegion, listenForSeeds } from "./seed.js";
import { IGNORE, LEAK_SHARE, share, spreads, tellStory } from "./words.js";

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
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  let now = null; // page.current
  let ground = null; // its exact colours, null until they have come
  let waiting = false; // for the colours
  let seed = null; // {row, column}
  let rule = "seed";
  let speed = SPEEDS[2];
  let join = null; // seed rule: per pixel, the tick at which it joins
  let classId = 0; // under the seed
  let truth = null; // the network's mask of that class
  let curve = null;
  let shown = { inside: null, area: 0, hits: 0 }; // what is on the photo, unless the growth is being played
  let stale = { seed: false, region: false }; // what has to be worked out before the next redraw
  let spare = null; // a growth to use again and again
  let regionSurface, answerSurface;
  let paints = { tint: 0, edge: 0, veil: 0 };
  let player = null;
  let drawn = { popped: 0, joined: 0 };
  let planned = 0;
  let background = 0; // the timer of the mean rule's curve
  let story = null; // {best, leak} once the curve is whole

  slider.max = TAUS.length - 1;
  const tick = () => Number(slider.value);

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
    if (!player) {
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
    if (!player && stale.region) {
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
    find(".meaning").textContent =
      "IoU is the overlap of the two; 1 would be the same pixels. Your region is " +
      share(area, ground.count) +
      " of the photo (" +
      number(area) +
      " pixels), the network's " +
      name +
      " " +
      share(curve.truth, ground.count) +
      ".";
  }

  // The sentence, once the curve is whole.
  function tell() {
    const best = bestTick(curve);
    const leak = leakTick(curve);
    const gained = new Map();
    if (leak) {
      const [before, after] = rule === "mean" ? curve.regions.slice(leak - 1, leak + 1) : [];
      const joined =
        rule === "seed" ? (place) => join[place] === leak : (place) => hasBit(after, place) && !hasBit(before, place);
      const pixels = new Int32Array(256); // gained, per class
      for (let i = 0, row = 0; row < ground.height; row++) {
        for (let column = 0, place = (row + 1) * ground.stride + 1; column < ground.width; column++, place++, i++) {
          if (joined(place)) pixels[now.labels[i]]++;
        }
      }
      pixels.forEach((count, id) => count && gained.set(id, count));
    }
    const jump = leak ? curve.area[leak] - curve.area[leak - 1] : 0;
    const leaks = spreads(gained, classId);
    story = { best, leak: jump / curve.count < LEAK_SHARE ? null : leak, word: leaks ? "leak" : "jump" };
    find(".sentence").textContent = tellStory(curve, best, leak, classId, gained);
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

  function choices(place, name, list, chosen, choose) {
    const group = "seg-" + name + "-" + Math.random().toString(36).slice(2);
    for (const { id, name: text } of list) {
      const label = document.createElement("label");
      label.innerHTML = '<input type="radio"><span></span>';
      Object.assign(label.firstChild, { name: group, value: id, checked: id === chosen });
      label.lastChild.textContent = text;
      label.firstChild.addEventListener("change", () => choose(id));
      place.append(label);
    }
  }

  choices(find(".rules"), "rule", RULES, rule, setRule);
  choices(find(".speeds"), "speed", SPEEDS, speed.id, (id) => {
    speed = SPEEDS.find((one) => one.id === id);
    if (player) player.setSpeed(speed);
  });
  slider.addEventListener("input", () => setTick(slider.value));
  find(".to-best").addEventListener("click", () => curve && setTick(bestTick(curve)));
  listenForSeeds(
    frame,
    find(".seed"),
    () => ground && now,
    () => seed,
    moveSeed,
  );

  function pickTau(event) {
    if (!curve) return;
    setTick(chartScale(chart).tick(event.clientX - chart.getBoundingClientRect().left));
  }
  chart.addEventListener("pointerdown", (event) => {
    chart.setPointerCapture(event.pointerId);
    pickTau(event);
  });
  chart.addEventListener("pointermove", (event) => {
    if (chart.hasPointerCapture(event.pointerId)) pickTau(event);
  });

  // The animation

  const button = find(".play");

  function play() {
    if (!ground) return;
    if (stale.seed) settleSeed();
    const start = placeOf(ground, seed);
    const growth = rule === "seed" ? growBySeed(ground, start, join, tick()) : growByMean(ground, start, TAUS[tick()]);
    regionSurface.pixels.fill(paints.veil);
    drawn = { popped: 0, joined: 0 };
    let hits = 0;
    let counted = 0;
    const show = (moment, ring, rings) => {
      drawMoment(growth.order, moment);
      for (; counted < moment.joined; counted++) hits += truth[growth.order[counted]];
      for (; counted > moment.joined; counted--) hits -= truth[growth.order[counted - 1]];
      showNumbers(moment.joined, hits);
      runLine(code, moment.line);
      find(".rings").textContent = "ring " + number(ring) + " of " + number(rings);
      frame.dataset.playing = moment.joined;
    };
    const finish = (rings) => {
      stop();
      stale.region = true;
      find(".rings").textContent = plural(rings, "ring") + ", done";
      frame.dataset.ended = Number(frame.dataset.ended || 0) + 1;
      plan();
    };
    if (calm.matches) return finish(ringEnds(growth).length); // no motion: the result at once
    player = playGrowth(growth, ground, speed, show, finish);
    button.textContent = "Pause";
  }

  // Settled pixels are tinted, the frontier is solid.
  function drawMoment(order, { popped, joined }) {
    drawOrder(regionSurface, ground, order, Math.min(joined, drawn.joined), drawn.joined, paints.veil);
    drawOrder(
      regionSurface,
      ground,
      order,
      Math.min(popped, drawn.popped),
      Math.max(joined, drawn.joined && joined),
      paints.edge,
    );
    drawOrder(regionSurface, ground, order, Math.min(popped, drawn.popped), popped, paints.tint);
    drawn = { popped, joined };
    regionSurface.show();
  }

  // Ends the animation where it is; the next redraw shows the final region.
  function stop() {
    if (!player) return;
    player.pause();
    player = null;
    stale.region = true;
    runLine(code, null);
    button.textContent = "Play the growth";
    find(".rings").textContent = "";
    delete frame.dataset.playing;
  }

  button.addEventListener("click", () => {
    if (!player) play();
    else if (player.playing) {
      player.pause();
      button.textContent = "Go on";
    } else {
      player.resume();
      button.textContent = "Pause";
    }
  });

  // Size and colours

  function fit() {
    if (!now || !stage.clientWidth) return;
    const tall = parseFloat(getComputedStyle(element).getPropertyValue("--seg-stage"));
    const scale = Math.min(stage.clientWidth / now.width, tall / now.height);
    frame.style.width = Math.round(now.width * scale) + "px";
    frame.style.height = Math.round(now.height * scale) + "px";
    twin.style.setProperty("--ratio", now.width / now.height);
    readPaints();
    if (truth && ground) drawAnswer();
    stale.region = true;
    ask();
    plan();
  }

  function readPaints() {
    const token = (name) => readColour(getComputedStyle(element).getPropertyValue(name));
    const accent = token("--seg-accent");
    paints = { tint: packed(accent, 0.42), edge: packed(accent, 1), veil: packed(token("--seg-paper"), 0.5) };
  }

  new ResizeObserver(fit).observe(stage);
  new ResizeObserver(plan).observe(chart);
  new MutationObserver(fit).observe(document.body, { attributeFilter: ["class"] }); // light and dark
  document.addEventListener("seg-palette", () => truth && ground && drawAnswer());
  showTau();
  linkWithAddress({ element, current: () => ({ now, ground, rule }), setRule, moveSeed, setTick });
}
