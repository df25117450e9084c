// Three of the four experiments (superset.js has the fourth). Each answers its slider in the browser, from what the
// server sent once.
import { inflate } from "../../shared/codec.js";
import { number, percent, plural, spoken } from "../../shared/words.js";
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
  verdicts,
} from "./canvases.js";
import { objectPicker, replaceKeepingFocus } from "./objects.js";

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
          plural(blobs, "blob") + ". Agrees with the network on " + spoken(agree) + " of the pixels.",
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
          spoken(lost / data.pixels) +
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
