// What can be said of this photo: three steps from one name to a name for every pixel, then three kinds of segmentation.
import { inflate } from "../../shared/codec.js";
import { countOf, rgb, spoken } from "../../shared/words.js";
import {
  classColor,
  className,
  describePicture,
  drawBytes,
  drawPhoto,
  labelColors,
  make,
  picture,
  rgba,
} from "./canvases.js";

// One name, boxes, pixels

export function stepsFigure(slot) {
  const [image, boxes, pixels] = ["Classification", "Detection", "Segmentation"].map((title) => picture(title));
  slot.append(make("div.pictures.three", {}, image.figure, boxes.figure, pixels.figure));

  return async ({ now, figures }) => {
    const { subject, individuals } = figures.kinds;
    drawPhoto(image.canvas, now);
    if (subject) writeName(image.canvas, subject, 0, now.height);
    describePicture(
      image,
      subject
        ? "Labels the image: " + className(subject) + ". One name for all of it; here that of the most pixels."
        : "Labels the image. Here no name fits: the model found only background.",
    );

    drawPhoto(boxes.canvas, now);
    for (const one of [...individuals].reverse())
      drawBox(boxes.canvas, one, figures.kinds.numbered.includes(one.number));
    describePicture(
      boxes,
      individuals.length
        ? "Labels boxes: " + listed(individuals) + ". Corners of a box show what is behind."
        : "Labels boxes. Here there is none to draw: no individual was found.",
    );

    const colors = labelColors(0.72, 0);
    drawBytes(pixels.canvas, now.height, now.width, (i) => colors[now.labels[i]], now.image);
    describePicture(
      pixels,
      "Labels every pixel: " + (now.height * now.width).toLocaleString("en-US") + " small answers, so outlines too.",
    );
  };
}

// "2 people, 1 dog", the most frequent class first
function listed(individuals) {
  const counts = new Map();
  for (const { id } of individuals) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([id, count]) => countOf(count, className(id)))
    .join(", ");
}

function drawBox(canvas, { id, box: [top, left, bottom, right] }, named) {
  const context = canvas.getContext("2d");
  const line = 2.5 / shownScale(canvas.height, canvas.width);
  context.lineJoin = "round";
  for (const [color, width] of [
    ["#fff", 2 * line],
    [rgb(classColor(id)), line],
  ]) {
    Object.assign(context, { strokeStyle: color, lineWidth: width });
    context.strokeRect(left + line, top + line, right - left - 2 * line, bottom - top - 2 * line);
  }
  if (named) writeName(canvas, id, left, top);
}

// The name of a class on a plate above (x, y), or below it where there is no room.
function writeName(canvas, id, x, y) {
  const context = canvas.getContext("2d");
  const size = 13 / shownScale(canvas.height, canvas.width);
  context.font = "600 " + size + "px " + getComputedStyle(canvas).getPropertyValue("--seg-sans");
  const [width, height] = [context.measureText(className(id)).width + 2.1 * size, 1.6 * size];
  const left = Math.max(0, Math.min(x, canvas.width - width));
  const top = Math.max(0, Math.min(y < height ? y : y - height, canvas.height - height));
  context.fillStyle = "rgb(18 18 20 / 0.82)";
  context.fillRect(left, top, width, height);
  context.fillStyle = rgb(classColor(id));
  context.fillRect(left + 0.45 * size, top + 0.45 * size, 0.7 * size, 0.7 * size);
  context.strokeStyle = "rgb(255 255 255 / 0.7)";
  context.lineWidth = size / 13;
  context.strokeRect(left + 0.45 * size, top + 0.45 * size, 0.7 * size, 0.7 * size);
  context.fillStyle = "#fff";
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(className(id), left + 1.6 * size, top + 0.53 * height);
}

// Semantic, instance, panoptic

