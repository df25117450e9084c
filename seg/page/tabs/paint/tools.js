// Pointers become strokes: mouse, pen and fingers, through pointer events with all the points between two frames.
// One finger paints, two fingers zoom and pan; so do the middle button and the held space bar.

const tool = { name: "brush", label: 0, size: 31, space: false }; // size: diameter in map pixels, odd
const fingers = new Map(); // pointer id -> {x, y}, of the pointers that are down
let gesture = null; // {kind: "stroke" | "tap" | "pan" | "pinch", ...}
let corners = []; // of the polygon under construction
let cursor = null; // {row, column} under the pointer, may be outside the map

const paintValue = () => (tool.name === "eraser" ? 0 : tool.label);
const isDrawing = () => ["brush", "eraser"].includes(tool.name);
const spot = (pad, event) => Seg.placeAt(pad.paper, event.clientX, event.clientY, painting.height, painting.width);

function pointerDown(pad, event) {
  if (!painting || (event.pointerType === "mouse" && event.button > 1)) return;
  event.preventDefault();
  pad.stage.focus({ preventScroll: true });
  pad.stage.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  if (fingers.size === 2) return beginPinch(pad);
  if (fingers.size > 2) return;
  cursor = spot(pad, event);
  if (tool.name === "hand" || tool.space || event.button === 1) gesture = { kind: "pan", pointer: event.pointerId };
  else if (isDrawing()) beginStroke(cursor, event.pointerId);
  else gesture = { kind: "tap", pointer: event.pointerId, x: event.clientX, y: event.clientY };
  moveCursor();
}

function pointerMove(pad, event) {
  if (!painting) return;
  const finger = fingers.get(event.pointerId);
  const { x, y } = finger || {};
  if (finger) Object.assign(finger, { x: event.clientX, y: event.clientY });
  if (gesture?.kind === "pinch") return movePinch();
  if (gesture?.kind === "pan" && finger) panBy(event.clientX - x, event.clientY - y);
  if (gesture?.kind === "stroke" && gesture.pointer === event.pointerId) {
    const points = event.getCoalescedEvents?.() || [];
    for (const point of points.length ? points : [event]) strokeTo(spot(pad, point));
  }
  cursor = spot(pad, event);
  moveCursor();
  if (corners.length) drawOutline();
}

function pointerUp(pad, event) {
  if (!fingers.delete(event.pointerId)) return;
  const was = gesture;
  if (was?.kind === "pinch") {
    if (!fingers.size) gesture = null; // the last finger of a pinch does not paint
    return;
  }
  if (was?.pointer !== event.pointerId) return;
  gesture = null;
  if (was.kind === "stroke") {
    strokeTo(spot(pad, event), was);
    endStroke(was);
  } else if (was.kind === "tap" && Math.hypot(event.clientX - was.x, event.clientY - was.y) < 12) tap(spot(pad, event));
  if (event.pointerType !== "mouse") cursor = null;
  moveCursor();
}

// The system took the pointer away: what was painted so far is taken back.
function pointerLost(event) {
  if (!fingers.delete(event.pointerId)) return;
  if (gesture?.pointer === event.pointerId) dropGesture();
  if (!fingers.size) gesture = null;
}

function beginStroke(at, pointer) {
  gesture = { kind: "stroke", pointer, before: painting.bytes.slice(), rect: null, last: at, value: paintValue() };
  strokeTo(at);
  showWaiting();
}

function strokeTo(at, stroke = gesture) {
  if (at.row === stroke.last.row && at.column === stroke.last.column && stroke.rect) return;
  const rect = paintSegment(painting, stroke.last, at, tool.size, stroke.value);
  stroke.last = at;
  stroke.rect = grow(stroke.rect, rect);
  if (rect) redraw(rect);
}

function endStroke(stroke) {
  changed(commit(painting, stroke.before, stroke.rect));
}

function dropGesture() {
  if (gesture?.kind === "stroke") {
    painting.bytes.set(gesture.before);
    redraw(whole(painting));
    showWaiting();
  }
  gesture = null;
}

// A stroke in progress counts as finished: before undo, a new photo, a one-click mask.
function finishGesture() {
  const was = gesture;
  gesture = null;
  if (was?.kind === "stroke") endStroke(was);
}

function tap(at) {
  if (tool.name === "fill") {
    change((map) => floodFill(map, at, paintValue()));
  } else if (tool.name === "polygon") {
    if (corners.length > 2 && nearFirst(at)) closePolygon();
    else {
      corners.push(at);
      drawOutline();
    }
  }
}

// Changes the painting as one step of the history. edit(map) -> the rectangle it touched; kind: see commit.
function change(edit, kind = {}) {
  finishGesture();
  const before = painting.bytes.slice();
  const rect = edit(painting);
  if (rect) redraw(rect);
  changed(commit(painting, before, rect, kind));
}

const nearFirst = (at) =>
  Math.hypot(at.row - corners[0].row, at.column - corners[0].column) * view.fit * view.zoom < 12;

function closePolygon() {
  const outline = corners;
  corners = [];
  drawOutline();
  if (outline.length > 2) change((map) => paintPolygon(map, outline, paintValue()));
}

function beginPinch(pad) {
  dropGesture();
  const [a, b] = [...fingers.values()];
  gesture = { kind: "pinch", pad, distance: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  cursor = null;
  moveCursor();
}

function movePinch() {
  if (fingers.size < 2) return;
  const [a, b] = [...fingers.values()];
  const box = gesture.pad.stage.getBoundingClientRect();
  const now = { distance: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  panBy(now.x - gesture.x, now.y - gesture.y);
  zoomTo((view.zoom * now.distance) / Math.max(1, gesture.distance), now.x - box.left, now.y - box.top);
  Object.assign(gesture, now);
}

// Wheel: zoom at the pointer. At the smallest zoom, turning it further scrolls the page.
function wheel(pad, event) {
  if (!painting || (event.deltaY > 0 && view.zoom <= 1) || !event.deltaY) return;
  event.preventDefault();
  const box = pad.stage.getBoundingClientRect();
  const amount = event.deltaY * (event.deltaMode ? 30 : 1) * (event.ctrlKey ? 4 : 1);
  zoomTo(view.zoom * Math.exp(-amount / 500), event.clientX - box.left, event.clientY - box.top);
}
