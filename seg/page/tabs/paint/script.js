// Two linked canvases over one label map, and the score of what is on them. Put together here.
//   raster.js    strokes, polygons and fills on bytes       painting.js  the map of each photo, undo and redo
//   layer.js     its colours, the error map                 view.js      zoom and pan
//   tools.js     pointers become strokes                    cursor.js    what follows the pointer
//   controls.js  tool bar, class picker, keys               masks.js     one-click masks
//   scoring.js   to the server and back                     panel.js     the numbers
//   objects.js   the object at a click                      division.js  what IoU is, in shapes and pixels
//   saving.js    paintings that survive a reload            guide.js     the guide, the errors
//   unseen.js    a class of a few pixels that caps the mean
// They share `board`: what each of them adds to it is at its end.
import { classes } from "../../shared/classes.js";
import { checksum } from "../../shared/codec.js";
import { onPrediction, page } from "../../shared/page.js";
import { setPalette } from "../../shared/palette.js";
import { flatten } from "../../shared/pictures.js";
import { addControls } from "./controls.js";
import { addCursor } from "./cursor.js";
import { addDivision } from "./division.js";
import { addGuide } from "./guide.js";
import { drawGuide, drawLayer, followTints } from "./layer.js";
import { addMasks } from "./masks.js";
import { addObjects } from "./objects.js";
import { nextStroke, paintingOf, photoKey } from "./painting.js";
import { addPanel } from "./panel.js";
import { grow } from "./raster.js";
import { saveAtOnce, savePainting } from "./saving.js";
import { addScoring } from "./scoring.js";
import { addTools } from "./tools.js";
import { addUnseen } from "./unseen.js";
import { addView } from "./view.js";

