// What follows the pointer, on both canvases: the brush's outline at its true size, and the polygon being drawn.
import { classes } from "../../shared/classes.js";
import { byTouch, tapped } from "../../shared/touch.js";
import { rgb } from "../../shared/words.js";

export function addCursor(board) {
  const { find } = board;
  function moveCursor() {
    if (!board.painting) return;
    const scale = board.view.fit * board.view.zoom;
    const ring = board.isDrawing() ? board.tool.size : 1;
    const visible =
      board.cursor &&
      board.gesture?.kind !== "pan" &&
      board.gesture?.kind !== "pinch" &&
      board.tool.name !== "hand" &&
      !board.tool.space;
    for (const pad of board.pads) {
      pad.ring.hidden = !visible;
      if (!visible) continue;
      const size = Math.max(5, ring * scale);
      const x = board.view.x + (board.cursor.column + 0.5) * scale;
      const y = board.view.y + (board.cursor.row + 0.5) * scale;
      pad.ring.style.width = pad.ring.style.height = size + "px";
      pad.ring.style.transform = "translate(" + (x - size / 2) + "px, " + (y - size / 2) + "px)";
      pad.ring.style.setProperty(
        "--class",
        board.paintValue() ? rgb(classes[board.paintValue()].color) : "transparent",
      );
    }
    for (const { stage } of board.pads) {
      stage.dataset.cursor =
        board.tool.name === "hand" || board.tool.space || board.gesture?.kind === "pan"
          ? "hand"
          : board.isDrawing()
            ? "ring"
            : "cross";
    }
  }

  function drawOutline() {
    const scale = board.view.fit * board.view.zoom;
    const points = board.cursor && board.corners.length ? [...board.corners, board.cursor] : board.corners;
    const text = points
      .map(({ row, column }) => board.view.x + (column + 0.5) * scale + "," + (board.view.y + (row + 0.5) * scale))
      .join(" ");
    for (const { outline } of board.pads) {
      outline.toggleAttribute("hidden", !board.corners.length);
      for (const line of outline.querySelectorAll("polyline")) line.setAttribute("points", text);
      const dot = outline.querySelector("circle");
      if (board.corners.length) {
        dot.setAttribute("cx", board.view.x + (board.corners[0].column + 0.5) * scale);
        dot.setAttribute("cy", board.view.y + (board.corners[0].row + 0.5) * scale);
      }
    }
    find(".hint").textContent = board.corners.length
      ? board.corners.length < 3
        ? tapped("Click the next corner.") + (byTouch ? "" : " Esc starts over.")
        : byTouch
          ? "Tap the first corner again to close the polygon."
          : "Click the first corner again, or press Enter, to close the polygon."
      : "";
  }

  Object.assign(board, { drawOutline, moveCursor });
}
