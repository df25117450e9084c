// The duel: a second opinion on the photo in front of the visitor, and where it differs from the first. Put together here.
//   chooser.js  who can be asked     maps.js  where they differ     tables.js  what is counted
// `Seg.rival` is the second prediction, for the tab "Paint and grade": {title, labels, confidence, classes} or null; the
// document hears "seg-rival" when it changes.

const find = (selector) => element.querySelector(selector);
const section = find(".duel");
const select = find("select");
const trio = find(".trio");
const maps = Object.fromEntries([...element.querySelectorAll("figure")].map((figure) => [figure.dataset.map, figure]));
let now = null; // the photo in front of the visitor
let choices = {};
let asked = ""; // the contender of the question under way
let rival = null; // the answer on show, decoded
let photo = null; // its RGBA bytes
let pair = null; // {first, second}: only these pixels
let place = null; // {row, column} of the crosshair

// Asking

function refresh() {
  for (const node of [select, find(".go")]) node.disabled = !now || Boolean(asked) || Boolean(Seg.working);
  find(".away").hidden = !rival;
  const state = asked ? "asking" : rival ? "shown" : "empty";
  Object.assign(section.dataset, { state, contender: rival ? rival.contender : "" });
  if (choices[select.value]) tellChoice(find(".about"), choices[select.value]);
}

function choose() {
  choices = choicesFor(now.model, props);
  fillChooser(select, choices);
  refresh();
}

const progress = (words) => Seg.showProgress(find(".progress"), words);
const questions = Seg.questions(props, trigger, { answered: unpack, end });

function end(problem) {
  asked = "";
  progress("");
  find(".problem").hidden = !problem;
  find(".problem").textContent = problem || "";
  refresh();
}

async function ask(name) {
  end("");
  asked = name;
  refresh();
  if (!choices[name].ready) {
    const photo = now;
    const told = (done, total) => Seg.showFetching(find(".progress"), done, total, choices[name].megabytes);
    told(0, 0);
    const problem = await Seg.fetchWeights(name, told, () => asked === name && now === photo);
    if (problem === null) return;
    if (problem) return end(problem);
  }
  progress("Labelling every pixel a second time …");
  questions.ask("submit", { contender: name, truth: Seg.checksum(now.labels), height: now.height, width: now.width });
}

find(".go").addEventListener("click", () => ask(select.value));

// The weights that are on the server by now, whoever fetched them.
document.addEventListener("seg-here", ({ detail }) => {
  const changed = Object.entries(props.models).filter(([name, model]) => model.ready !== detail.includes(name));
  for (const [, model] of changed) model.ready = !model.ready;
  if (changed.length && now) choose();
});

// answer: as seg.page.duel.compare makes it
async function unpack(answer) {
  const { height, width } = answer;
  const [labels, confidence] = await Promise.all([
    Seg.inflate(answer.labels, height * width),
    Seg.inflateSmooth(answer.confidence, height, width),
  ]);
  return () => {
    rival = { ...answer, labels, confidence, title: answer.sides[1].title };
    photo = photo || Seg.photoBytes(now);
    refresh();
    showResult();
    Seg.rival = { labels, confidence, classes: answer.classes, title: rival.title };
    document.dispatchEvent(new CustomEvent("seg-rival"));
  };
}

// Showing

function showResult() {
  pair = place = null;
  find(".result").hidden = false;
  find(".agree").textContent = rival.words[0];
  const { sides } = rival;
  maps.first.querySelector("figcaption span").textContent = sides[0].title;
  maps.second.querySelector("figcaption span").textContent = sides[1].title;
  fillTables();
  redraw();
  const iou = rival.mean_iou.toFixed(3);
  find(".how").textContent =
    "On the diagonal both say the same. Mean IoU between the two: " + iou + ". Press a number off the diagonal to see its pixels alone.";
  const notes = sides.map(({ note }, i) => (note ? "AB"[i] + ": " + note : "")).filter(Boolean);
  find(".judge").textContent = [...notes, "In “Paint and grade” you can now be graded against either of the two."].join(" ");
  Object.assign(section.dataset, { differ: rival.differ, share: rival.share, iou: rival.mean_iou });
  moveTo(null);
}

