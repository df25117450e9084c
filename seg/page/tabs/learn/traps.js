// The four experiments. Each answers its slider in the browser, from what the server sent once.
import { inflate } from "../../shared/codec.js";
import { number, percent, plural } from "../../shared/words.js";
import {
  choice,
  classColor,
  className,
  describePicture,
  drawBytes,
  labelColors,
  make,
  picture,
  rgba,
  score,
  signalBeside,
  slider,
  svg,
  verdicts,
} from "./canvases.js";

export function accuracyFigure(slot) {
  const drawn = picture("Right and wrong");
  const chooser = make("div");
  const meters = make("div.meters");
  const words = make("p.seg-note", { role: "status" });
  slot.append(
    make(
      "div.pair",
      {},
      drawn.figure,
      make("div.card", {}, make("p.seg-label", {}, "Answer for every pixel"), chooser, meters, words),
    ),
  );
  let data = null;
  let now = null;

  const meter = (title, number, text) =>
    make(
      "div.meter-row",
      {},
      make("span", {}, title),
      make("b.seg-figure", {}, text),
      make("i.meter", { "aria-hidden": "true" }, make("i", { style: "width:" + 100 * number + "%" })),
    );
  const draw = (id) => {
    const { accuracy, mean_iou } = data.answers.find((answer) => answer.id === id);
    meters.replaceChildren(
      meter("pixel accuracy", accuracy, percent(accuracy)),
      meter("mean IoU", mean_iou, score(mean_iou)),
    );
    slot.dataset.answer = id;
    const right = verdicts().good;
    const wrong = verdicts().bad;
    const [good, bad] = [rgba(right.color, 0.55), rgba(wrong.color, 0.6)];
    drawBytes(drawn.canvas, now.height, now.width, (i) => (now.labels[i] === id ? good : bad), now.image);
    describePicture(
      drawn,
      right.name + ": pixels that “" + className(id) + "” is right for. " + wrong.name + ": the others.",
    );
    words.textContent =
      accuracy === 0
        ? "Nothing of it is in this mask: both are 0."
        : accuracy === 1
          ? "Every pixel is that, so both are perfect."
          : "Accuracy is " +
            (accuracy / mean_iou).toFixed(0) +
            " times the mean IoU, because " +
            number(Math.round(accuracy / mean_iou)) +
            " classes share the mean and only one is ever right.";
  };

  return (given) => {
    now = given.now;
    data = given.figures.accuracy;
    const options = data.answers
      .slice(0, 6)
      .map(({ id }) => ({ key: id, title: className(id), color: classColor(id) }));
    chooser.replaceChildren(choice("Answer for every pixel", options, data.answers[0].id, draw));
    draw(data.answers[0].id);
  };
}

export function supersetFigure(slot) {
  let started = null; // the photo the slider was last set for
  let chosen = 0;
  return async ({ now, figures, choose }) => {
    const data = figures.superset;
    if (!data) return slot.replaceChildren();
    const { id, pixels, points, most } = data;
    const distance = await inflate(data.distance, now.height * now.width);
    if (started !== now) [started, chosen] = [now, data.start];
    const reached = new Float64Array(256);
    for (let i = 0; i < distance.length; i++) reached[distance[i]] += 1;
    const areas = []; // of the mask grown by n
    for (let n = 0, sum = 0; n <= most; n++) areas.push((sum += reached[n]));
    const drawn = picture("Grown " + className(id));
    const { chart, mark } = growthChart(points, areas, pixels);
    const words = make("p.says-big.seg-figure", { role: "status" });
    let planned = null;
    const draw = (n) => {
      const [inside, extra] = [rgba(classColor(id), 0.65), rgba(signalBeside(classColor(id)).color, 0.62)];
      drawBytes(
        drawn.canvas,
        now.height,
        now.width,
        (i) => (distance[i] === 0 ? inside : distance[i] <= n ? extra : 0),
        now.image,
      );
      planned = null;
    };
    const control = slider("Grow the mask all round by", most, chosen, (n) => {
      chosen = n;
      planned ??= requestAnimationFrame(() => draw(Number(control.input.value)));
      mark(n);
      const iou = pixels / areas[n];
      words.replaceChildren(
        make("b", {}, "IoU " + score(iou)),
        " = " + number(pixels) + " true / " + number(areas[n]) + " in the mask",
      );
      describePicture(
        drawn,
        signalBeside(classColor(id)).name +
          ": what the mask covers beyond the " +
          className(id) +
          ", " +
          plural(areas[n] - pixels, "pixel") +
          ".",
      );
      slot.dataset.n = n;
      slot.dataset.iou = iou;
      return n + " px";
    });
    replaceKeepingFocus(
      slot,
      make(
        "div.pair",
        {},
        drawn.figure,
        make(
          "div.card",
          {},
          objectPicker(now, id, "Which mask grows", choose("superset")),
          control.element,
          words,
          chart,
        ),
      ),
    );
    control.follow();
    draw(chosen);
    slot.dataset.label = id;
  };
}

