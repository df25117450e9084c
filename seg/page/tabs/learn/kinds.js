// Three pictures: what each kind of segmentation would say about this photo.
import { inflate } from "../../shared/codec.js";
import { percent } from "../../shared/words.js";
import { describePicture, drawBytes, labelColors, make, picture, rgba } from "./canvases.js";

export function kindsFigure(slot) {
  const [semantic, instance, panoptic] = ["Semantic", "Instance", "Panoptic"].map((title) => picture(title));
  slot.append(make("div.pictures.three", {}, semantic.figure, instance.figure, panoptic.figure));

  return async ({ now, figures, holds }) => {
    const { blobs } = figures.kinds;
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
              .map(({ name, share }) => name + " " + percent(share))
              .join(", ") +
            (things.length > 3 ? " and more" : "") +
            ". All of a class is one mask."
        : "A class for every pixel: here background, all of it.",
    );

    const edge = edgesOf(place, height, width);
    const accent = rgba([255, 255, 255]);
    const dark = rgba([20, 20, 24], 0.55);
    drawBytes(instance.canvas, height, width, (i) => (edge[i] ? accent : place[i] ? 0 : dark), now.image);
    writeNumbers(instance.canvas, blobs);
    describePicture(
      instance,
      blobs.length
        ? "A mask for every individual. This model has none to give. Numbered here instead: " +
            blobCount(blobs.length, totalBlobs(now)) +
            "."
        : "A mask for every individual. This model has none to give, and no blob of an object to number either.",
    );

    const grey = rgba([128, 128, 132], 0.62);
    drawBytes(
      panoptic.canvas,
      height,
      width,
      (i) => (edge[i] ? accent : labels[i] ? colors[labels[i]] : grey),
      now.image,
    );
    writeNumbers(panoptic.canvas, blobs);
    describePicture(
      panoptic,
      (holds("found")
        ? "A class and a number for every object pixel, and a name for what is behind: grass, sky, wall. "
        : "A name for everything, grass, sky or wall included. ") +
        (holds("background")
          ? "Grey: the " + percent(shareOf(now, 0)) + " that this model can only call background."
          : "This model found no background here."),
    );
  };
}

const blobCount = (few, all) =>
  all === 1
    ? "its only blob"
    : few === all
      ? "its " + all + " blobs"
      : few === 1
        ? "the largest of its " + all + " blobs"
        : "the " + few + " largest of its " + all + " blobs";
const shareOf = (now, id) => now.classes.find((entry) => entry.id === id)?.share || 0;
const totalBlobs = (now) => now.classes.reduce((sum, { id, blobs }) => sum + (id ? blobs : 0), 0);

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

function writeNumbers(canvas, blobs) {
  const context = canvas.getContext("2d");
  const radius = Math.min(15 / shownScale(canvas.height, canvas.width), canvas.width / 2, canvas.height / 2);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = "600 " + radius * 1.25 + "px " + getComputedStyle(canvas).getPropertyValue("--seg-sans");
  for (let i = blobs.length; i--;) {
    const { row, column } = blobs[i];
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
    context.fillText(i + 1, x, y + radius * 0.06);
  }
}
