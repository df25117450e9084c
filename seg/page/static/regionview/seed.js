// The seed: where it starts, and how pointer and keys move it.
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// A seed on the photo's main thing: of the largest class that is not background, the pixel nearest to the middle of
// its pixels. The photo's own middle where there is background only.
function defaultSeed({ labels, classes, height, width }) {
  const things = classes.filter(({ id }) => id > 0 && id < IGNORE).sort((a, b) => b.pixels - a.pixels);
  const middle = { row: height >> 1, column: width >> 1 };
  if (!things.length) return middle;
  const { id } = things[0];
  let [rows, columns, count] = [0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== id) continue;
    rows += (i / width) | 0;
    columns += i % width;
    count++;
  }
  if (!count) return middle;
  let nearest = -1;
  let least = Infinity;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== id) continue;
    const distance = (((i / width) | 0) - rows / count) ** 2 + ((i % width) - columns / count) ** 2;
    if (distance < least) [nearest, least] = [i, distance];
  }
  return { row: (nearest / width) | 0, column: nearest % width };
}

// move(seed, settled): settled is false while a drag goes on. A mouse drags from anywhere; a finger drags the marker,
// and elsewhere taps, so that the page can still be scrolled by the photo.
function listenForSeeds(frame, marker, size, current, move) {
  let dragging = null;
  const at = (event) => {
    const { height, width } = size();
    return Seg.pixelAt(frame, event.clientX, event.clientY, height, width, true);
  };
  frame.addEventListener("pointerdown", (event) => {
    if (!size() || event.button > 0 || (event.pointerType === "touch" && !marker.contains(event.target))) return;
    dragging = event.pointerId;
    frame.setPointerCapture(event.pointerId);
    move(at(event), false);
  });
  frame.addEventListener("pointermove", (event) => {
    if (event.pointerId === dragging) move(at(event), false);
  });
  for (const type of ["pointerup", "pointercancel"]) {
    frame.addEventListener(type, (event) => {
      if (event.pointerId !== dragging) return;
      dragging = null;
      move(current(), true);
    });
  }
  frame.addEventListener("click", (event) => {
    if (size() && event.pointerType === "touch" && !marker.contains(event.target)) move(at(event), true);
  });
  frame.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (!step || !size() || !current()) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1;
    const within = (value, side) => Math.min(side - 1, Math.max(0, value));
    const { row, column } = current();
    move({ row: within(row + far * step[0], size().height), column: within(column + far * step[1], size().width) }, true);
  });
}