// Which of the photo's classes an experiment is about, largest first; nothing to choose where there is one.
function objectPicker(now, id, label, callback) {
  const found = now.classes.filter((entry) => entry.id).sort((a, b) => b.pixels - a.pixels);
  if (found.length < 2) return "";
  const options = found.map((entry) => ({ key: entry.id, title: entry.name, color: classColor(entry.id) }));
  return make("div.object", {}, make("p.seg-label", {}, label), choice(label, options, id, callback));
}

// Draws a slot anew; where the keyboard was on one of its class buttons, it is on the one now chosen.
function replaceKeepingFocus(slot, content) {
  const held = slot.contains(document.activeElement) && document.activeElement.type === "radio";
  slot.replaceChildren(content);
  if (held) slot.querySelector(".object input:checked")?.focus();
}

// IoU against n: the predicted line, the measured points, and a mark that follows the slider.
function growthChart(points, areas, pixels) {
  const [W, H, left, bottom, top, right] = [440, 220, 46, 30, 10, 10];
  const most = areas.length - 1;
  const x = (n) => left + ((W - left - right) * n) / most;
  const y = (iou) => H - bottom - (H - bottom - top) * iou;
  const chart = svg("svg", { viewBox: "0 0 " + W + " " + H, class: "chart", role: "img" });
  for (const iou of [0, 0.25, 0.5, 0.75, 1])
    chart.append(
      svg("line", { class: "grid", x1: left, x2: W - right, y1: y(iou), y2: y(iou) }),
      svg("text", { x: left - 6, y: y(iou) + 4, "text-anchor": "end" }, iou),
    );
  for (const n of [0, 20, 40, 60, 80])
    if (n <= most)
      chart.append(
        svg("text", { x: x(n), y: H - 8, "text-anchor": n === most ? "end" : "middle" }, n + (n === most ? " px" : "")),
      );
  chart.append(
    svg("path", {
      class: "line",
      d: areas.map((area, n) => (n ? "L" : "M") + x(n).toFixed(1) + " " + y(pixels / area).toFixed(1)).join(""),
    }),
  );
  for (const { n, iou } of points) chart.append(svg("circle", { class: "point", cx: x(n), cy: y(iou), r: 4 }));
  const rule = svg("line", { class: "now", y1: top, y2: H - bottom });
  const dot = svg("circle", { class: "now-dot", r: 6 });
  chart.append(rule, dot);
  chart.setAttribute(
    "aria-label",
    "IoU against pixels grown. Measured: " +
      points.map(({ n, iou }) => n + " px " + score(iou, 2)).join(", ") +
      ". The predicted line runs through all of them.",
  );
  const mark = (n) => {
    for (const side of ["x1", "x2"]) rule.setAttribute(side, x(n));
    dot.setAttribute("cx", x(n));
    dot.setAttribute("cy", y(pixels / areas[n]));
  };
  const keys = make(
    "p.seg-label.keys",
    {},
    make("span.key.line", {}, "predicted: truth / mask"),
    make("span.key.dot", {}, "measured IoU"),
  );
  return { chart: make("div", {}, keys, chart), mark };
}

