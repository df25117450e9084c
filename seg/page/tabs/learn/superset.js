// The experiment with a mask that grows all round: its IoU can be predicted from areas alone.
import { inflateSmooth } from "../../shared/codec.js";
import { number, plural } from "../../shared/words.js";
import {
  classColor,
  className,
  describePicture,
  drawBytes,
  make,
  picture,
  rgba,
  score,
  signalBeside,
  slider,
  svg,
} from "./canvases.js";
import { objectPicker, replaceKeepingFocus } from "./objects.js";

export function supersetFigure(slot) {
  let started = null; // the photo the slider was last set for
  let chosen = 0;
  return async ({ now, figures, choose }) => {
    const data = figures.superset;
    if (!data) return slot.replaceChildren();
    const { id, pixels, points, most } = data;
    const distance = await inflateSmooth(data.distance, now.height, now.width);
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
