// The one-click masks: four paintings that replay four misunderstandings. The server makes them from the truth.
import { inflate } from "../../shared/codec.js";
import { fillSlider } from "../../shared/slider.js";
import { nextStroke, travel } from "./painting.js";
import { whole } from "./raster.js";

export function addPresets(board) {
  const { element, find } = board;
  const amounts = {}; // preset name -> n px, as the visitor last set it

  function buildPresets() {
    for (const { name, title, n } of board.piece.props.presets) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "seg-button";
      button.dataset.preset = name;
      button.textContent = title;
      button.addEventListener("click", () => board.askPreset(name, amounts[name] ?? n));
      find(".preset-buttons").append(button);
      amounts[name] = n;
    }
    find(".amount").addEventListener("input", (event) => {
      const name = board.painting?.preset?.name;
      if (!name) return;
      amounts[name] = Number(event.target.value);
      showPreset();
      board.askPreset(name, amounts[name]);
    });
  }

  function applyPreset({ mask, name, n }) {
    const target = board.painting;
    inflate(mask, target.height * target.width).then((bytes) => {
      if (board.painting !== target) return;
      board.finishGesture();
      board.corners = [];
      if (board.painting.preset?.name === name && board.painting.preset.n !== n) {
        const rect = travel(board.painting, false); // another amount replaces the step instead of adding one
        if (rect) board.redraw(rect);
        board.painting.redo = [];
      }
      board.change(
        (map) => {
          map.bytes.set(bytes);
          return whole(map);
        },
        { preset: { name, n } },
      );
      if (!board.painting.preset) {
        // the painting was this mask already
        board.painting.preset = { name, n };
        board.painting.sequence = nextStroke();
        board.save();
        board.askScore();
      }
      showPreset();
    });
  }

  function showPreset() {
    const name = board.painting?.preset?.name;
    for (const button of element.querySelectorAll("[data-preset]"))
      button.setAttribute("aria-pressed", button.dataset.preset === name);
    const preset = board.piece.props.presets.find((one) => one.name === name);
    find(".amount-label").hidden = !preset?.n;
    if (!preset) find(".lesson").textContent = "";
    if (!preset?.n) return;
    find(".amount").value = amounts[name];
    find(".amount-value").textContent = amounts[name] + " px";
    fillSlider(find(".amount"));
  }

  Object.assign(board, { applyPreset, buildPresets, showPreset });
}
