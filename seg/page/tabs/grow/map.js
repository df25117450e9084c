// A mask as a picture over the photo: tinted inside, its outline solid, a veil over the rest, so that it shows on any
// photo. One 32-bit pixel each, at the photo's own size. Paints are {tint, edge, veil}, each a pair: on the target, and
// off it.
const packed = ([r, g, b], alpha) => ((Math.round(255 * alpha) << 24) | (b << 16) | (g << 8) | r) >>> 0; // little-endian RGBA

// A colour as CSS writes it -> [r, g, b].
function readColour(text) {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  context.fillStyle = text.trim();
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

// A canvas of the photo's size, with its pixels at hand.
export function makeSurface(canvas, height, width) {
  Object.assign(canvas, { height, width });
  const context = canvas.getContext("2d");
  const data = new ImageData(width, height);
  return { context, data, pixels: new Uint32Array(data.data.buffer), show: () => context.putImageData(data, 0, 0) };
}

// inside, target: 1 per pixel of the mask, with the border of a ground.
export function drawMask(surface, ground, inside, target, { tint, edge, veil }) {
  const { pixels } = surface;
  const { height, width, stride } = ground;
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0, i = (row + 1) * stride + 1; column < width; column++, i++, to++) {
      const off = 1 - target[i];
      if (!inside[i]) pixels[to] = veil[off];
      else pixels[to] = (inside[i - stride] & inside[i + stride] & inside[i - 1] & inside[i + 1] ? tint : edge)[off];
    }
  }
  surface.show();
}

// The pixels order[from] to order[to - 1] of a growth, in one paint; what else is there stays.
export function drawOrder({ pixels }, ground, order, from, to, target, paint) {
  const { stride, width } = ground;
  for (let i = from; i < to; i++) {
    const row = (order[i] / stride) | 0;
    pixels[(row - 1) * width + (order[i] - row * stride) - 1] = paint[1 - target[order[i]]];
  }
}

// The paints of a region, of the page's style sheet.
export function readPaints(element) {
  const token = (name) => readColour(getComputedStyle(element).getPropertyValue(name));
  const accent = token("--seg-accent");
  const bad = token("--seg-bad");
  const veil = packed(token("--seg-paper"), 0.5);
  return {
    tint: [packed(accent, 0.42), packed(bad, 0.6)],
    edge: [packed(accent, 1), packed(bad, 1)],
    veil: [veil, veil],
  };
}
