// The curve: IoU and share of the photo against tau, as wide as its place. The axis has one step per tick of the
// slider: colours run twice as fast beyond 64, where a tick is 2. What lies off the target is the red part of the share.
import { iouAt } from "./curve.js";

const MARGIN = { left: 30, right: 44, top: 22, bottom: 20 };

function svgNode(name, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function chartScale(svg, taus) {
  const { clientWidth: width, clientHeight: height } = svg;
  const across = width - MARGIN.left - MARGIN.right;
  const down = height - MARGIN.top - MARGIN.bottom;
  return {
    width,
    height,
    last: taus.length - 1,
    x: (tick) => MARGIN.left + (across * tick) / (taus.length - 1),
    y: (share) => MARGIN.top + down * (1 - share),
    tick: (x) => Math.min(taus.length - 1, Math.max(0, Math.round(((x - MARGIN.left) / across) * (taus.length - 1)))),
  };
}

// marks: {now, best, leak}, each a tick or null.
export function drawChart(svg, curve, { taus, axis }, marks) {
  const scale = chartScale(svg, taus);
  if (scale.width < 80) return;
  const { x, y, last } = scale;
  const parts = [];
  for (const share of [0, 0.5, 1]) {
    parts.push(svgNode("line", { class: "grid", x1: x(0), x2: x(last), y1: y(share), y2: y(share) }));
    parts.push(svgNode("text", { x: MARGIN.left - 6, y: y(share) + 4, "text-anchor": "end" }, share));
    parts.push(svgNode("text", { x: x(last) + 6, y: y(share) + 4 }, 100 * share + " %"));
  }
  const crowded = scale.width < 420;
  axis.forEach((tau, i) => {
    if (crowded && i % 2) return;
    if (Math.abs(x(taus.indexOf(tau)) - x(marks.now)) < 25) return; // the current tau is written there
    parts.push(svgNode("text", { x: x(taus.indexOf(tau)), y: scale.height - 4, "text-anchor": "middle" }, tau));
  });
  if (curve && curve.ticks.length) {
    const points = (share) => curve.ticks.map((tick) => x(tick).toFixed(1) + " " + y(share(tick)).toFixed(1));
    const area = points((tick) => curve.area[tick] / curve.count);
    const held = points((tick) => curve.hits[tick] / curve.count);
    const ground = [x(0) + " " + y(0), ...held, x(curve.ticks.at(-1)) + " " + y(0)];
    parts.push(svgNode("path", { class: "fill", d: "M" + ground.join("L") + "Z" }));
    parts.push(svgNode("path", { class: "spill", d: "M" + [...area, ...held.reverse()].join("L") + "Z" }));
    parts.push(svgNode("path", { class: "area-line", d: "M" + area.join("L") }));
    parts.push(svgNode("path", { class: "iou-line", d: "M" + points((tick) => iouAt(curve, tick)).join("L") }));
  }
  svg.replaceChildren(...parts, ...drawMarks(scale, curve, taus, marks));
}

// A label above the plot at x, inside the picture.
function topLabel(scale, x, text, kind) {
  const anchor = x < 70 ? "start" : x > scale.width - 70 ? "end" : "middle";
  return svgNode(
    "text",
    {
      class: kind + " halo",
      x: anchor === "start" ? Math.max(2, x - 20) : anchor === "end" ? Math.min(scale.width, x + 40) : x,
      y: 12,
      "text-anchor": anchor,
    },
    text,
  );
}

function drawMarks(scale, curve, taus, { now, best, leak }) {
  const { x, y } = scale;
  const parts = [];
  if (leak !== null) {
    parts.push(svgNode("line", { class: "leak-line", x1: x(leak), x2: x(leak), y1: y(0), y2: y(1) }));
  }
  if (best !== null) parts.push(svgNode("circle", { class: "best-dot", cx: x(best), cy: y(iouAt(curve, best)), r: 5 }));
  parts.push(svgNode("line", { class: "now", x1: x(now), x2: x(now), y1: y(0), y2: y(1) }));
  if (curve && curve.ticks.includes(now))
    parts.push(svgNode("circle", { class: "now-dot", cx: x(now), cy: y(iouAt(curve, now)), r: 4 }));
  parts.push(
    svgNode("text", { class: "now-label halo", x: x(now), y: scale.height - 4, "text-anchor": "middle" }, taus[now]),
  );
  // The two labels share the line above the plot where there is room; else the leak's goes inside.
  if (best !== null)
    parts.push(topLabel(scale, x(best), "best " + iouAt(curve, best).toFixed(2) + " at " + taus[best], "best"));
  if (leak !== null) {
    const near = best !== null && Math.abs(x(best) - x(leak)) < 120;
    const right = x(leak) < scale.width - 130;
    if (near)
      parts.push(
        svgNode(
          "text",
          { class: "leak halo", x: x(leak) + (right ? 6 : -6), y: y(0.08), "text-anchor": right ? "start" : "end" },
          "leak at " + taus[leak],
        ),
      );
    else parts.push(topLabel(scale, x(leak), "leak at " + taus[leak], "leak"));
  }
  return parts;
}

// Pointing at the chart, while there is a curve, picks the tick there. current() -> {curve, taus}
export function listenForTicks(chart, current, pick) {
  const take = (event) => {
    const { curve, taus } = current();
    if (curve) pick(chartScale(chart, taus).tick(event.clientX - chart.getBoundingClientRect().left));
  };
  chart.addEventListener("pointerdown", (event) => {
    chart.setPointerCapture(event.pointerId);
    take(event);
  });
  chart.addEventListener("pointermove", (event) => {
    if (chart.hasPointerCapture(event.pointerId)) take(event);
  });
}
