// The loss lab: four losses of four answers, and where each of them pulls.
import { inflate } from "../../shared/codec.js";
import { plural, spoken } from "../../shared/words.js";
import { HEAT, choice, className, describePicture, drawBytes, make, picture, score } from "./canvases.js";

const LOSS_NAMES = {
  cross_entropy: "Cross-entropy",
  focal: "Focal",
  dice: "Soft Dice",
  lovasz_softmax: "Lovász-softmax",
};
const ANSWERS = {
  nothing: "Knows nothing",
  background: "All background",
  painting: "Your painting",
  model: "The model",
};

const begin = (words) => words[0].toUpperCase() + words.slice(1);

// A class of a few pixels that gets much of the pull is a light dot on its map.
const aboutTiny = (tiny) =>
  tiny
    ? ", " + spoken(tiny.share, 0) + " on " + plural(tiny.pixels, "pixel") + " of " + className(tiny.id) + " alone"
    : "";

export function lossFigure(slot) {
  const table = make("table.losses");
  const note = make("p.seg-note.painting-note");
  const chooser = make("div");
  const maps = make("div.pictures.four");
  const pictures = Object.fromEntries(Object.entries(LOSS_NAMES).map(([loss, title]) => [loss, picture(title)]));
  maps.append(...Object.values(pictures).map(({ figure }) => figure));
  slot.append(
    make("div.card", {}, make("div.wide", {}, table), note),
    make("div.row.where", {}, make("span.seg-label", {}, "Where each loss pulls, when the answer is"), chooser),
    maps,
    make(
      "p.seg-note",
      {},
      "Light: a training step would change the scores there most. Each map has a scale of its own.",
    ),
  );
  let data = null;
  let answer = "background";

  const cell = (who, loss) => {
    const entry = data.table[who]?.[loss];
    if (!entry) return make("td.none", { "data-label": ANSWERS[who] }, "–");
    const share = Math.min(1, entry.value / data.table.nothing[loss].value);
    const full = entry.value > data.table.nothing[loss].value * 1.0005 ? ".over" : "";
    return make(
      "td",
      { "data-label": ANSWERS[who], "data-who": who, "data-loss": loss },
      make("span.seg-figure", {}, entry.value > 0 && entry.value < 0.0005 ? "<0.001" : score(entry.value)),
      make("i.meter" + full, { "aria-hidden": "true" }, make("i", { style: "width:" + 100 * share + "%" })),
    );
  };

  const drawTable = () => {
    const head = [make("td"), ...Object.values(ANSWERS).map((title) => make("th", { scope: "col" }, title))];
    const rows = Object.entries(LOSS_NAMES).map(([loss, title]) =>
      make("tr", {}, make("th", { scope: "row" }, title), ...Object.keys(ANSWERS).map((who) => cell(who, loss))),
    );
    table.replaceChildren(
      make("caption", {}, "Loss against the model’s mask; smaller is better. Bars: relative to knowing nothing."),
      make("thead", {}, make("tr", {}, ...head)),
      make("tbody", {}, ...rows),
    );
    note.textContent = data.table.painting
      ? "Your painting is the one in “Paint and grade”. Paint on there, and come back: its losses follow."
      : "There is no painting of this photo yet: paint one in “Paint and grade”, and its losses appear here.";
  };

  const drawMaps = async () => {
    for (const [loss, drawn] of Object.entries(pictures)) {
      const entry = data.table[answer][loss];
      const bytes = await inflate(entry.map, data.height * data.width);
      drawBytes(drawn.canvas, data.height, data.width, (i) => HEAT[bytes[i]]);
      describePicture(
        drawn,
        entry.on_background === null
          ? "It pulls nowhere."
          : begin(spoken(entry.on_background, 0)) +
              " of the pull is on background pixels" +
              aboutTiny(entry.on_tiny) +
              ".",
      );
      drawn.figure.dataset.answer = answer;
    }
  };

  const drawChooser = () => {
    const options = Object.keys(ANSWERS)
      .filter((who) => data.table[who])
      .map((key) => ({ key, title: ANSWERS[key].toLowerCase() }));
    chooser.replaceChildren(choice("Answer", options, answer, (key) => ((answer = key), drawMaps())));
  };

  return async ({ figures, painting }) => {
    data = { ...figures.losses, table: { ...figures.losses.table, ...(painting ? { painting } : {}) } };
    if (!data.table[answer]) answer = "background";
    drawTable();
    drawChooser();
    await drawMaps();
  };
}
