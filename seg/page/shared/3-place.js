// From the pointer to the pixel: the one function that maps client coordinates to image coordinates.

// surface: the element that shows the whole image, however scaled or scrolled. -> {row, column} of the pixel under the
// pointer; outside the image it goes on counting, below 0 and above the size.
Seg.placeAt = (surface, clientX, clientY, height, width) => {
  const box = surface.getBoundingClientRect();
  const column = Math.floor(((clientX - box.left) / box.width) * width);
  const row = Math.floor(((clientY - box.top) / box.height) * height);
  return { row, column };
};

// The same, clamped to the image when `clamp`, else null outside it.
Seg.pixelAt = (surface, clientX, clientY, height, width, clamp = false) => {
  let { row, column } = Seg.placeAt(surface, clientX, clientY, height, width);
  if (clamp) {
    column = Math.min(width - 1, Math.max(0, column));
    row = Math.min(height - 1, Math.max(0, row));
  }
  return column >= 0 && row >= 0 && column < width && row < height ? { row, column } : null;
};

// The way back: the client coordinates of a pixel's centre.
Seg.clientAt = (surface, row, column, height, width) => {
  const box = surface.getBoundingClientRect();
  return { x: box.left + ((column + 0.5) / width) * box.width, y: box.top + ((row + 0.5) / height) * box.height };
};
