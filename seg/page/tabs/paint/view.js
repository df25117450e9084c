// Zoom and pan, one for both canvases. A pad is {stage, paper, ...}: the stage is the window, the paper shows the whole
// map and is moved and scaled under it; pixelAt reads the paper's rectangle, so it knows nothing of zoom.
import { whole } from "./raster.js";

export function addView(board) {
  const { find } = board;
  const MOST_ZOOM_PIXEL = 24; // CSS pixels a map pixel may fill

  function fitPapers() {
    const { stage } = board.pads[0];
    if (!board.painting || !stage.clientWidth) return;
    board.view.fit = Math.min(stage.clientWidth / board.painting.width, stage.clientHeight / board.painting.height);
    for (const { paper } of board.pads) {
      paper.style.width = board.painting.width * board.view.fit + "px";
      paper.style.height = board.painting.height * board.view.fit + "px";
    }
    place();
  }

  const mostZoom = () => Math.max(2, MOST_ZOOM_PIXEL / board.view.fit);

  // Keeps the point (x, y) of the stage where it is, or its middle when none is given.
  function zoomTo(zoom, x, y) {
    const { stage } = board.pads[0];
    x ??= stage.clientWidth / 2;
    y ??= stage.clientHeight / 2;
    zoom = Math.min(mostZoom(), Math.max(1, zoom));
    board.view.x = x - ((x - board.view.x) * zoom) / board.view.zoom;
    board.view.y = y - ((y - board.view.y) * zoom) / board.view.zoom;
    board.view.zoom = zoom;
    place();
  }

  function panBy(x, y) {
    board.view.x += x;
    board.view.y += y;
    place();
  }

  // Puts the papers where the view says. A paper smaller than its stage is centred, a larger one leaves no gap.
  function place() {
    const { stage } = board.pads[0];
    const within = (offset, size, room) =>
      size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, offset));
    board.view.x = within(board.view.x, board.painting.width * board.view.fit * board.view.zoom, stage.clientWidth);
    board.view.y = within(board.view.y, board.painting.height * board.view.fit * board.view.zoom, stage.clientHeight);
    const scale = board.view.fit * board.view.zoom;
    for (const { paper } of board.pads) {
      paper.style.transform =
        "translate(" + board.view.x + "px, " + board.view.y + "px) scale(" + board.view.zoom + ")";
      paper.classList.toggle("sharp", scale * devicePixelRatio >= 1.5);
    }
    find(".zoom-value").textContent = Math.round(100 * board.view.zoom) + " %";
    find(".zoom-out").disabled = find(".zoom-fit").disabled = board.view.zoom <= 1;
    find(".zoom-in").disabled = board.view.zoom >= mostZoom() - 1e-6;
    const stripe = Math.max(1, Math.round(4 / scale));
    if (stripe !== board.look.stripe) {
      board.look.stripe = stripe;
      if (board.look.errors) board.redraw(whole(board.painting));
    }
    board.moveCursor();
    board.drawOutline();
  }

  Object.assign(board, { fitPapers, panBy, zoomTo });
}
