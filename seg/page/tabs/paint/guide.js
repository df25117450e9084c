// The guide under the painting, and the map of its errors.
import { classes } from "../../shared/classes.js";
import { page } from "../../shared/page.js";
import { fillSlider } from "../../shared/slider.js";
import { rgb } from "../../shared/words.js";
import { ERROR_COLORS } from "./layer.js";
import { whole } from "./raster.js";

export function addGuide(board) {
  const { element, find } = board;

  function setGuide(visible) {
    element.dataset.guide = visible ? "shown" : "hidden";
    find(".guide-toggle").textContent = visible ? "Hide the guide" : "Reveal";
    find(".guide-toggle").classList.toggle("primary", !visible);
    find(".guide-opacity").disabled = !visible;
    find("canvas.guide").hidden = !visible;
    sayGuide();
  }

  // What lies over the photo: whose mask, and how strongly.
  function sayGuide() {
    const { value: opacity } = find(".guide-opacity");
    const { secondOpinion: second, current } = page;
    const title = find(".judge select").value === "second" ? second?.title : current?.modelTitle;
    const whose = second && title ? "the mask of " + title : "the model’s mask";
    const seen = element.dataset.guide === "shown" && opacity > 0;
    find(".guided").textContent = seen
      ? "The photo, " + whose + (opacity > 50 ? "" : " faintly") + " over it"
      : "The photo alone";
  }

  // Predict, then reveal: hiding the guide also hides the error map; revealing shows both.
  function toggleGuide() {
    const reveal = element.dataset.guide === "hidden";
    setGuide(reveal);
    setErrors(reveal && board.painting.undo.length > 0);
  }

  function setOpacity() {
    const slider = find(".guide-opacity");
    find("canvas.guide").style.opacity = slider.value / 100;
    find(".guide-value").textContent = slider.value + " %";
    fillSlider(slider);
    sayGuide();
  }

  function setErrors(on) {
    board.look.errors = on;
    if (!on) {
      board.pinned = board.look.only = null;
      showPinned();
    }
    find(".errors-toggle").checked = on;
    showErrors();
  }

  function setOnly(id, keep) {
    if (keep) {
      board.pinned = id;
      showPinned();
    }
    if (board.look.only === id) return;
    board.look.only = id;
    showErrors();
  }

  const showPinned = () => {
    for (const row of element.querySelectorAll(".bar"))
      row.setAttribute("aria-pressed", Number(row.dataset.label) === board.pinned);
  };

  function showErrors() {
    const on = board.look.errors || board.look.only !== null;
    element.dataset.errors = on ? board.look.palette : "";
    find(".key").hidden = !on;
    find(".safe").hidden = !on;
    for (const [name, color] of Object.entries(ERROR_COLORS[board.look.palette])) {
      find(".key ." + name).style.background = rgb(color);
      element.style.setProperty("--" + name, rgb(color)); // for the shapes beside the score
    }
    find(".key .about").textContent = board.look.only === null ? "" : classes[board.look.only].name + ":";
    const { extra, missed } = ERROR_COLORS[board.look.palette];
    find(".key .striped").hidden = board.look.only !== null;
    find(".key .striped i").style.background =
      "repeating-linear-gradient(135deg, " + rgb(extra) + " 0 3px, " + rgb(missed) + " 3px 6px)";
    board.showDivision();
    if (board.painting) board.redraw(whole(board.painting));
  }

  Object.assign(board, { sayGuide, setErrors, setGuide, setOnly, setOpacity, showErrors, toggleGuide });
}
