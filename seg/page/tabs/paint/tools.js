// Pointers become strokes: mouse, pen and fingers, through pointer events with all the points between two frames.
// One finger paints, two fingers zoom and pan; so do the middle button and the held space bar.
import { placeAt } from "../../shared/pointer.js";
import { commit } from "./painting.js";
import { floodFill, grow, paintPolygon, paintSegment, whole } from "./raster.js";

export function addTools(board) {
  const fingers = new Map(); // pointer id -> {x, y}, of the pointers that are down

  const paintValue = () => (board.tool.name === "eraser" ? 0 : board.tool.label);
  const isDrawing = () => ["brush", "eraser"].includes(board.tool.name);
  const spot = (pad, event) =>
    placeAt(pad.paper, event.clientX, event.clientY, board.painting.height, board.painting.width);

  function pointerDown(pad, event) {
    if (!board.painting || (event.pointerType === "mouse" && event.button > 1)) return;
    event.preventDefault();
    board.closeClasses();
    pad.stage.focus({ preventScroll: true });
    pad.stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 2) return beginPinch(pad);
    if (fingers.size > 2) return;
    board.cursor = spot(pad, event);
    if (board.tool.name === "hand" || board.tool.space || event.button === 1)
      board.gesture = { kind: "pan", pointer: event.pointerId };
    else if (isDrawing()) beginStroke(board.cursor, event.pointerId);
    else board.gesture = { kind: "tap", pointer: event.pointerId, x: event.clientX, y: event.clientY };
    board.moveCursor();
  }

  function pointerMove(pad, event) {
    if (!board.painting) return;
    const finger = fingers.get(event.pointerId);
    const { x, y } = finger || {};
    if (finger) Object.assign(finger, { x: event.clientX, y: event.clientY });
    if (board.gesture?.kind === "pinch") return movePinch();
    if (board.gesture?.kind === "pan" && finger) board.panBy(event.clientX - x, event.clientY - y);
    if (board.gesture?.kind === "stroke" && board.gesture.pointer === event.pointerId) {
      const points = event.getCoalescedEvents?.() || [];
      for (const point of points.length ? points : [event]) strokeTo(spot(pad, point));
    }
    board.cursor = spot(pad, event);
    board.moveCursor();
    if (board.corners.length) board.drawOutline();
  }

  function pointerUp(pad, event) {
    if (!fingers.delete(event.pointerId)) return;
    const was = board.gesture;
    if (was?.kind === "pinch") {
      if (!fingers.size) board.gesture = null; // the last finger of a pinch does not paint
      return;
    }
    if (was?.pointer !== event.pointerId) return;
    board.gesture = null;
    if (was.kind === "stroke") {
      strokeTo(spot(pad, event), was);
      endStroke(was);
    } else if (was.kind === "tap" && Math.hypot(event.clientX - was.x, event.clientY - was.y) < 12)
      tap(spot(pad, event));
    if (event.pointerType !== "mouse") board.cursor = null;
    board.moveCursor();
  }

  // The system took the pointer away: what was painted so far is taken back.
  function pointerLost(event) {
    if (!fingers.delete(event.pointerId)) return;
    if (board.gesture?.pointer === event.pointerId) dropGesture();
    if (!fingers.size) board.gesture = null;
  }

  function beginStroke(at, pointer) {
    board.gesture = {
      kind: "stroke",
      pointer,
      before: board.painting.bytes.slice(),
      rect: null,
      last: at,
      value: paintValue(),
    };
    strokeTo(at);
    board.showWaiting();
  }

  function strokeTo(at, stroke = board.gesture) {
    if (at.row === stroke.last.row && at.column === stroke.last.column && stroke.rect) return;
    const rect = paintSegment(board.painting, stroke.last, at, board.tool.size, stroke.value);
    stroke.last = at;
    stroke.rect = grow(stroke.rect, rect);
    if (rect) board.redraw(rect);
  }

  function endStroke(stroke) {
    board.altered(commit(board.painting, stroke.before, stroke.rect));
  }

  function dropGesture() {
    if (board.gesture?.kind === "stroke") {
      board.painting.bytes.set(board.gesture.before);
      board.redraw(whole(board.painting));
      board.showWaiting();
    }
    board.gesture = null;
  }

  // A stroke in progress counts as finished: before undo, a new photo, a one-click mask.
  function finishGesture() {
    const was = board.gesture;
    board.gesture = null;
    if (was?.kind === "stroke") endStroke(was);
  }

  function tap(at) {
    if (board.tool.name === "fill") {
      change((map) => floodFill(map, at, paintValue()));
    } else if (board.tool.name === "polygon") {
      if (board.corners.length > 2 && nearFirst(at)) closePolygon();
      else {
        board.corners.push(at);
        board.drawOutline();
      }
    } else if (board.tool.name === "object") board.askObject(at);
  }

  // Changes the painting as one step of the history. edit(map) -> the rectangle it touched; kind: see commit.
  function change(edit, kind = {}) {
    finishGesture();
    const before = board.painting.bytes.slice();
    const rect = edit(board.painting);
    if (rect) board.redraw(rect);
    board.altered(commit(board.painting, before, rect, kind));
  }

  const nearFirst = (at) =>
    Math.hypot(at.row - board.corners[0].row, at.column - board.corners[0].column) * board.view.fit * board.view.zoom <
    12;

  function closePolygon() {
    const outline = board.corners;
    board.corners = [];
    board.drawOutline();
    if (outline.length > 2) change((map) => paintPolygon(map, outline, paintValue()));
  }

  function beginPinch(pad) {
    dropGesture();
    const [a, b] = [...fingers.values()];
    board.gesture = {
      kind: "pinch",
      pad,
      distance: Math.hypot(a.x - b.x, a.y - b.y),
      x: (a.x + b.x) / 2,
      y: (a.y + b.y) / 2,
    };
    board.cursor = null;
    board.moveCursor();
  }

  function movePinch() {
    if (fingers.size < 2) return;
    const [a, b] = [...fingers.values()];
    const box = board.gesture.pad.stage.getBoundingClientRect();
    const next = { distance: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    board.panBy(next.x - board.gesture.x, next.y - board.gesture.y);
    board.zoomTo(
      (board.view.zoom * next.distance) / Math.max(1, board.gesture.distance),
      next.x - box.left,
      next.y - box.top,
    );
    Object.assign(board.gesture, next);
  }

  // Wheel: zoom at the pointer. At the smallest zoom, turning it further scrolls the page.
  function wheel(pad, event) {
    if (!board.painting || (event.deltaY > 0 && board.view.zoom <= 1) || !event.deltaY) return;
    event.preventDefault();
    const box = pad.stage.getBoundingClientRect();
    const amount = event.deltaY * (event.deltaMode ? 30 : 1) * (event.ctrlKey ? 4 : 1);
    board.zoomTo(board.view.zoom * Math.exp(-amount / 500), event.clientX - box.left, event.clientY - box.top);
  }

  Object.assign(board, {
    change,
    closePolygon,
    dropGesture,
    finishGesture,
    isDrawing,
    paintValue,
    pointerDown,
    pointerLost,
    pointerMove,
    pointerUp,
    tap,
    wheel,
  });
}
