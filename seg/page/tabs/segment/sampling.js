// Where the network's ASPP looks from one pixel: at each atrous rate a 3x3 kernel whose points lie `rate` cells apart.
// (Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017, section 3.3.)
import { number } from "../../shared/words.js";
import { nearestCell } from "../../shared/scores.js";

// One cell of the ASPP and the places, in photo pixels, that each rate reads there.
// network: {outputStride, scoreStride, rates} as seg/page/segment.py sends it; cells: the score grid's {height, width}.
// alignCorners: how the labels are stretched from the cells (scores.js); the cells are drawn where the labels have them.
// -> {row, column: the cell's centre, rates: [{rate, reach: network pixels, photo: pixels, points: [{row, column, inside}], inside: count}]}
export function samplingAt({ row, column }, network, cells, height, width, alignCorners) {
  const { outputStride, scoreStride, rates } = network;
  const axis = (i, size, scores) => {
    if (!alignCorners) {
      const count = Math.ceil((scores * scoreStride) / outputStride);
      const step = size / count; // photo pixels from cell to cell
      return { last: count - 1, step, start: step / 2 - 0.5, cell: nearestCell(i, size, count, false) };
    }
    const last = ((scores - 1) * scoreStride) / outputStride; // index of the last ASPP cell; its centre is the photo's edge
    const step = last ? (size - 1) / last : 0;
    return { last, step, start: 0, cell: step ? Math.round(i / step) : 0 };
  };
  const down = axis(row, height, cells.height);
  const across = axis(column, width, cells.width);
  const placed = (y, x) => ({ row: down.start + y * down.step, column: across.start + x * across.step });
  const within = (cell, { last }) => cell >= 0 && cell <= last;
  return {
    ...placed(down.cell, across.cell),
    rates: rates.map((rate) => {
      const points = [];
      for (const i of [-1, 0, 1]) {
        for (const j of [-1, 0, 1]) {
          const [y, x] = [down.cell + i * rate, across.cell + j * rate];
          points.push({ ...placed(y, x), inside: within(y, down) && within(x, across) });
        }
      }
      return {
        rate,
        reach: rate * outputStride,
        photo: rate * across.step,
        points,
        inside: points.filter((p) => p.inside).length,
      };
    }),
  };
}

const SVG = "http://www.w3.org/2000/svg";
const RATE_SHAPES = [
  (x, y) => ["circle", { cx: x, cy: y, r: 5 }],
  (x, y) => ["rect", { x: x - 5, y: y - 5, width: 10, height: 10 }],
  (x, y) => ["polygon", { points: [x, y - 6.5, x + 6, y + 4.5, x - 6, y + 4.5].join(" ") }],
];

function shape([tag, attributes], name) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.setAttribute("class", name);
  return made;
}

// Draws it over the photo. `toScreen`: (row, column) -> [x, y] in CSS pixels of the frame.
export function drawSampling(svg, sampling, toScreen) {
  svg.replaceChildren();
  if (!sampling) return;
  for (const [i, { points }] of [...sampling.rates.entries()].reverse()) {
    const group = shape(["g", {}], "rate-" + i);
    const [[left, top], [right, bottom]] = [points[0], points[8]].map((p) => toScreen(p.row, p.column));
    group.append(shape(["rect", { x: left, y: top, width: right - left, height: bottom - top }], "reach"));
    for (const p of points) {
      if (p !== points[4])
        group.append(shape(RATE_SHAPES[i % 3](...toScreen(p.row, p.column)), p.inside ? "point" : "point outside"));
    }
    svg.append(group);
  }
  const [x, y] = toScreen(sampling.row, sampling.column);
  svg.append(shape(["circle", { cx: x, cy: y, r: 3 }], "centre"));
}

function listSampling(list, sampling) {
  list.replaceChildren(
    ...sampling.rates.map(({ rate, reach, photo, inside }, i) => {
      const item = document.createElement("li");
      const key = document.createElementNS(SVG, "svg");
      key.setAttribute("class", "rate-" + i);
      key.setAttribute("aria-hidden", "true");
      key.append(shape(RATE_SHAPES[i % 3](8, 8), "point"));
      const text = document.createElement("span");
      text.textContent = "rate " + rate + ": looks " + number(reach) + " network pixels away";
      item.title = reach + " pixels of the photo as the network sees it are " + number(photo) + " pixels of this photo";
      const count = document.createElement("b");
      count.textContent = inside + " of 9 in";
      item.dataset.inside = inside;
      item.append(key, text, count);
      return item;
    }),
  );
}

// sampling: null where the network has no ASPP.
export function explainSampling(place, sampling, title) {
  place.querySelector("p").innerHTML = sampling
    ? "<b>ASPP</b>: from here the network looks around at three distances. Points off the photo read nothing."
    : "<b>No ASPP</b>: <span></span> does not look around at several fixed distances, so there is nothing to draw here. The DeepLab models do.";
  if (sampling) return listSampling(place.querySelector("ul"), sampling);
  place.querySelector("span").textContent = title;
  place.querySelector("ul").replaceChildren();
}
