// The photo, the layer over it, the probe and the pin. Put together here.
//   layers.js   labels to pixels       views.js     what each view says     legend.js    the classes found
//   pointing.js which pixel is pointed at or pinned                          probe.js     what it says of it
//   pinned.js   the pinned one         inspector.js its 21 bars
//   sampling.js where the ASPP looks; ../../shared/scores.js has the scores of one pixel
//   compare.js  cells beside labels    painted.js   the visitor's painting where the network is sure
//   rings.js    around what is too small to be seen              known.js    all classes there are
//   picture.js  the photo as the view shows it
import { address } from "../../shared/address.js";
import { addChoices } from "../../shared/choices.js";
import { onPrediction, page } from "../../shared/page.js";
import { fillSlider } from "../../shared/slider.js";
import { number, percent } from "../../shared/words.js";
import { linkWithAddress } from "./address.js";
import { splitHandle } from "./compare.js";
import { showKnown } from "./known.js";
import { UNSURE, coverage, coverageByClass, drawLayer, findBoundaries, spreadCells, surest } from "./layers.js";
import { buildLegend, countInLegend } from "./legend.js";
import { tellPainted } from "./painted.js";
import { pictureOf } from "./picture.js";
import { addInspector } from "./pinned.js";
import { addPointing } from "./pointing.js";
import { addProbe } from "./probe.js";
import { drawRings } from "./rings.js";
import { VIEWS, explainView } from "./views.js";

