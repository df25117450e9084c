// MaskSketchpad: two linked canvases over one label map, and the score of what is on them. Put together here.
//   raster.js    strokes, polygons and fills on bytes       painting.js  the map of each photo, undo and redo
//   layer.js     its colours, the error map                 view.js      zoom and pan
//   tools.js     pointers become strokes                    cursor.js    what follows the pointer
//   controls.js  tool bar, class picker, keys               masks.js     one-click masks
//   scoring.js   to the server and back                     panel.js     the numbers
//   palette.js   other colours for the same classes
//   judge.js     whose labels are the truth, after a duel

let now = null; // the photo in front of the visitor
let truth = 0; // checksum of the model's labels: the truth that answers must belong to
let painting = null;
let pinned = null; // the class whose errors are kept on screen
const look = { errors: false, only: null, palette: "usual", stripe: 4 };
let layer, pixels, dirty; // the picture of the painting, and the rectangle to bring on screen

const pads = [...element.querySelectorAll(".stage")].map((stage) => ({
  stage,
  paper: stage.querySelector(".paper"),
  canvas: stage.querySelector("canvas.layer"),
  ring: stage.querySelector(".ring"),
  outline: stage.querySelector(".outline"),
}));

function find(selector) {
  return element.querySelector(selector);
}

// Drawing

let planned = 0;
function redraw(rect) {
  dirty = grow(dirty, rect);
  planned = planned || requestAnimationFrame(draw);
}

function draw() {
  planned = 0;
  const rect = dirty;
  dirty = null;
  if (!rect || !painting) return;
  drawLayer(pixels, painting, now.labels, { ...look, errors: look.errors || look.only !== null }, rect);
  for (const { canvas } of pads) {
    canvas.getContext("2d").putImageData(layer, 0, 0, rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top);
  }
}

// After every change of the map. Nothing is asked when the bytes are the same.
function changed(really) {
  find(".undo").disabled = !painting.undo.length;
  find(".redo").disabled = !painting.redo.length;
  find(".clear").disabled = !painting.undo.length;
  showEmpty();
  showPreset();
  if (really) askScore();
  else if (shown && shown.sequence === painting.sequence && !flight) {
    panel.dataset.state = shown.scores.wrong === 0 ? "perfect" : "scored"; // a stroke that changed no pixel
    find(".busy").textContent = STATE_WORDS[panel.dataset.state];
  } else if (!shown && !painting.undo.length) clearPanel();
}

function showEmpty() {
  const untouched = painting && !painting.undo.length && !painting.redo.length;
  find(".start").hidden = !untouched;
  if (!untouched) return;
  const found = now.classes.find(({ id }) => id);
  const { name, id } = Seg.classes[tool.label];
  find(".start b").textContent = !found
    ? "Pick any class and paint"
    : id ? "Paint the " + name : "Pick " + found.name + ", paint the " + found.name;
  find(".start span").textContent = found
    ? "on either picture. Your score moves with every stroke."
    : "The model found only background here. Try another photo for a fairer game.";
}

// Guide and errors

function setGuide(visible) {
  element.dataset.guide = visible ? "shown" : "hidden";
  find(".guide-toggle").textContent = visible ? "Hide the guide" : "Reveal";
  find(".guide-toggle").classList.toggle("primary", !visible);
  find(".guide-opacity").disabled = !visible;
  find("canvas.guide").hidden = !visible;
}

// Predict, then reveal: hiding the guide also hides the error map; revealing shows both.
function toggleGuide() {
  const reveal = element.dataset.guide === "hidden";
  setGuide(reveal);
  setErrors(reveal && painting.undo.length > 0);
}

function setOpacity() {
  const slider = find(".guide-opacity");
  find("canvas.guide").style.opacity = slider.value / 100;
  find(".guide-value").textContent = slider.value + " %";
  Seg.fillSlider(slider);
}

function setErrors(on) {
  look.errors = on;
  if (!on) {
    pinned = look.only = null;
    showPinned();
  }
  find(".errors-toggle").checked = on;
  showErrors();
}

function setOnly(id, keep) {
  if (keep) {
    pinned = id;
    showPinned();
  }
  if (look.only === id) return;
  look.only = id;
  showErrors();
}

const showPinned = () => {
  for (const row of element.querySelectorAll(".bar")) row.setAttribute("aria-pressed", Number(row.dataset.label) === pinned);
};

