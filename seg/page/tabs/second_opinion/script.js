// A second opinion on the photo in front of the visitor, and where it differs from the first. Put together here.
//   chooser.js  who can be asked     maps.js  where they differ     tables.js  what is counted
// `page.secondOpinion` is the second prediction, for the tab "Paint and grade": {title, labels, confidence, classes} or null; the
// document hears "seg-second-opinion" when it changes.
import { classes } from "../../shared/classes.js";
import { checksum, inflate, inflateSmooth } from "../../shared/codec.js";
import { fetchWeights, showFetching, showProgress } from "../../shared/downloads.js";
import { ARROWS, shortcutOf } from "../../shared/keys.js";
import { onPrediction, page } from "../../shared/page.js";
import { drawLabels, photoBytes, tokenColor } from "../../shared/pictures.js";
import { pixelAt } from "../../shared/pointer.js";
import { STALE, requester } from "../../shared/request.js";
import { number, plural } from "../../shared/words.js";
import { choicesFor, fillChooser, tellChoice } from "./chooser.js";
import { drawApart } from "./maps.js";
import { listCommon, make, swatch, tableFacts, tablePairs } from "./tables.js";

const SLOW = 250; // ms after which an answer is announced: a line that comes and goes at once moves all below it

export function mount({ element, props, facts, trigger, watch }) {
  const find = (selector) => element.querySelector(selector);
  const section = find(".second-opinion");
  const select = find("select");
  const trio = find(".trio");
  const maps = Object.fromEntries(
    [...element.querySelectorAll("figure")].map((figure) => [figure.dataset.map, figure]),
  );
  let now = null; // the photo in front of the visitor
  let choices = {};
  let asked = ""; // the other of the question under way
  let second = null; // the answer on show, decoded
  let photo = null; // its RGBA bytes, once the first map is drawn
  let paints = []; // the page's own colours, as the third map uses them
  let pair = null; // {first, second}: only these pixels
  let place = null; // {row, column} of the crosshair

  // Asking

  function refresh() {
    for (const node of [select, find(".go")]) node.disabled = !now || Boolean(asked) || Boolean(page.working);
    find(".away").hidden = !second;
    const state = asked ? "asking" : second ? "shown" : "empty";
    Object.assign(section.dataset, { state, other: second ? second.other : "" });
    if (choices[select.value]) tellChoice(find(".about"), choices[select.value]);
  }

  function choose() {
    choices = choicesFor(now.model, facts);
    fillChooser(select, choices);
    refresh();
  }

  const progress = (words) => showProgress(find(".progress"), words);
  const request = requester({ element, props, trigger, watch }, { long: true });

  function end(problem) {
    asked = "";
    progress("");
    find(".problem").hidden = !problem;
    find(".problem").textContent = problem || "";
    refresh();
  }

  async function ask(name) {
    const { labels } = now;
    end("");
    asked = name;
    refresh();
    if (!choices[name].ready) {
      const photo = now;
      const report = (done, total) => showFetching(find(".progress"), done, total, choices[name].megabytes);
      report(0, 0);
      const problem = await fetchWeights(name, report, () => asked === name && now === photo);
      if (problem === null) return;
      if (problem) return end(problem);
    }
    const { height, width } = now;
    const question = { other: name, truth: checksum(labels), height, width };
    const coming = request(question, !choices[name].same && choices[name].shares_trunk ? "select" : "submit");
    const prepared = new Promise((done) =>
      setTimeout(() => done(asked === name && now.labels === labels && prepare())),
    );
    const slow = setTimeout(() => asked && progress("Labelling every pixel a second time …"), SLOW);
    const answer = await coming;
    clearTimeout(slow);
    await prepared;
    if (!answer) return;
    if (answer.problem || answer.stale) return end(answer.problem || STALE);
    const decoded = await unpack(answer);
    if (asked !== name || now.labels !== labels) return; // another photo came meanwhile
    show(answer, decoded);
    end("");
  }

  find(".go").addEventListener("click", () => ask(select.value));

  // The weights that are on the server by now, whoever fetched them.
  document.addEventListener("seg-here", ({ detail }) => {
    const changed = Object.entries(facts.models).filter(([name, model]) => model.ready !== detail.includes(name));
    for (const [, model] of changed) model.ready = !model.ready;
    if (changed.length && now) choose();
  });

  // answer: as `compare` in seg/page/tabs/second_opinion makes it
  async function unpack(answer) {
    const { height, width } = answer;
    const [labels, confidence] = await Promise.all([
      inflate(answer.labels, height * width),
      inflateSmooth(answer.confidence, height, width),
    ]);
    return { labels, confidence };
  }

  function show(answer, { labels, confidence }) {
    second = { ...answer, labels, confidence, title: answer.sides[1].title };
    refresh();
    showResult();
    page.secondOpinion = { labels, confidence, classes: answer.classes, title: second.title };
    document.dispatchEvent(new CustomEvent("seg-second-opinion"));
  }

  // Showing

  function showResult() {
    pair = place = null;
    find(".result").hidden = false;
    find(".agree").textContent = second.words[0];
    const { sides } = second;
    maps.first.querySelector("figcaption span").textContent = sides[0].title;
    maps.second.querySelector("figcaption span").textContent = sides[1].title;
    fillTables();
    drawOthers();
    const iou = second.mean_iou.toFixed(3);
    find(".how").textContent =
      "On the diagonal both say the same. Mean IoU between the two: " +
      iou +
      ". Press a number off the diagonal to see its pixels alone.";
    const notes = sides.map(({ note }, i) => (note ? "AB"[i] + ": " + note : "")).filter(Boolean);
    find(".judge").textContent = [
      ...notes,
      "In “Paint and grade” you can now be graded against either of the two.",
    ].join(" ");
    Object.assign(section.dataset, { differ: second.differ, share: second.share, iou: second.mean_iou });
    moveTo(null);
  }

  function fillTables() {
    listCommon(find(".often ul"), second, setPair);
    find(".none").hidden = second.differ > 0;
    tablePairs(find(".pairs"), second, setPair);
    tableFacts(find(".facts"), second.sides);
  }

  function drawFirst() {
    photo ??= photoBytes(now);
    drawLabels(maps.first.querySelector("canvas"), photo, now.labels, now.height, now.width);
  }

  // What can be done while the answer is on its way.
  function prepare() {
    if (!photo) drawFirst();
    choosePaints();
  }

  function choosePaints() {
    paints = [tokenColor(element, "--seg-surface"), tokenColor(element, "--seg-accent")];
  }

  function drawOthers() {
    const { height, width } = now;
    drawLabels(maps.second.querySelector("canvas"), photo, second.labels, height, width);
    for (const frame of element.querySelectorAll(".frame")) frame.style.aspectRatio = width + " / " + height;
    drawDifference();
  }

  function drawDifference() {
    const shown = drawApart(
      maps.apart.querySelector("canvas"),
      photo,
      now.labels,
      second.labels,
      now.height,
      now.width,
      pair,
      ...paints,
    );
    const words = pair ? "A " + classes[pair.first].name + ", B " + classes[pair.second].name : "Where they differ";
    maps.apart.querySelector("figcaption span").textContent = words + ": " + plural(shown, "pixel");
    maps.apart.dataset.pixels = shown;
  }

  function setPair(chosen) {
    pair = chosen;
    for (const button of element.querySelectorAll("[data-first]")) {
      const on = pair && Number(button.dataset.first) === pair.first && Number(button.dataset.second) === pair.second;
      button.setAttribute("aria-pressed", String(Boolean(on)));
    }
    drawDifference();
  }

  // The crosshair, in all three at once

  const HINT =
    "Point at any of the three pictures: all of them show the same pixel, and both answers for it stand here.";

  function moveTo(to) {
    place = to;
    const readout = find(".readout");
    trio.classList.toggle("pointing", Boolean(place));
    if (!place) {
      readout.textContent = HINT;
      for (const key of ["row", "column", "first", "second"]) delete readout.dataset[key];
      return;
    }
    const { row, column } = place;
    const i = row * now.width + column;
    const both = [now, second].map(({ labels, confidence }) => ({
      id: labels[i],
      sure: Math.round((100 * confidence[i]) / 255),
    }));
    trio.style.setProperty("--row", (100 * (row + 0.5)) / now.height + "%");
    trio.style.setProperty("--column", (100 * (column + 0.5)) / now.width + "%");
    Object.assign(readout.dataset, { row, column, first: both[0].id, second: both[1].id });
    readout.replaceChildren(make("span", "row " + number(row) + ", column " + number(column)));
    both.forEach(({ id, sure }, k) => {
      const part = make("span", "", { class: "answer" });
      part.append(make("b", "AB"[k]), swatch(id), classes[id].name + ", " + sure + " % sure");
      readout.append(part);
    });
    readout.append(
      make("span", both[0].id === both[1].id ? "the same" : "they differ", {
        class: both[0].id === both[1].id ? "same" : "differ",
      }),
    );
  }

  for (const frame of element.querySelectorAll(".frame")) {
    const follow = (event) =>
      second &&
      moveTo(pixelAt(frame, event.clientX, event.clientY, now.height, now.width, event.pointerType !== "mouse"));
    frame.addEventListener("pointerdown", follow);
    frame.addEventListener("pointermove", follow);
    frame.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && second && moveTo(null));
  }

  trio.addEventListener("keydown", (event) => {
    if (!second || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = shortcutOf(event);
    if (key === "Escape") moveTo(null);
    else if (ARROWS[key]) {
      const [down, right] = place ? ARROWS[key] : [0, 0];
      const from = place || { row: now.height >> 1, column: now.width >> 1 };
      const far = event.shiftKey ? 10 : 1;
      const within = (value, size) => Math.min(size - 1, Math.max(0, value));
      moveTo({ row: within(from.row + far * down, now.height), column: within(from.column + far * right, now.width) });
    } else return;
    event.preventDefault();
  });

  // Putting away, and a new photo or model

  function forget() {
    request.drop();
    second = photo = pair = place = null;
    end("");
    find(".result").hidden = true;
    for (const key of ["differ", "share", "iou"]) delete section.dataset[key];
    if (!page.secondOpinion) return;
    page.secondOpinion = null;
    document.dispatchEvent(new CustomEvent("seg-second-opinion"));
  }

  find(".away").addEventListener("click", () => {
    forget();
    refresh();
    find(".go").focus({ preventScroll: true });
  });
  select.addEventListener("change", () => end(""));
  document.addEventListener("seg-working", refresh);
  document.addEventListener("seg-palette", () => {
    if (!second) return;
    choosePaints();
    fillTables();
    setPair(pair);
    drawFirst();
    drawOthers();
    moveTo(place);
  });
  onPrediction(element, (current) => {
    forget();
    now = current;
    choose();
    element.dataset.ready = page.revision;
  });
  refresh();
}
