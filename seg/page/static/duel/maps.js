// The three pictures, at the photo's own size: both label maps over the photo, and the photo faded but where they differ.

const TINT = 0.62;

// RGBA bytes of the photo.
function photoBytes({ image, height, width }) {
  const canvas = Object.assign(document.createElement("canvas"), { height, width });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

// Each class's colour over the photo. Background is black in the usual palette and would drown the photo: it is faint.
function drawLabels(canvas, photo, labels, height, width) {
  const picture = new ImageData(width, height);
  const out = picture.data;
  const weight = Float32Array.from(Seg.classes, ({ id }) => (id ? TINT : TINT ** 3));
  const color = Seg.classes.map((each) => each.color);
  for (let i = 0, k = 0; i < labels.length; i++, k += 4) {
    const part = weight[labels[i]];
    const [r, g, b] = color[labels[i]];
    out[k] = photo[k] + part * (r - photo[k]);
    out[k + 1] = photo[k + 1] + part * (g - photo[k + 1]);
    out[k + 2] = photo[k + 2] + part * (b - photo[k + 2]);
    out[k + 3] = 255;
  }
  show(canvas, picture);
}

// Where the two differ, or where they make the one pair {first, second}: in the accent; the rest is grey and faded.
// paper, accent: [r, g, b]. -> how many pixels are shown
function drawApart(canvas, photo, first, second, height, width, pair, paper, accent) {
  const picture = new ImageData(width, height);
  const out = picture.data;
  let count = 0;
  for (let i = 0, k = 0; i < first.length; i++, k += 4) {
    const shown = pair ? first[i] === pair.first && second[i] === pair.second : first[i] !== second[i];
    if (shown) count += 1;
    const grey = 0.3 * photo[k] + 0.59 * photo[k + 1] + 0.11 * photo[k + 2];
    for (let j = 0; j < 3; j++) out[k + j] = shown ? 0.82 * accent[j] + 0.18 * photo[k + j] : 0.26 * grey + 0.74 * paper[j];
    out[k + 3] = 255;
  }
  show(canvas, picture);
  return count;
}

function show(canvas, picture) {
  Object.assign(canvas, { height: picture.height, width: picture.width });
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

// A colour of the page as numbers, whatever way the style sheet writes it.
function tokenColor(element, name) {
  const canvas = Object.assign(document.createElement("canvas"), { height: 1, width: 1 });
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(element).getPropertyValue(name).trim() || "#888";
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}
