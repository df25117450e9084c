// The tool bar, the class picker and the keyboard.
import { classes } from "../../shared/classes.js";
import { shortcutOf } from "../../shared/keys.js";
import { fillSlider } from "../../shared/slider.js";
import { rgb } from "../../shared/words.js";
import { travel } from "./painting.js";
import { paintSegment, whole } from "./raster.js";

export function addControls(board) {
  const { element, find } = board;
  const TOOLS = ["brush", "eraser", "fill", "polygon", "object", "hand"];
  const SIZES = [1, 3, 5, 7, 9, 13, 17, 23, 31, 41, 55, 73, 97, 129, 171]; // diameters in map pixels

  function pickTool(name) {
    board.tool.name = name;
    if (name !== "polygon") board.corners = [];
    for (const button of element.querySelectorAll("[data-tool]"))
      button.setAttribute("aria-pressed", button.dataset.tool === name);
    if (board.painting) board.drawOutline();
    board.moveCursor();
  }

  function setSize(step) {
    const slider = find(".size");
    slider.value = Math.min(SIZES.length - 1, Math.max(0, step));
    board.tool.size = SIZES[slider.value];
    find(".size-value").textContent = board.tool.size + " px";
    fillSlider(slider);
    board.moveCursor();
  }

  // Classes found in the photo first (largest first, background last), then whatever else was picked.
  function buildPicker() {
    const found = board.now.classes.map((found) => found.id).filter((id) => id !== 0);
    const listed = [...found, 0];
    if (!listed.includes(board.tool.label)) listed.push(board.tool.label);
    const chips = listed.map((id, i) => chip(id, i < 9 ? String(i + 1) : ""));
    find(".chips").replaceChildren(...chips);
    find(".all-classes").replaceChildren(...classes.map(({ id }) => chip(id, "")));
  }

  function chip(id, key) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chip";
    button.dataset.label = id;
    button.innerHTML = '<i class="swatch"></i><span></span>';
    button.firstChild.style.background = rgb(classes[id].color);
    button.lastChild.textContent = classes[id].name;
    button.title = "Paint " + classes[id].name + (key && " (key " + key + ")");
    if (key) button.dataset.key = key;
    button.setAttribute("aria-pressed", id === board.tool.label);
    button.addEventListener("click", () => {
      find("details.more").open = false;
      pickLabel(id);
    });
    return button;
  }

  function pickLabel(id) {
    board.tool.label = id;
    if (["eraser", "hand"].includes(board.tool.name)) pickTool("brush");
    buildPicker();
    board.showEmpty();
    board.showDivision();
    board.showLive();
    board.moveCursor();
  }

  function undo(redo) {
    if (!board.painting) return;
    if (!redo && board.corners.length) {
      board.corners.pop();
      return board.drawOutline();
    }
    board.finishGesture();
    const rect = travel(board.painting, redo);
    if (rect) board.redraw(rect);
    board.altered(Boolean(rect));
  }

  const clearAll = () => {
    board.corners = [];
    board.drawOutline();
    board.change(
      (map) => {
        map.bytes.fill(0);
        return whole(map);
      },
      { cleared: true },
    );
  };

  const KEYS = {
    b: () => pickTool("brush"),
    e: () => pickTool("eraser"),
    f: () => pickTool("fill"),
    p: () => pickTool("polygon"),
    o: () => pickTool("object"),
    h: () => pickTool("hand"),
    "[": () => setSize(Number(find(".size").value) - 1),
    "]": () => setSize(Number(find(".size").value) + 1),
    "+": () => board.zoomTo(board.view.zoom * 1.5),
    "=": () => board.zoomTo(board.view.zoom * 1.5),
    "-": () => board.zoomTo(board.view.zoom / 1.5),
    0: () => board.zoomTo(1),
    g: () => board.toggleGuide(),
    x: () => board.setErrors(!board.look.errors),
    u: () => undo(false),
    y: () => undo(true),
    Enter: () => (board.corners.length ? board.closePolygon() : pressHere()),
    Backspace: () => board.corners.length && undo(false),
    ArrowUp: (far) => stepCursor(-far, 0),
    ArrowDown: (far) => stepCursor(far, 0),
    ArrowLeft: (far) => stepCursor(0, -far),
    ArrowRight: (far) => stepCursor(0, far),
  };
  const ON_CANVAS_ONLY = ["Enter", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]; // elsewhere these have their own meaning

  function keyDown(event) {
    const target = event.target;
    if (!board.painting || !element.offsetParent || target.matches?.("select, textarea, input:not([type=range])"))
      return;
    const onCanvas = Boolean(target.closest?.(".stage"));
    const key = shortcutOf(event);
    if (event.ctrlKey || event.metaKey) {
      if (key === "z" || key === "y") undo(key === "y" || event.shiftKey);
      else return;
    } else if (key === " " && (onCanvas || target === document.body)) {
      board.tool.space = true;
      board.moveCursor();
    } else if (/^[1-9]$/.test(key) && find('.chip[data-key="' + key + '"]')) {
      pickLabel(Number(find('.chip[data-key="' + key + '"]').dataset.label));
    } else if (key === "Escape") {
      if (!escape()) return;
    } else if (KEYS[key] && (onCanvas || !ON_CANVAS_ONLY.includes(key))) {
      KEYS[key](event.shiftKey ? 32 : 4);
    } else return;
    event.preventDefault();
  }

  function keyUp(event) {
    if (shortcutOf(event) !== " " || !board.tool.space) return;
    board.tool.space = false;
    board.moveCursor();
  }

  // -> whether there was anything to let go
  function escape() {
    if (!board.corners.length && !board.gesture && !find("details.more").open) return false;
    board.corners = [];
    find("details.more").open = false;
    board.drawOutline();
    if (board.gesture) board.dropGesture();
    return true;
  }

  // Painting without a pointer: arrows move the brush, Enter puts it down, or drops the corner, fills, or asks for the object.
  function stepCursor(down, across) {
    const { height, width } = board.painting;
    board.cursor = board.cursor
      ? { row: board.cursor.row + down, column: board.cursor.column + across }
      : { row: height >> 1, column: width >> 1 };
    board.cursor.row = Math.min(height - 1, Math.max(0, board.cursor.row));
    board.cursor.column = Math.min(width - 1, Math.max(0, board.cursor.column));
    board.moveCursor();
    if (board.corners.length) board.drawOutline();
  }

  const closeClasses = () => (find("details.more").open = false);

  function pressHere() {
    closeClasses();
    if (!board.cursor) stepCursor(0, 0);
    if (board.isDrawing())
      board.change((map) => paintSegment(map, board.cursor, board.cursor, board.tool.size, board.paintValue()));
    else if (board.tool.name !== "hand") board.tap(board.cursor);
  }

  Object.assign(board, { SIZES, TOOLS, buildPicker, clearAll, closeClasses, keyDown, keyUp, pickTool, setSize, undo });
}