export function kindsFigure(slot) {
  const [semantic, instance, panoptic] = ["Semantic", "Instance", "Panoptic"].map((title) => picture(title));
  slot.append(make("div.pictures.three", {}, semantic.figure, instance.figure, panoptic.figure));

  return async ({ now, figures, holds }) => {
    const { individuals } = figures.kinds;
    const numbered = individuals.filter(({ number }) => figures.kinds.numbered.includes(number));
    const place = await inflate(figures.kinds.place, now.height * now.width);
    const { height, width, labels } = now;
    const colors = labelColors(0.72, 0);
    drawBytes(semantic.canvas, height, width, (i) => colors[labels[i]], now.image);
    const things = now.classes.filter(({ id }) => id);
    describePicture(
      semantic,
      things.length
        ? "A class for every pixel: " +
            things
              .slice(0, 3)
              .map(({ name, share }) => name + " " + spoken(share))
              .join(", ") +
            (things.length > 3 ? " and more" : "") +
            ". All of a class is one mask."
        : "A class for every pixel: here background, all of it.",
    );

    const edge = edgesOf(place, height, width);
    const white = rgba([255, 255, 255]);
    const dark = rgba([20, 20, 24], 0.55);
    drawBytes(instance.canvas, height, width, (i) => (edge[i] ? white : place[i] ? 0 : dark), now.image);
    writeNumbers(instance.canvas, numbered);
    const some = numbered.length < individuals.length ? " Numbers stand on the " + numbered.length + " largest." : "";
    describePicture(
      instance,
      individuals.length
        ? "A mask for every individual: " +
            (individuals.length === 1 ? "one was found" : individuals.length + " were found") +
            ". The rest belongs to nobody." +
            some
        : "A mask for every individual: none was found here.",
    );

    const grey = rgba([128, 128, 132], 0.62);
    const classOf = new Uint8Array(256);
    for (const { number, id } of individuals) classOf[number] = id;
    drawBytes(
      panoptic.canvas,
      height,
      width,
      (i) => (edge[i] ? white : colors[classOf[place[i]] || labels[i]] || grey),
      now.image,
    );
    writeNumbers(panoptic.canvas, numbered);
    describePicture(
      panoptic,
      (individuals.length
        ? "A class for every pixel, and a number where it is part of an individual. "
        : "A class for every pixel, and a number for every individual: here there is none. ") +
        (holds("background")
          ? "Grey: the " + spoken(shareOf(now, 0)) + " that this model can only call background."
          : "This model found no background here."),
    );
  };
}

const shareOf = (now, id) => now.classes.find((entry) => entry.id === id)?.share || 0;

// CSS pixels a photo pixel takes in one of three pictures side by side, about.
const shownScale = (height, width) => Math.min(380 / width, 480 / height);

// Where a pixel's number differs from one up to `reach` to the right or below: lines thick enough for a scaled picture.
function edgesOf(place, height, width) {
  const reach = Math.max(1, Math.round(1.1 / shownScale(height, width)));
  const edge = new Uint8Array(place.length);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      const right = column + reach < width ? place[i + reach] : place[i];
      const below = row + reach < height ? place[i + reach * width] : place[i];
      if (right !== place[i] || below !== place[i]) edge[i] = 1;
    }
  }
  return edge;
}

function writeNumbers(canvas, individuals) {
  const context = canvas.getContext("2d");
  const radius = Math.min(15 / shownScale(canvas.height, canvas.width), canvas.width / 2, canvas.height / 2);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = "600 " + radius * 1.25 + "px " + getComputedStyle(canvas).getPropertyValue("--seg-sans");
  for (const { number, row, column } of [...individuals].reverse()) {
    const [x, y] = [
      Math.min(canvas.width - radius, Math.max(radius, column)),
      Math.min(canvas.height - radius, Math.max(radius, row)),
    ];
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = "#fff";
    context.fill();
    context.lineWidth = radius / 9;
    context.strokeStyle = "#1d1c1a";
    context.stroke();
    context.fillStyle = "#1d1c1a";
    context.fillText(number, x, y + radius * 0.06);
  }
}
