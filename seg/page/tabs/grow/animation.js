// The button that plays the growth: settled pixels are tinted, the frontier is solid, the line of the rule that runs is
// marked. play.js has the moments.
import { number, plural } from "../../shared/words.js";
import { runLine } from "./code.js";
import { hideLens, showLens } from "./lens.js";
import { drawOrder } from "./map.js";
import { SPEEDS, playGrowth, ringEnds } from "./play.js";

// begin() -> {growth, ground, target: its mask, surface, paints} of what is on the photo, or null; showNumbers(area,
// hits); ended() after the last moment. -> {running, stop, setSpeed}
export function addAnimation(element, { begin, showNumbers, ended }) {
  const find = (selector) => element.querySelector(selector);
  const button = find(".play");
  const frame = find(".frame");
  const code = find(".code");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let speed = SPEEDS[2];
  let player = null;

  function play() {
    const begun = begin();
    if (!begun) return;
    const { growth, ground, target, surface, paints } = begun;
    const { order } = growth;
    surface.pixels.fill(paints.veil[0]);
    let drawn = { popped: 0, joined: 0 };
    let hits = 0;
    let counted = 0;
    const paint = (from, to, colour) => drawOrder(surface, ground, order, from, to, target, colour);
    const pixelOf = (place) => {
      const row = (place / ground.stride) | 0;
      return { row: row - 1, column: place - row * ground.stride - 1 };
    };
    const magnify = ({ popped, joined }) => {
      if (speed.id !== "line") return hideLens(find(".lens"));
      const newest = joined > 1 ? pixelOf(order[joined - 1]) : null;
      const taken = pixelOf(order[Math.max(0, popped - 1)]);
      const paper = getComputedStyle(element).getPropertyValue("--seg-paper");
      showLens(find(".lens"), find(".frame .photo"), find(".frame .region"), taken, newest, paper);
    };
    const show = (moment, ring, rings) => {
      const { popped, joined } = moment;
      paint(Math.min(joined, drawn.joined), drawn.joined, paints.veil);
      paint(Math.min(popped, drawn.popped), Math.max(joined, drawn.joined && joined), paints.edge);
      paint(Math.min(popped, drawn.popped), popped, paints.tint);
      drawn = { popped, joined };
      surface.show();
      magnify(moment);
      for (; counted < joined; counted++) hits += target[order[counted]];
      for (; counted > joined; counted--) hits -= target[order[counted - 1]];
      showNumbers(joined, hits);
      runLine(code, moment.line);
      find(".rings").textContent = "ring " + number(ring) + " of " + number(rings);
      frame.dataset.playing = joined;
    };
    const finish = (rings) => {
      stop();
      find(".rings").textContent = plural(rings, "ring") + ", done";
      frame.dataset.ended = Number(frame.dataset.ended || 0) + 1;
      ended();
    };
    if (calm.matches) return finish(ringEnds(growth).length); // no motion: the result at once
    player = playGrowth(growth, ground, speed, show, finish);
    button.textContent = "Pause";
  }

  // Ends the animation where it is. -> whether there was one
  function stop() {
    if (!player) return false;
    player.pause();
    player = null;
    runLine(code, null);
    hideLens(find(".lens"));
    button.textContent = "Play the growth";
    find(".rings").textContent = "";
    delete frame.dataset.playing;
    return true;
  }

  function setSpeed(id) {
    speed = SPEEDS.find((one) => one.id === id);
    player?.setSpeed(speed);
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
  return { running: () => player !== null, stop, setSpeed };
}
