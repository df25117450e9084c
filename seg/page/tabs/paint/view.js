// Zoom and pan, one for both canvases. A pad is {stage, paper, ...}: the stage is the window, the paper shows the whole
// map and is moved and scaled under it; Seg.pixelAt reads the paper's rectangle, so it knows nothing of zoom.

const MOST_ZOOM_PIXEL = 24; // CSS pixels a map pixel may fill
const view = { zoom: 1, x: 0, y: 0, fit: 1 }; // fit: CSS pixels per map pixel at zoom 1

function fitPapers() {
  const { stage } = pads[0];
  if (!painting || !stage.clientWidth) return;
  view.fit = Math.min(stage.clientWidth / painting.width, stage.clientHeight / painting.height);
  for (const { paper } of pads) {
    paper.style.width = painting.width * view.fit + "px";
    paper.style.height = painting.height * view.fit + "px";
  }
  place();
}

const mostZoom = () => Math.max(2, MOST_ZOOM_PIXEL / view.fit);

// Keeps the point (x, y) of the stage where it is, or its middle when none is given.
function zoomTo(zoom, x, y) {
  const { stage } = pads[0];
  x ??= stage.clientWidth / 2;
  y ??= stage.clientHeight / 2;
  zoom = Math.min(mostZoom(), Math.max(1, zoom));
  view.x = x - ((x - view.x) * zoom) / view.zoom;
  view.y = y - ((y - view.y) * zoom) / view.zoom;
  view.zoom = zoom;
  place();
}

function panBy(x, y) {
  view.x += x;
  view.y += y;
  place();
}

// Puts the papers where the view says. A paper smaller than its stage is centred, a larger one leaves no gap.
function place() {
  const { stage } = pads[0];
  const within = (offset, size, room) => (size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, offset)));
  view.x = within(view.x, painting.width * view.fit * view.zoom, stage.clientWidth);
  view.y = within(view.y, painting.height * view.fit * view.zoom, stage.clientHeight);
  const scale = view.fit * view.zoom;
  for (const { paper } of pads) {
    paper.style.transform = "translate(" + view.x + "px, " + view.y + "px) scale(" + view.zoom + ")";
    paper.classList.toggle("sharp", scale * devicePixelRatio >= 1.5);
  }
  find(".zoom-value").textContent = Math.round(100 * view.zoom) + " %";
  find(".zoom-out").disabled = find(".zoom-fit").disabled = view.zoom <= 1;
  find(".zoom-in").disabled = view.zoom >= mostZoom() - 1e-6;
  const stripe = Math.max(1, Math.round(4 / scale));
  if (stripe !== look.stripe) {
    look.stripe = stripe;
    if (look.errors) redraw(whole(painting));
  }
  moveCursor();
  drawOutline();
}