function showErrors() {
  const on = look.errors || look.only !== null;
  element.dataset.errors = on ? look.palette : "";
  find(".key").hidden = !on;
  find(".safe").hidden = !on;
  for (const [name, color] of Object.entries(ERROR_COLORS[look.palette])) find(".key ." + name).style.background = Seg.rgb(color);
  find(".key .about").textContent = look.only === null ? "" : Seg.classes[look.only].name + ":";
  const { extra, missed } = ERROR_COLORS[look.palette];
  find(".key .striped").hidden = look.only !== null;
  find(".key .striped i").style.background =
    "repeating-linear-gradient(135deg, " + Seg.rgb(extra) + " 0 3px, " + Seg.rgb(missed) + " 3px 6px)";
  if (painting) redraw(whole(painting));
}

// A new photo, or another model's word on the same one

function openPhoto(current) {
  if (painting) finishGesture();
  const samePhoto = now && photoKey(now) === photoKey(current);
  now = current;
  truth = Seg.checksum(now.labels);
  painting = paintingOf(now);
  painting.truth = truth;
  Seg.painting = painting; // for whoever wants to know what is painted: {height, width, bytes, sequence}
  corners = [];
  if (!samePhoto) {
    cursor = null;
    tool.label = (now.classes.find(({ id }) => id) || { id: 15 }).id;
    view.zoom = 1;
    pinned = look.only = null;
    find(".photo").width = now.width;
    find(".photo").height = now.height;
    find(".photo").getContext("2d").drawImage(now.image, 0, 0);
    layer = new ImageData(now.width, now.height);
    pixels = new Uint32Array(layer.data.buffer);
    for (const { canvas } of pads) Object.assign(canvas, { width: now.width, height: now.height });
  }
  drawGuide(find("canvas.guide"), now.labels, now.height, now.width);
  element.dataset.truth = truth;
  clearPanel();
  buildPicker();
  fitPapers();
  showErrors();
  painting.sequence = ++strokes; // answers to what was asked about another photo or model are no longer wanted
  changed(painting.undo.length > 0 || Boolean(painting.preset)); // "All background" may have changed no pixel
  element.dataset.ready = Seg.revision;
}

Seg.onPrediction(element, (current) => {
  showJudges();
  openPhoto(current);
});
document.addEventListener("seg-rival", () => {
  const second = find(".judge select").value === "second";
  showJudges();
  if (second) openPhoto(Seg.current); // the second model's labels are gone, or others came
});
find(".judge select").addEventListener("change", ({ target }) => openPhoto(target.value === "second" ? { ...Seg.current, ...Seg.rival } : Seg.current));

// Wires

for (const pad of pads) {
  const { stage } = pad;
  stage.addEventListener("pointerdown", (event) => pointerDown(pad, event));
  stage.addEventListener("pointermove", (event) => pointerMove(pad, event));
  stage.addEventListener("pointerup", (event) => pointerUp(pad, event));
  stage.addEventListener("pointercancel", pointerLost);
  stage.addEventListener("pointerleave", () => {
    if (gesture) return;
    cursor = null;
    moveCursor();
  });
  stage.addEventListener("wheel", (event) => wheel(pad, event), { passive: false });
  stage.addEventListener("dblclick", () => tool.name === "polygon" && closePolygon());
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
}
for (const name of TOOLS) find('[data-tool="' + name + '"]').addEventListener("click", () => pickTool(name));
const clicks = {
  ".undo": () => undo(false), ".redo": () => undo(true), ".clear": clearAll, ".guide-toggle": toggleGuide,
  ".zoom-in": () => zoomTo(view.zoom * 1.5), ".zoom-out": () => zoomTo(view.zoom / 1.5), ".zoom-fit": () => zoomTo(1),
};
for (const [selector, act] of Object.entries(clicks)) find(selector).addEventListener("click", () => painting && act());
find(".size").max = SIZES.length - 1;
find(".size").addEventListener("input", (event) => setSize(Number(event.target.value)));
find(".guide-opacity").addEventListener("input", setOpacity);
find(".errors-toggle").addEventListener("change", (event) => setErrors(event.target.checked));
find(".safe-toggle").addEventListener("change", (event) => Seg.setPalette(event.target.checked ? "safe" : "voc"));
document.addEventListener("seg-palette", followPalette);
find(".convention").addEventListener("change", (event) => {
  convention = event.target.value;
  if (shown) drawPanel();
  else find(".rule").textContent = CONVENTION_NOTES[convention];
});
document.addEventListener("keydown", keyDown);
document.addEventListener("keyup", keyUp);
watch("value", () => receive(props.value));
new ResizeObserver(fitPapers).observe(pads[0].stage);
buildPresets();
pickTool("brush");
setSize(SIZES.indexOf(31));
setGuide(true);
setOpacity();
followPalette();
