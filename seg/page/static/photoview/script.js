// The photo, the layer over it, the probe. Everything here happens in the browser.

const find = (selector) => element.querySelector(selector);
const stage = find(".stage");
const frame = find(".frame");
const photo = find("canvas.photo");
const mask = find("canvas.mask");
const options = { view: "overlay", opacity: 0.6, only: null, unsure: 0, stripe: 4 };
let now = null;
let edges, cells, covered, layer, pixels; // of the current photo
let place = null; // {row, column} the probe is at
let planned = 0;

// Drawing

function redraw() {
  if (!now || planned) return;
  planned = requestAnimationFrame(() => {
    planned = 0;
    if (options.view === "grid" && !cells) cells = spreadCells(now.coarse, now.height, now.width);
    drawLayer(pixels, now, edges, cells, options);
    mask.getContext("2d").putImageData(layer, 0, 0);
    Object.assign(frame.dataset, { view: options.view, only: options.only ?? "", drawn: Number(frame.dataset.drawn || 0) + 1 });
    element.dataset.ready = Seg.revision;
  });
}

// The frame is the photo's rectangle on the screen: as large as the stage allows, its proportions kept.
function fit() {
  if (!now || !stage.clientWidth) return;
  const tall = parseFloat(getComputedStyle(element).getPropertyValue("--seg-stage"));
  const scale = Math.min(stage.clientWidth / now.width, tall / now.height);
  frame.style.width = Math.round(now.width * scale) + "px";
  frame.style.height = Math.round(now.height * scale) + "px";
  mask.classList.toggle("sharp", scale * devicePixelRatio >= 1);
  const stripe = Math.max(2, Math.round(5 / scale));
  if (stripe !== options.stripe) {
    options.stripe = stripe;
    redraw();
  }
  showProbe();
}

// The probe

function showProbe() {
  const readout = find(".readout");
  const tip = find(".tip");
  find(".probe").hidden = tip.hidden = !place;
  if (!place) {
    readout.textContent = now ? "Point at the photo to ask about a pixel." : "";
    for (const key of ["row", "column", "label", "confidence"]) delete readout.dataset[key];
    return;
  }
  const { row, column } = place;
  const i = row * now.width + column;
  const { name, color } = Seg.classes[now.labels[i]];
  const percent = Math.round((100 * now.confidence[i]) / 255);
  const sure = now.confidence[i] >= surest(options.unsure);
  const verdict = sure ? name + ", " + percent + " % sure" : "unsure, " + name + " at " + percent + " %";
  Object.assign(readout.dataset, { row, column, label: now.labels[i], confidence: now.confidence[i] });
  readout.innerHTML = "row " + Seg.number(row) + ", column " + Seg.number(column) + ": <b></b>";
  readout.querySelector("b").textContent = verdict;
  tip.querySelector("span").textContent = sure ? name + " " + percent + " %" : "unsure";
  tip.querySelector(".swatch").style.background = sure ? Seg.rgb(color) : "#999";
  const x = ((column + 0.5) / now.width) * frame.clientWidth;
  const y = ((row + 0.5) / now.height) * frame.clientHeight;
  for (const part of [find(".probe"), tip]) part.style.top = y + "px";
  find(".probe").style.left = x + "px";
  const half = tip.offsetWidth / 2 + 4;
  tip.style.left = Math.min(Math.max(x, half), Math.max(half, frame.clientWidth - half)) + "px";
  tip.classList.toggle("below", y < 52);
}

function probeAt(event) {
  if (!now) return;
  place = Seg.pixelAt(photo, event.clientX, event.clientY, now.height, now.width, event.pointerType !== "mouse");
  showProbe();
}

frame.addEventListener("pointerdown", probeAt);
frame.addEventListener("pointermove", probeAt);
frame.addEventListener("pointerleave", (event) => {
  if (event.pointerType !== "mouse") return; // a finger's last reading stays
  place = null;
  showProbe();
});

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
frame.addEventListener("keydown", (event) => {
  if (!now) return;
  if (event.key === "Escape") place = null;
  else if (STEPS[event.key]) {
    const from = place || { row: now.height >> 1, column: now.width >> 1 };
    const [down, right] = place ? STEPS[event.key] : [0, 0];
    const far = event.shiftKey ? 10 : 1;
    const within = (value, size) => Math.min(size - 1, Math.max(0, value));
    place = { row: within(from.row + far * down, now.height), column: within(from.column + far * right, now.width) };
  } else return;
  event.preventDefault();
  showProbe();
});

// The controls

const opacity = find("input.opacity");
const unsure = find("input.unsure");

function readControls() {
  options.opacity = opacity.value / 100;
  options.unsure = Number(unsure.value);
  opacity.disabled = !["overlay", "grid"].includes(options.view);
  unsure.disabled = options.view === "confidence";
  find(".opacity-value").textContent = opacity.value + " %";
  const kept = covered ? ", " + Seg.percent(covered[surest(options.unsure)]) + " left" : "";
  find(".unsure-value").textContent = options.unsure ? options.unsure + " %" + kept : "off";
  [opacity, unsure].forEach(Seg.fillSlider);
  showProbe();
  redraw();
}

function setView(id) {
  options.view = id;
  for (const radio of element.querySelectorAll(".views input")) radio.checked = radio.value === id;
  if (now) explainView(find(".explain"), VIEWS.find((view) => view.id === id), now);
  readControls();
}

const group = "seg-view-" + Math.random().toString(36).slice(2);
for (const view of VIEWS) {
  const label = document.createElement("label");
  label.innerHTML = '<input type="radio"><span></span>';
  Object.assign(label.firstChild, { name: group, value: view.id });
  label.lastChild.textContent = view.name;
  label.firstChild.addEventListener("change", () => setView(view.id));
  find(".views").append(label);
}
opacity.addEventListener("input", readControls);
unsure.addEventListener("input", readControls);

// A new photo

function showNumbers() {
  const { height, width } = now;
  const count = height * width;
  find(".number").textContent = Seg.number(count);
  find(".decisions").textContent =
    "decisions for this one photo: " + Seg.number(width) + " × " + Seg.number(height) + " pixels, with 21 scores each. That is " + Seg.number(21 * count) + " numbers.";
  find(".wrong").innerHTML = "If 99 % of them were right, <b></b> pixels would still be wrong.";
  find(".wrong b").textContent = Seg.number(0.01 * count);
}

Seg.onPrediction(element, (current) => {
  now = current;
  place = null;
  cells = null;
  options.only = null;
  edges = findBoundaries(now.labels, now.height, now.width);
  covered = coverage(now.confidence);
  for (const canvas of [photo, mask]) Object.assign(canvas, { width: now.width, height: now.height });
  photo.getContext("2d").drawImage(now.image, 0, 0);
  layer = new ImageData(now.width, now.height);
  pixels = new Uint32Array(layer.data.buffer);
  find(".empty").hidden = true;
  frame.classList.add("shown");
  find(".credit").textContent = now.credit ? now.name + ". Photo: " + now.credit : now.name;
  const found = [...now.classes].sort((a, b) => !a.id - !b.id); // background, the rest of the photo, comes last
  buildLegend(find(".legend"), found, (id) => {
    options.only = id;
    redraw();
  });
  showNumbers();
  setView(options.view);
  fit();
});

document.addEventListener("seg-working", ({ detail }) => {
  find(".busy").hidden = !detail;
  element.classList.toggle("working", Boolean(detail));
});
new ResizeObserver(fit).observe(stage);
readControls();
linkWithAddress();
