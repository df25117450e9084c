// From pixels to labels: photo, maps of shares, labels; and the sum for one pixel.
import { inflate } from "../../shared/codec.js";
import { number, percent, rgb } from "../../shared/words.js";
import {
  HEAT,
  choice,
  classColor,
  className,
  describePicture,
  drawBytes,
  drawPhoto,
  labelColors,
  make,
  picture,
} from "./canvases.js";

export function pipelineFigure(slot) {
  const photo = picture("The photo");
  const maps = make("div.stack");
  const stack = make(
    "figure.picture",
    {},
    maps,
    make("figcaption", {}, make("b", {}, "21 maps of shares"), make("span.says")),
  );
  const labels = picture("The labels");
  const arrow = (words) => make("div.arrow", {}, make("span", {}, words), make("b", { "aria-hidden": "true" }, "→"));
  slot.append(
    make("div.pictures.pipeline", {}, photo.figure, arrow("network, softmax"), stack, arrow("argmax"), labels.figure),
  );

  return async ({ now, figures, numbers }) => {
    drawPhoto(photo.canvas, now);
    describePicture(photo, numbers.width + " × " + numbers.height + " pixels, 3 numbers each");
    const { height, width } = figures.function;
    maps.replaceChildren();
    for (const { id, map } of figures.function.maps) {
      const bytes = await inflate(map, height * width);
      const canvas = make("canvas", {
        role: "img",
        "aria-label": "Share of " + className(id) + " over the photo, light is much",
      });
      drawBytes(canvas, height, width, (i) => HEAT[bytes[i]]);
      maps.append(
        make(
          "div.layer",
          {},
          canvas,
          make("span", {}, make("i.swatch", { style: "background:" + rgb(classColor(id)) }), className(id)),
        ),
      );
    }
    stack.querySelector(".says").textContent =
      "The " +
      figures.function.maps.length +
      " largest of 21, on the network’s grid of " +
      numbers.cells_across +
      " × " +
      numbers.cells_down +
      ". Light is much.";
    const colors = labelColors(1);
    drawBytes(labels.canvas, now.height, now.width, (i) => colors[now.labels[i]]);
    describePicture(
      labels,
      numbers.width + " × " + numbers.height + " pixels, one class each",
      numbers.pixels + " labels: " + now.classes.map(({ name }) => name).join(", "),
    );
  };
}

export function pixelFigure(slot) {
  const place = make("p.seg-label");
  const table = make("table.bars", {});
  const chooser = make("div");
  slot.append(make("div.card.narrow", {}, make("div.row", {}, chooser, place), table));
  let data = null;
  let chosen = 0;

  const draw = () => {
    const { row, column, bars, rest } = data[chosen];
    place.textContent = "row " + number(row) + ", column " + number(column);
    const lines = bars.map(({ id, score: logit, share }, i) =>
      make(
        "tr",
        i ? {} : { class: "best" },
        make("th", { scope: "row" }, make("i.swatch", { style: "background:" + rgb(classColor(id)) }), className(id)),
        make("td.seg-figure", {}, logit.toFixed(2).replace("-", "−")),
        make("td.bar", {}, make("i", { style: "width:" + 100 * share + "%" })),
        make("td.seg-figure", {}, percent(share)),
      ),
    );
    const head = ["class", "score", "", "share"].map((words) => make("th", { scope: "col" }, words));
    table.replaceChildren(
      make("caption", {}, "The highest of the pixel’s 21 scores, and the share of each after softmax."),
      make("thead", {}, make("tr", {}, ...head)),
      make(
        "tbody",
        {},
        ...lines,
        make(
          "tr.rest",
          {},
          make("th", { scope: "row" }, "the other " + (21 - bars.length)),
          make("td"),
          make("td.bar", {}, make("i", { style: "width:" + 100 * rest + "%" })),
          make("td.seg-figure", {}, percent(rest)),
        ),
      ),
    );
    table.dataset.shown = chosen;
  };

  return ({ figures }) => {
    data = figures.function.pixels;
    chosen = 0;
    chooser.replaceChildren(
      choice(
        "Pixel",
        [
          { key: 0, title: "the least certain pixel" },
          { key: 1, title: "the most certain one" },
        ],
        0,
        (key) => ((chosen = key), draw()),
      ),
    );
    draw();
  };
}
