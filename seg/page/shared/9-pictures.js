// Pictures at the photo's own size, made pixel by pixel.

// RGBA bytes of a photo, as in Seg.current.
Seg.photoBytes = ({ image, height, width }) => {
  const canvas = Object.assign(document.createElement("canvas"), { height, width });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
};

// Each class's colour over the photo (RGBA bytes). Background is black in the usual palette and would drown it: faint.
Seg.drawLabels = (canvas, photo, labels, height, width, tint = 0.62) => {
  const picture = new ImageData(width, height);
  const out = picture.data;
  const weight = Float32Array.from(Seg.classes, ({ id }) => (id ? tint : tint ** 3));
  const color = Seg.classes.map((each) => each.color);
  for (let i = 0, k = 0; i < labels.length; i++, k += 4) {
    const part = weight[labels[i]];
    const [r, g, b] = color[labels[i]];
    out[k] = photo[k] + part * (r - photo[k]);
    out[k + 1] = photo[k + 1] + part * (g - photo[k + 1]);
    out[k + 2] = photo[k + 2] + part * (b - photo[k + 2]);
    out[k + 3] = 255;
  }
  Seg.putPicture(canvas, picture);
};

Seg.putPicture = (canvas, picture) => {
  Object.assign(canvas, { height: picture.height, width: picture.width });
  canvas.getContext("2d").putImageData(picture, 0, 0);
};

// A colour of the page's style sheet as [r, g, b], however it is written there.
Seg.tokenColor = (element, name) => {
  const canvas = Object.assign(document.createElement("canvas"), { height: 1, width: 1 });
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(element).getPropertyValue(name).trim() || "#888";
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
};
