// Three answers to one click, side by side: the region, the mask of the one-click head, the network's mask of the class.
// Each is drawn over a small copy of the photo, in the paints of the region: what is not of the target is red.
import { onGround } from "./growth.js";
import { drawMask, makeSurface } from "./map.js";
import { maskOf } from "./target.js";
import { tellTarget } from "./words.js";

const WIDE = 400; // pixels of a small picture at most

// IoU of two masks with the border of a ground.
function overlapOf(mask, target) {
  let hits = 0;
  let either = 0;
  for (let i = 0; i < mask.length; i++) {
    hits += mask[i] & target[i];
    either += mask[i] | target[i];
  }
  return hits / either;
}

// state: the grower's; paints() -> those of the map. -> {begin, showRegion, showNetwork, showClick}
export function addAnswers(element, state, paints) {
  const figure = (name) => element.querySelector(".answers ." + name);
  let scratch = null; // a surface of the photo's size
  let click = null; // the one-click head's mask, with the border of a ground

  // Another photo.
  function begin() {
    const { height, width } = state.now;
    scratch = makeSurface(document.createElement("canvas"), height, width);
    const scale = Math.min(1, WIDE / Math.max(width, height));
    for (const canvas of element.querySelectorAll(".answers canvas"))
      Object.assign(canvas, { width: Math.round(scale * width), height: Math.round(scale * height) });
    element.querySelector(".answers").style.setProperty("--ratio", width / height);
    for (const name of ["region", "click", "network"]) {
      draw(name, null);
      say(name, { state: "waiting", iou: null, what: "" });
    }
  }

  // layer: a canvas of the photo's size, or null for the photo alone
  function draw(name, layer) {
    const canvas = figure(name).querySelector("canvas");
    for (const each of [state.now.image, layer])
      if (each) canvas.getContext("2d").drawImage(each, 0, 0, canvas.width, canvas.height);
  }

  function say(name, { state: word, iou, what }) {
    const place = figure(name);
    place.dataset.state = word;
    place.dataset.iou = iou ?? "";
    place.querySelector(".iou-value").textContent = iou === null ? "–" : iou.toFixed(2);
    place.querySelector(".what").textContent = what;
  }

  function drawAgainstTarget(name, mask, what) {
    const { given, target } = state;
    drawMask(scratch, given.ground, mask, target.mask, paints());
    draw(name, scratch.context.canvas);
    say(name, { state: "shown", iou: overlapOf(mask, target.mask), what });
  }

  // layer: the canvas over the photo; area, hits: of what is drawn there
  function showRegion(layer, area, hits) {
    const { curve, target, given, rule } = state;
    const iou = hits / (area + curve.target - hits);
    draw("region", layer);
    say("region", { state: "shown", iou, what: rule.what });
    element.querySelector(".live").textContent = "IoU " + iou.toFixed(2);
    element.querySelector(".meaning").textContent = tellTarget(target, area, curve.count, given.individuals);
    return iou;
  }

  // What depends on the target: the network's mask of its class, and how well the click's mask fits it.
  function showNetwork() {
    const { given, now, target } = state;
    const mask = target.number
      ? maskOf({ id: target.id, number: 0 }, given.ground, now, given.individuals)
      : target.mask;
    drawAgainstTarget("network", mask, target.number ? "every pixel of " + target.name : target.name + ", the target");
    if (click) drawClick();
  }

  const drawClick = () =>
    drawAgainstTarget("click", click, click.includes(1) ? "a network made for clicks" : "found nothing here");

  // word, answer: as oneclick.js has them
  function showClick(word, answer) {
    click = word === "shown" ? onGround(state.given.ground, (i) => answer.mask[i]) : null;
    if (click) return drawClick();
    draw("click", null);
    const what = { moving: "answers when the seed rests", waiting: "asking the server …" };
    say("click", { state: word, iou: null, what: what[word] ?? answer.problem });
  }

  return { begin, showRegion, showNetwork, showClick };
}
