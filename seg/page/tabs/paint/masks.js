// The one-click masks: four paintings that replay four misunderstandings. The server makes them from the truth.
import { inflate } from "../../shared/codec.js";
import { fillSlider } from "../../shared/slider.js";
import { nextStroke, travel } from "./painting.js";
import { whole } from "./raster.js";

export function addMasks(board) {
  const { element, find } = board;
  const amounts = {}; // name -> n px, as the visitor last set it

  function buildMasks() {
    for (const { name, title, n } of board.piece.facts.masks) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "seg-button";
      button.dataset.mask = name;
      button.textContent = title;
      button.addEventListener("click", () => board.askMask(name, amounts[name] ?? n));
      find(".mask-buttons").append(button);
      amounts[name] = n;
    }
    find(".amount").addEventListener("input", (event) => {
      const name = board.painting?.oneClick?.name;
      if (!name) return;
      amounts[name] = Number(event.target.value);
      showMask();
      board.askMask(name, amounts[name]);
    });
  }

  function applyMask({ mask, name, n }) {
    const target = board.painting;
    inflate(mask, target.height * target.width).then((bytes) => {
      if (board.painting !== target) return;
      board.finishGesture();
      board.corners = [];
      if (board.painting.oneClick?.name === name && board.painting.oneClick.n !== n) {
        const rect = travel(board.painting, false); // another amount replaces the step instead of adding one
        if (rect) board.redraw(rect);
        board.painting.redo = [];
      }
      board.change(
        (map) => {
          map.bytes.set(bytes);
          return whole(map);
        },
        { oneClick: { name, n } },
      );
      if (!board.painting.oneClick) {
        // the painting was this mask already
        board.painting.oneClick = { name, n };
        board.painting.sequence = nextStroke();
        board.save();
        board.askScore();
      }
      showMask();
    });
  }

  function showMask() {
    const name = board.painting?.oneClick?.name;
    for (const button of element.querySelectorAll("[data-mask]"))
      button.setAttribute("aria-pressed", button.dataset.mask === name);
    const chosen = board.piece.facts.masks.find((one) => one.name === name);
    find(".amount-label").hidden = !chosen?.n;
    if (!chosen) find(".lesson").textContent = "";
    if (!chosen?.n) return;
    find(".amount").value = amounts[name];
    find(".amount-value").textContent = amounts[name] + " px";
    fillSlider(find(".amount"));
  }

  Object.assign(board, { applyMask, buildMasks, showMask });
}