export function specklesFigure(slot) {
  const [network, colours] = [picture("The network"), picture("Colours alone")];
  const control = make("div");
  slot.append(make("div.pictures.two", {}, network.figure, colours.figure), control);

  return async ({ now, figures }) => {
    const data = figures.speckles;
    const maps = await Promise.all(data.rows.map(({ map }) => inflate(map, now.height * now.width)));
    const colors = labelColors(0.75, 0);
    drawBytes(network.canvas, now.height, now.width, (i) => colors[now.labels[i]], now.image);
    describePicture(network, plural(data.network, "blob") + ", background included");
    const steps = slider(
      "Shades it tells apart in red, in green and in blue",
      data.rows.length - 1,
      data.start,
      (k) => {
        const { levels, blobs, agree } = data.rows[k];
        drawBytes(colours.canvas, now.height, now.width, (i) => colors[maps[k][i]], now.image);
        describePicture(
          colours,
          plural(blobs, "blob") + ". Agrees with the network on " + percent(agree) + " of the pixels.",
        );
        slot.dataset.levels = levels;
        slot.dataset.blobs = blobs;
        return levels + " shades each, " + number(levels ** 3) + " colours";
      },
    );
    control.replaceChildren(steps.element);
    steps.follow();
  };
}

export function thinFigure(slot) {
  return async ({ now, figures, choose }) => {
    const data = figures.thin;
    if (!data) return slot.replaceChildren();
    const { id, rows } = data;
    const gone = await inflate(data.gone, now.height * now.width);
    const mask = new Uint8Array(gone.length);
    for (let i = 0; i < mask.length; i++) mask[i] = now.labels[i] === id ? 1 : 0;
    const drawn = picture("What is lost of the " + className(id));
    const meters = make("div.meters");
    const words = make("p.says-big.seg-figure", { role: "status" });
    const meter = (title, number) =>
      make(
        "div.meter-row",
        {},
        make("span", {}, title),
        make("b.seg-figure", {}, score(number)),
        make("i.meter", { "aria-hidden": "true" }, make("i", { style: "width:" + 100 * number + "%" })),
      );
    const control = slider("Erase what is thinner than", rows.length - 1, data.start, (k) => {
      const { w, lost, pieces, iou, boundary_iou } = rows[k];
      const [kept, away] = [rgba(classColor(id), 0.6), rgba(signalBeside(classColor(id)).color, 0.95)];
      drawBytes(drawn.canvas, now.height, now.width, (i) => (gone[i] <= w ? away : mask[i] ? kept : 0), now.image);
      meters.replaceChildren(meter("IoU", iou), meter("boundary IoU", boundary_iou));
      words.textContent = lost
        ? plural(lost, "pixel") +
          " lost in " +
          plural(pieces, "place") +
          ", " +
          percent(lost / data.pixels) +
          " of the " +
          className(id)
        : "Nothing is that thin: nothing lost.";
      describePicture(
        drawn,
        lost
          ? signalBeside(classColor(id)).name + ": parts thinner than " + w + " px."
          : "No part is thinner than " + w + " px.",
        words.textContent,
      );
      slot.dataset.w = w;
      slot.dataset.iou = iou;
      slot.dataset.lost = lost;
      return w + " px";
    });
    replaceKeepingFocus(
      slot,
      make(
        "div.pair",
        {},
        drawn.figure,
        make(
          "div.card",
          {},
          objectPicker(now, id, "Which mask loses its thin parts", choose("thin")),
          control.element,
          words,
          meters,
        ),
      ),
    );
    control.follow();
    slot.dataset.label = id;
  };
}
