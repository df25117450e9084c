// A magnifier over the photo, for "Line by line": the pixels around the one that was taken from the queue.
const ACROSS = 15; // pixels shown
const SCALE = 10; // screen pixels each

// place: {row, column} in the middle; photo and layer: canvases of the photo's size
export function showLens(canvas, photo, layer, { row, column }, newest, paper) {
  const side = ACROSS * SCALE;
  if (canvas.hidden) Object.assign(canvas, { hidden: false, width: side, height: side });
  canvas.classList.toggle("aside", row < photo.height / 2 && column < photo.width / 2); // not over what it shows
  Object.assign(canvas.dataset, { row, column });
  const context = canvas.getContext("2d");
  const [top, left] = [row - (ACROSS >> 1), column - (ACROSS >> 1)];
  context.imageSmoothingEnabled = false;
  context.fillStyle = paper;
  context.fillRect(0, 0, side, side);
  for (const each of [photo, layer]) context.drawImage(each, left, top, ACROSS, ACROSS, 0, 0, side, side);
  const frame = (pixel, width, color) => {
    context.lineWidth = width;
    context.strokeStyle = color;
    context.strokeRect((pixel.column - left) * SCALE, (pixel.row - top) * SCALE, SCALE, SCALE);
  };
  if (newest) frame(newest, 2, "#fff");
  frame({ row, column }, 3, "#000");
  frame({ row, column }, 1, "#fff");
}

export const hideLens = (canvas) => (canvas.hidden = true);