export function mount({ element, props, facts, trigger, watch }) {
  const find = (selector) => element.querySelector(selector);
  const stage = find(".stage");
  const frame = find(".frame");
  const photo = find("canvas.photo");
  const mask = find("canvas.mask");
  const final = find("canvas.final");
  const options = { view: "overlay", opacity: 0.6, only: null, unsure: 0, stripe: 4 };
  let now = null;
  let edges, cells, covered, byClass, layer, pixels; // of the current photo
  let showShares = () => {}; // the legend's
  let planned = 0;

  const pointing = addPointing(
    element,
    () => now,
    () => probe.show(),
    () => inspector.show(),
  );
  const { setPin } = pointing;
  const probe = addProbe(element, () => ({ now, place: pointing.place, pin: pointing.pin, unsure: options.unsure }));
  const asking = () => ({ now, pin: pointing.pin });
  const inspector = addInspector({ element, props, facts, trigger, watch }, asking, probe.onFrame);

  // Drawing

  const shownScale = () => frame.clientWidth / now.width; // CSS pixels per pixel of the photo

  function redraw() {
    if (!now || planned) return;
    planned = requestAnimationFrame(() => {
      planned = 0;
      if (options.view === "grid" && !cells) cells = spreadCells(now.coarse, now.height, now.width, now.alignCorners);
      drawLayer(pixels, now, edges, cells, options);
      drawRings(find(".rings"), now, options.only, shownScale());
      mask.getContext("2d").putImageData(layer, 0, 0);
      if (options.view === "grid") {
        drawLayer(pixels, now, edges, cells, { ...options, view: "final" });
        final.getContext("2d").putImageData(layer, 0, 0);
      }
      Object.assign(frame.dataset, {
        view: options.view,
        only: options.only ?? "",
        drawn: Number(frame.dataset.drawn || 0) + 1,
      });
      element.dataset.ready = page.revision;
    });
  }

  // The frame is the photo's rectangle on the screen: as large as the stage allows, its proportions kept.
  function fit() {
    if (!now || !stage.clientWidth) return;
    const tall = parseFloat(getComputedStyle(element).getPropertyValue("--seg-stage"));
    const scale = Math.min(stage.clientWidth / now.width, tall / now.height);
    frame.style.width = Math.round(now.width * scale) + "px";
    frame.style.height = Math.round(now.height * scale) + "px";
    for (const canvas of [mask, final]) canvas.classList.toggle("sharp", scale * devicePixelRatio >= 1);
    const stripe = Math.max(2, Math.round(5 / scale));
    if (stripe !== options.stripe) {
      options.stripe = stripe;
      redraw();
    }
    drawRings(find(".rings"), now, options.only, shownScale());
    probe.show();
    inspector.showSampling();
  }

  // The controls

  const opacity = find("input.opacity");
  const unsure = find("input.unsure");

  function readControls() {
    options.opacity = opacity.value / 100;
    options.unsure = Number(unsure.value);
    opacity.disabled = !["overlay", "grid"].includes(options.view);
    unsure.disabled = options.view === "confidence";
    find(".opacity-value").textContent = opacity.value + " %";
    const kept = covered ? ": " + percent(covered[surest(options.unsure)], 0) + " stay" : "";
    find(".unsure-value").textContent = options.unsure ? options.unsure + " %" + kept : "off";
    for (const slider of [opacity, unsure]) fillSlider(slider);
    countShares();
    showPainted();
    probe.show();
    redraw();
  }

  // What each class keeps, and what is "unsure" now.
  function countShares() {
    if (!now || !options.unsure || options.view === "confidence") return showShares(null);
    byClass ??= coverageByClass(now.labels, now.confidence);
    const least = surest(options.unsure);
    const kept = now.classes.map(({ id }) => [id, byClass[257 * id + least] / now.labels.length]);
    showShares(new Map([...kept, [UNSURE, 1 - covered[least]]]));
  }

  // The painting may have changed while its tab was open: look again whenever this one is seen.
  function showPainted() {
    if (now) tellPainted(find(".painted"), now, page.painting, options.view === "confidence" ? 0 : options.unsure);
  }
  new IntersectionObserver(showPainted).observe(stage);

  const split = splitHandle(find(".split"), frame, (percent) => {
    final.style.clipPath = "inset(0 0 0 " + percent + "%)";
    if (options.view === "grid") mask.style.clipPath = "inset(0 " + (100 - percent) + "% 0 0)";
  });

  function setView(id) {
    options.view = id;
    final.hidden = find(".split").hidden = id !== "grid";
    mask.style.clipPath = "";
    if (id === "grid") split.set(Number(find(".split").getAttribute("aria-valuenow")));
    for (const radio of element.querySelectorAll(".views input")) radio.checked = radio.value === id;
    if (now)
      explainView(
        find(".explain"),
        VIEWS.find((view) => view.id === id),
        now,
        facts.networks[now.model],
      );
    readControls();
  }

  addChoices(find(".views"), VIEWS, options.view, setView);
  opacity.addEventListener("input", readControls);
  unsure.addEventListener("input", readControls);

  page.drawings.segment = () =>
    now && (options.view !== "overlay" || options.only !== null)
      ? {
          canvas: pictureOf({ photo, mask, final }, options.view, find(".split").getAttribute("aria-valuenow")),
          word: options.view,
        }
      : null;

  // A new photo

  function showNumbers() {
    const { height, width } = now;
    const count = height * width;
    find(".number").textContent = number(count);
    find(".decisions").textContent =
      "decisions for this one photo: " +
      number(width) +
      " × " +
      number(height) +
      " pixels, with 21 scores each. That is " +
      number(21 * count) +
      " numbers.";
    find(".wrong").innerHTML = "If 99 % of them were right, <b></b> pixels would still be wrong.";
    find(".wrong b").textContent = number(0.01 * count);
  }

  onPrediction(element, (current) => {
    now = current;
    pointing.leave();
    inspector.begin();
    cells = null;
    options.only = null;
    edges = findBoundaries(now.labels, now.height, now.width);
    covered = coverage(now.confidence);
    byClass = null;
    for (const canvas of [photo, mask, final]) Object.assign(canvas, { width: now.width, height: now.height });
    photo.getContext("2d").drawImage(now.image, 0, 0);
    layer = new ImageData(now.width, now.height);
    pixels = new Uint32Array(layer.data.buffer);
    find(".empty").hidden = true;
    frame.classList.add("shown");
    const [tall, wide] = now.size ?? [0, 0];
    const scaled = tall > now.height ? ", scaled down from " + number(wide) + " × " + number(tall) + " pixels" : "";
    find(".credit").textContent = now.credit ? now.name + ". Photo: " + now.credit : now.name + scaled;
    find(".credit").title = find(".credit").textContent; // where it is cut off
    listClasses();
    showNumbers();
    setView(options.view);
    fit();
    setPin(address.get("pixel") ?? null);
  });

  function listClasses() {
    const found = [...now.classes].sort((a, b) => !a.id - !b.id); // background, the rest of the photo, comes last
    showShares = buildLegend(find(".legend"), found, (id) => {
      options.only = id;
      redraw();
    });
    showKnown(find(".known"), found);
    countShares();
    countIndividuals();
  }

  function countIndividuals() {
    find(".counted-by").hidden = !countInLegend(find(".legend"), now.classes);
  }
  document.addEventListener("seg-individuals", () => now && countIndividuals());

  // Other colours for the same classes
  document.addEventListener("seg-palette", () => {
    if (!now) return;
    options.only = null;
    listClasses();
    redraw();
    inspector.show();
    probe.show();
  });

  document.addEventListener("seg-working", ({ detail }) => {
    find(".busy").hidden = !detail;
    element.classList.toggle("working", Boolean(detail));
  });
  split.set(50);
  new ResizeObserver(fit).observe(stage);
  readControls();
  linkWithAddress({ element, opacity, unsure, options, setView, setPin });
}