export function mount({ element, props, facts, trigger, watch }) {
  const board = {
    element,
    find,
    piece: { element, props, facts, trigger, watch },
    now: null, // the photo in front of the visitor
    truth: 0, // checksum of the model's labels: the truth that answers must belong to
    painting: null,
    pinned: null, // the class whose errors are kept on screen
    look: { errors: false, only: null, palette: "usual", stripe: 4 },
    tool: { name: "brush", label: 0, size: 31, space: false }, // size: diameter in map pixels, odd
    gesture: null, // {kind: "stroke" | "tap" | "pan" | "pinch", ...}
    corners: [], // of the polygon under construction
    cursor: null, // {row, column} under the pointer, may be outside the map
    view: { zoom: 1, x: 0, y: 0, fit: 1 }, // fit: CSS pixels per map pixel at zoom 1
    convention: "present",
    shown: null, // the answer on screen
    saved: null, // the promise that the painting is stored as it is
  };
  let layer, pixels, dirty; // the picture of the painting, and the rectangle to bring on screen

  board.pads = [...element.querySelectorAll(".stage")].map((stage) => ({
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
    if (!rect || !board.painting) return;
    drawLayer(
      pixels,
      board.painting,
      board.now.labels,
      { ...board.look, errors: board.look.errors || board.look.only !== null },
      rect,
    );
    for (const { canvas } of board.pads) {
      canvas
        .getContext("2d")
        .putImageData(layer, 0, 0, rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top);
    }
  }

  function save() {
    board.saved = savePainting(board.painting);
  }

  // After every change by the visitor.
  function altered(really) {
    if (really) save();
    changed(really);
  }

  // Nothing is asked when the bytes are the same.
  function changed(really) {
    find(".undo").disabled = !board.painting.undo.length;
    find(".redo").disabled = !board.painting.redo.length;
    find(".clear").disabled = !board.painting.undo.length;
    showEmpty();
    board.showMask();
    if (really) board.askScore();
    else if (board.shown && board.shown.sequence === board.painting.sequence && !board.isScoring()) board.keepScores();
    else if (!board.shown && !board.painting.undo.length) board.clearPanel();
  }

  function showEmpty() {
    const untouched = board.painting && !board.painting.undo.length && !board.painting.redo.length;
    find(".start").hidden = !untouched;
    if (!untouched) return;
    const found = board.now.classes.find(({ id }) => id);
    const { name, id } = classes[board.tool.label];
    find(".start b").textContent = !found
      ? "Pick any class and paint"
      : id
        ? "Paint the " + name
        : "Pick " + found.name + ", paint the " + found.name;
    find(".start span").textContent = found
      ? "on either picture. Your score moves with every stroke."
      : "The model found only background here. Try another photo for a fairer game.";
  }

  // A new photo, or another model's word on the same one

  let opened = 0; // counts the photos to open: a stored painting may come after the next one
  function openPhoto(current) {
    if (board.painting) board.finishGesture();
    const mine = ++opened;
    const painting = paintingOf(current);
    if (!(painting instanceof Promise)) return show(current, painting);
    page.painting = null;
    painting.then((loaded) => mine === opened && show(current, loaded));
  }

  function show(current, painting) {
    if (board.painting) board.finishGesture(); // begun while the painting was loaded
    const samePhoto = board.now && photoKey(board.now) === photoKey(current);
    board.now = current;
    board.truth = checksum(board.now.labels);
    board.painting = painting;
    board.painting.truth = board.truth;
    page.painting = board.painting; // for whoever wants to know what is painted: {height, width, bytes, sequence}
    board.corners = [];
    if (!samePhoto) {
      board.closeClasses();
      board.cursor = null;
      board.tool.label = (board.now.classes.find(({ id }) => id) || { id: 15 }).id;
      board.view.zoom = 1;
      board.pinned = board.look.only = null;
      find(".photo").width = board.now.width;
      find(".photo").height = board.now.height;
      find(".photo").getContext("2d").drawImage(board.now.image, 0, 0);
      layer = new ImageData(board.now.width, board.now.height);
      pixels = new Uint32Array(layer.data.buffer);
      for (const { canvas } of board.pads) Object.assign(canvas, { width: board.now.width, height: board.now.height });
    }
    drawGuide(find("canvas.guide"), board.now.labels, board.now.height, board.now.width);
    element.dataset.truth = board.truth;
    board.clearPanel();
    board.showTrivial();
    board.buildPicker();
    board.fitPapers();
    board.showErrors();
    board.sayGuide();
    board.painting.sequence = nextStroke(); // answers to what was asked about another photo or model are no longer wanted
    changed(board.painting.undo.length > 0 || Boolean(board.painting.oneClick)); // "All background" may have changed no pixel
    board.sendWanted();
    element.dataset.ready = page.revision;
    document.dispatchEvent(new CustomEvent("seg-painting"));
  }

  Object.assign(board, { altered, save, redraw, showEmpty });
  addGuide(board);
  addTools(board);
  addView(board);
  addCursor(board);
  addControls(board);
  addDivision(board);
  addUnseen(board);
  addPanel(board);
  addMasks(board);
  addObjects(board);
  addScoring(board);

  onPrediction(element, (current) => {
    showJudges();
    openPhoto(current);
  });
  document.addEventListener("seg-second-opinion", () => {
    const second = find(".judge select").value === "second";
    showJudges();
    if (second) openPhoto(page.current); // the second model's labels are gone, or others came
  });
  find(".judge select").addEventListener("change", ({ target }) =>
    openPhoto(target.value === "second" ? { ...page.current, ...page.secondOpinion } : page.current),
  );

  // Other colours for the same classes: one switch for the whole page, with a second handle beside the error map.
  function followPalette() {
    board.look.palette = page.palette === "safe" ? "safe" : "usual";
    find(".safe-toggle").checked = page.palette === "safe";
    followTints();
    if (board.now) {
      drawGuide(find("canvas.guide"), board.now.labels, board.now.height, board.now.width);
      board.buildPicker();
    }
    board.redrawBars();
    board.moveCursor();
    board.showErrors();
  }

  // Whose labels the painting is graded against: the model's, or, after a second opinion, the second model's.
  // The choice is there as long as `page.secondOpinion` is; a new photo, model or second opinion begins with the model's own again.

  function showJudges() {
    const { secondOpinion, current } = page;
    const select = find(".judge select");
    find(".judge").hidden = !secondOpinion;
    select.replaceChildren(new Option("A: " + current.modelTitle, "first"));
    if (secondOpinion) select.add(new Option("B: " + secondOpinion.title, "second"));
  }

  page.drawings.paint = () =>
    board.now && {
      canvas: flatten([find(".photo"), find("canvas.guide"), board.pads[0].canvas]),
      word: "painting",
    };

  // Wires

  for (const pad of board.pads) {
    const { stage } = pad;
    stage.addEventListener("pointerdown", (event) => board.pointerDown(pad, event));
    stage.addEventListener("pointermove", (event) => board.pointerMove(pad, event));
    stage.addEventListener("pointerup", (event) => board.pointerUp(pad, event));
    stage.addEventListener("pointercancel", board.pointerLost);
    stage.addEventListener("pointerleave", () => {
      if (board.gesture) return;
      board.cursor = null;
      board.moveCursor();
    });
    stage.addEventListener("wheel", (event) => board.wheel(pad, event), { passive: false });
    stage.addEventListener("dblclick", () => board.tool.name === "polygon" && board.closePolygon());
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
  }
  for (const name of board.TOOLS)
    find('[data-tool="' + name + '"]').addEventListener("click", () => board.pickTool(name));
  const clicks = {
    ".undo": () => board.undo(false),
    ".redo": () => board.undo(true),
    ".clear": board.clearAll,
    ".guide-toggle": board.toggleGuide,
    ".zoom-in": () => board.zoomTo(board.view.zoom * 1.5),
    ".zoom-out": () => board.zoomTo(board.view.zoom / 1.5),
    ".zoom-fit": () => board.zoomTo(1),
  };
  for (const [selector, act] of Object.entries(clicks))
    find(selector).addEventListener("click", () => board.painting && act());
  find(".size").max = board.SIZES.length - 1;
  find(".size").addEventListener("input", (event) => board.setSize(Number(event.target.value)));
  find(".guide-opacity").addEventListener("input", board.setOpacity);
  find(".errors-toggle").addEventListener("change", (event) => board.setErrors(event.target.checked));
  find(".safe-toggle").addEventListener("change", (event) => setPalette(event.target.checked ? "safe" : "voc"));
  document.addEventListener("seg-palette", followPalette);
  find(".convention").addEventListener("change", (event) => board.setConvention(event.target.value));
  document.addEventListener("keydown", board.keyDown);
  document.addEventListener("keyup", board.keyUp);
  addEventListener("pagehide", () => {
    board.finishGesture();
    saveAtOnce();
  });
  new ResizeObserver(board.fitPapers).observe(board.pads[0].stage);
  board.buildMasks();
  board.pickTool("brush");
  board.setSize(board.SIZES.indexOf(31));
  board.setGuide(true);
  board.setOpacity();
  followPalette();
}