function fillTables() {
  listCommon(find(".often ul"), rival, setPair);
  find(".none").hidden = rival.differ > 0;
  tablePairs(find(".pairs"), rival, setPair);
  tableFacts(find(".facts"), rival.sides);
}

function redraw() {
  const { height, width } = now;
  Seg.drawLabels(maps.first.querySelector("canvas"), photo, now.labels, height, width);
  Seg.drawLabels(maps.second.querySelector("canvas"), photo, rival.labels, height, width);
  for (const frame of element.querySelectorAll(".frame")) frame.style.aspectRatio = width + " / " + height;
  drawDifference();
}

function drawDifference() {
  const colors = [Seg.tokenColor(element, "--seg-surface"), Seg.tokenColor(element, "--seg-accent")];
  const shown = drawApart(maps.apart.querySelector("canvas"), photo, now.labels, rival.labels, now.height, now.width, pair, ...colors);
  const words = pair ? "A " + Seg.classes[pair.first].name + ", B " + Seg.classes[pair.second].name : "Where they differ";
  maps.apart.querySelector("figcaption span").textContent = words + ": " + Seg.plural(shown, "pixel");
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

const HINT = "Point at any of the three pictures: all of them show the same pixel, and both answers for it stand here.";

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
  const both = [now, rival].map(({ labels, confidence }) => ({ id: labels[i], sure: Math.round((100 * confidence[i]) / 255) }));
  trio.style.setProperty("--row", (100 * (row + 0.5)) / now.height + "%");
  trio.style.setProperty("--column", (100 * (column + 0.5)) / now.width + "%");
  Object.assign(readout.dataset, { row, column, first: both[0].id, second: both[1].id });
  readout.replaceChildren(make("span", "row " + Seg.number(row) + ", column " + Seg.number(column)));
  both.forEach(({ id, sure }, k) => {
    const part = make("span", "", { class: "answer" });
    part.append(make("b", "AB"[k]), swatch(id), Seg.classes[id].name + ", " + sure + " % sure");
    readout.append(part);
  });
  readout.append(make("span", both[0].id === both[1].id ? "the same" : "they differ", { class: both[0].id === both[1].id ? "same" : "differ" }));
}

for (const frame of element.querySelectorAll(".frame")) {
  const follow = (event) => rival && moveTo(Seg.pixelAt(frame, event.clientX, event.clientY, now.height, now.width, event.pointerType !== "mouse"));
  frame.addEventListener("pointerdown", follow);
  frame.addEventListener("pointermove", follow);
  frame.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && rival && moveTo(null));
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
trio.addEventListener("keydown", (event) => {
  if (!rival || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") moveTo(null);
  else if (STEPS[event.key]) {
    const [down, right] = place ? STEPS[event.key] : [0, 0];
    const from = place || { row: now.height >> 1, column: now.width >> 1 };
    const far = event.shiftKey ? 10 : 1;
    const within = (value, size) => Math.min(size - 1, Math.max(0, value));
    moveTo({ row: within(from.row + far * down, now.height), column: within(from.column + far * right, now.width) });
  } else return;
  event.preventDefault();
});

// Putting away, and a new photo or model

function forget() {
  questions.drop();
  rival = photo = pair = place = null;
  end("");
  find(".result").hidden = true;
  for (const key of ["differ", "share", "iou"]) delete section.dataset[key];
  if (!Seg.rival) return;
  Seg.rival = null;
  document.dispatchEvent(new CustomEvent("seg-rival"));
}

find(".away").addEventListener("click", () => {
  forget();
  refresh();
  find(".go").focus({ preventScroll: true });
});
select.addEventListener("change", () => end(""));
document.addEventListener("seg-working", refresh);
document.addEventListener("seg-palette", () => {
  if (!rival) return;
  fillTables();
  setPair(pair);
  redraw();
  moveTo(place);
});
watch("value", () => questions.hear(props.value));
Seg.onPrediction(element, (current) => {
  forget();
  now = current;
  choose();
  element.dataset.ready = Seg.revision;
});
refresh();
