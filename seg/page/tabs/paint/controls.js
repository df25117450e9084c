// The tool bar, the class picker and the keyboard.

const TOOLS = ["brush", "eraser", "fill", "polygon", "hand"];
const SIZES = [1, 3, 5, 7, 9, 13, 17, 23, 31, 41, 55, 73, 97, 129, 171]; // diameters in map pixels

function pickTool(name) {
  tool.name = name;
  if (name !== "polygon") corners = [];
  for (const button of element.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", button.dataset.tool === name);
  if (painting) drawOutline();
  moveCursor();
}

function setSize(step) {
  const slider = find(".size");
  slider.value = Math.min(SIZES.length - 1, Math.max(0, step));
  tool.size = SIZES[slider.value];
  find(".size-value").textContent = tool.size + " px";
  Seg.fillSlider(slider);
  moveCursor();
}

// Classes found in the photo first (largest first, background last), then whatever else was picked.
function buildPicker() {
  const found = now.classes.map((found) => found.id).filter((id) => id !== 0);
  const shown = [...found, 0];
  if (!shown.includes(tool.label)) shown.push(tool.label);
  const chips = shown.map((id, i) => chip(id, i < 9 ? String(i + 1) : ""));
  find(".chips").replaceChildren(...chips);
  find(".all-classes").replaceChildren(...Seg.classes.map(({ id }) => chip(id, "")));
}

function chip(id, key) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "chip";
  button.dataset.label = id;
  button.innerHTML = '<i class="swatch"></i><span></span>';
  button.firstChild.style.background = Seg.rgb(Seg.classes[id].color);
  button.lastChild.textContent = Seg.classes[id].name;
  button.title = "Paint " + Seg.classes[id].name + (key && " (key " + key + ")");
  if (key) button.dataset.key = key;
  button.setAttribute("aria-pressed", id === tool.label);
  button.addEventListener("click", () => {
    find("details.more").open = false;
    pickLabel(id);
  });
  return button;
}

function pickLabel(id) {
  tool.label = id;
  if (["eraser", "hand"].includes(tool.name)) pickTool("brush");
  buildPicker();
  showEmpty();
  moveCursor();
}

function undo(redo) {
  if (!painting) return;
  if (!redo && corners.length) {
    corners.pop();
    return drawOutline();
  }
  finishGesture();
  const rect = travel(painting, redo);
  if (rect) redraw(rect);
  changed(Boolean(rect));
}

const clearAll = () => {
  corners = [];
  drawOutline();
  change((map) => {
    map.bytes.fill(0);
    return whole(map);
  }, { cleared: true });
};

const KEYS = {
  b: () => pickTool("brush"), e: () => pickTool("eraser"), f: () => pickTool("fill"), p: () => pickTool("polygon"), h: () => pickTool("hand"),
  "[": () => setSize(Number(find(".size").value) - 1), "]": () => setSize(Number(find(".size").value) + 1),
  "+": () => zoomTo(view.zoom * 1.5), "=": () => zoomTo(view.zoom * 1.5), "-": () => zoomTo(view.zoom / 1.5), 0: () => zoomTo(1),
  g: () => toggleGuide(), x: () => setErrors(!look.errors),
  u: () => undo(false), y: () => undo(true),
  Enter: () => (corners.length ? closePolygon() : pressHere()),
  Escape: () => escape(),
  Backspace: () => corners.length && undo(false),
  ArrowUp: (far) => stepCursor(-far, 0), ArrowDown: (far) => stepCursor(far, 0), ArrowLeft: (far) => stepCursor(0, -far), ArrowRight: (far) => stepCursor(0, far),
};
const ON_CANVAS_ONLY = ["Enter", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]; // elsewhere these have their own meaning

function keyDown(event) {
  const target = event.target;
  if (!painting || !element.offsetParent || event.altKey || target.matches?.("select, textarea, input:not([type=range])")) return;
  const onCanvas = Boolean(target.closest?.(".stage"));
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) {
    if (key === "z" || key === "y") undo(key === "y" || event.shiftKey);
    else return;
  } else if (key === " " && (onCanvas || target === document.body)) {
    tool.space = true;
    moveCursor();
  } else if (/^[1-9]$/.test(key) && find('.chip[data-key="' + key + '"]')) {
    pickLabel(Number(find('.chip[data-key="' + key + '"]').dataset.label));
  } else if (KEYS[key] && (onCanvas || !ON_CANVAS_ONLY.includes(key))) {
    KEYS[key](event.shiftKey ? 32 : 4);
  } else return;
  event.preventDefault();
}

function keyUp(event) {
  if (event.key !== " " || !tool.space) return;
  tool.space = false;
  moveCursor();
}

function escape() {
  corners = [];
  find("details.more").open = false;
  drawOutline();
  if (gesture) dropGesture();
}

// Painting without a pointer: arrows move the brush, Enter puts it down, or drops the corner, or fills.
function stepCursor(down, across) {
  const { height, width } = painting;
  cursor = cursor ? { row: cursor.row + down, column: cursor.column + across } : { row: height >> 1, column: width >> 1 };
  cursor.row = Math.min(height - 1, Math.max(0, cursor.row));
  cursor.column = Math.min(width - 1, Math.max(0, cursor.column));
  moveCursor();
  if (corners.length) drawOutline();
}

function pressHere() {
  if (!cursor) stepCursor(0, 0);
  if (isDrawing()) change((map) => paintSegment(map, cursor, cursor, tool.size, paintValue()));
  else if (tool.name !== "hand") tap(cursor);
}
