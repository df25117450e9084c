// The score panel. States of .panel (data-state): empty, scoring (what is shown is of an earlier stroke), scored, perfect.
import { classes } from "../../shared/classes.js";
import { number, percent, rgb } from "../../shared/words.js";
import { paintedByHand } from "./painting.js";

export function addPanel(board) {
  const { find } = board;
  const panel = find(".panel");
  const CONVENTION_NOTES = {
    present: "Averaged over the classes in either mask. A class in neither is left out (–), not counted as 0 or 1.",
    torchmetrics:
      "torchmetrics leaves out a class in neither mask: on one photo the same number. Over many photos it averages photo by photo.",
    mmsegmentation:
      "mmsegmentation leaves out a class in neither mask: on one photo the same number. Over many photos it pools all pixels first.",
    "scikit-learn":
      "scikit-learn's jaccard_score, asked for all 21 classes, counts a class in neither mask as 0. The same two masks, another number.",
  };
  const STATE_WORDS = { empty: "", scoring: "scoring…", scored: "", perfect: "perfect ✓" };

  const ledger = () => {
    if (!board.painting.scores.has(board.truth)) board.painting.scores.set(board.truth, { last: null, best: null });
    return board.painting.scores.get(board.truth);
  };
  const score = (value) => (value === null ? "–" : value.toFixed(3));

  function showWaiting() {
    if (board.shown && panel.dataset.state !== "empty") panel.dataset.state = "scoring";
    else panel.dataset.state = board.painting.undo.length || board.gesture ? "scoring" : "empty";
    find(".busy").textContent = STATE_WORDS[panel.dataset.state];
  }

  function showScores(answer) {
    const before = ledger().last;
    ledger().last = answer;
    const best = ledger().best;
    const record =
      paintedByHand(board.painting) &&
      answer.scores.mean_iou !== null &&
      (best === null || answer.scores.mean_iou > best);
    if (record) {
      ledger().best = answer.scores.mean_iou;
      board.save();
    }
    board.shown = { ...answer, before: before?.sequence === answer.sequence ? before.before : before };
    ledger().last = board.shown;
    const perfect = answer.scores.wrong === 0;
    panel.dataset.state = perfect ? "perfect" : "scored";
    panel.dataset.record = record && best !== null;
    Object.assign(panel.dataset, { sequence: answer.sequence, iou: answer.scores.mean_iou });
    find(".busy").textContent = STATE_WORDS[panel.dataset.state];
    drawPanel();
    if (answer.lesson) find(".lesson").textContent = answer.lesson;
  }

  function drawPanel() {
    const { scores, before } = board.shown;
    const means = scores.conventions[board.convention];
    const old = before?.scores;
    figure(".iou", means.mean_iou, old?.conventions[board.convention].mean_iou);
    figure(
      ".accuracy",
      scores.pixel_accuracy,
      old?.pixel_accuracy,
      (v) => percent(v),
      (v) => (100 * v).toFixed(1),
    );
    figure(".dice", means.mean_dice, old?.conventions[board.convention].mean_dice);
    figure(".boundary", scores.boundary_iou, old?.boundary_iou);
    showLive();
    const { best } = ledger();
    find(".meter i").style.width = 100 * (scores.mean_iou ?? 0) + "%";
    find(".meter b").style.left = 100 * (best ?? 0) + "%";
    find(".meter b").hidden = best === null;
    find(".best").textContent = paintedByHand(board.painting)
      ? "Best on this photo: " + score(best)
      : "One-click masks do not count" + (best === null ? " as your best." : ". Best: " + score(best));
    const perfect = scores.wrong === 0;
    find(".wrong").innerHTML = perfect
      ? "<b>0</b> wrong pixels. Every one agrees."
      : "<b></b> of " + number(scores.pixels) + " pixels are wrong.";
    if (!perfect) find(".wrong b").textContent = number(scores.wrong);
    const note =
      board.convention === "scikit-learn"
        ? " By this page’s rule: " + score(scores.conventions.present.mean_iou) + "."
        : "";
    find(".rule").textContent = CONVENTION_NOTES[board.convention] + note;
    drawBars(scores.classes, old);
    board.showDivision();
    board.showUnseen();
  }

  // The mean, and the IoU of the class in the brush: they stay in sight where the panel does not.
  function showLive() {
    const scores = board.shown?.scores;
    const { name, color } = classes[board.tool.label];
    const own = scores?.classes.find(({ id }) => id === board.tool.label);
    find(".live .mean").textContent = score(scores ? scores.conventions[board.convention].mean_iou : null);
    find(".live .swatch").style.background = rgb(color);
    find(".live .of span").textContent = name;
    find(".live .of b").textContent = own ? score(own.iou) : "";
  }

  // One number and how much it moved since the last stroke.
  function figure(where, value, old, write = score, writeDelta = score) {
    const line = find(where);
    line.querySelector("strong").textContent = value === null ? "–" : write(value);
    const delta = line.querySelector("em");
    const moved = value !== null && old !== null && old !== undefined ? value - old : 0;
    const text = writeDelta(Math.abs(moved));
    const none = !Number(text);
    delta.textContent = none ? "" : (moved > 0 ? "+" : "−") + text;
    delta.dataset.sign = none ? "" : moved > 0 ? "up" : "down";
  }

  function drawBars(classes, old) {
    const list = find(".bars");
    const before = Object.fromEntries((old?.classes || []).map((one) => [one.id, one.iou]));
    const rows = new Map([...list.children].map((row) => [row.dataset.label, row]));
    list.replaceChildren(
      ...classes.map(({ id, iou }) => {
        const row = rows.get(String(id)) || bar(id);
        row.querySelector(".track i").style.width = 100 * (iou ?? 0) + "%";
        row.querySelector(".value").textContent = score(iou);
        const moved = before[id] === undefined ? 0 : (iou ?? 0) - before[id];
        row.dataset.sign = Math.abs(moved) < 0.0005 ? "" : moved > 0 ? "up" : "down";
        return row;
      }),
    );
  }

  // Pointing at a bar shows that class's errors; clicking keeps them.
  function bar(id) {
    const row = document.createElement("button");
    row.type = "button";
    row.className = "bar";
    row.dataset.label = id;
    row.setAttribute("aria-pressed", id === board.pinned);
    row.innerHTML =
      '<i class="swatch"></i><span class="name"></span><span class="track"><i></i></span><span class="value seg-figure"></span>';
    const color = rgb(classes[id].color);
    row.querySelector(".swatch").style.background = row.querySelector(".track i").style.background = color;
    row.querySelector(".name").textContent = classes[id].name;
    row.title = "Show the errors of " + classes[id].name + "; click to keep them";
    const point = (event) => event.pointerType !== "touch" && board.setOnly(id, false);
    row.addEventListener("pointerenter", point);
    row.addEventListener("focus", () => row.matches(":focus-visible") && board.setOnly(id, false));
    row.addEventListener("pointerleave", () => board.setOnly(board.pinned, false));
    row.addEventListener("blur", () => board.setOnly(board.pinned, false));
    row.addEventListener("click", () => board.setOnly(board.pinned === id ? null : id, true));
    return row;
  }

  function clearPanel() {
    board.shown = null;
    for (const key of ["sequence", "iou", "record"]) delete panel.dataset[key];
    for (const where of [".iou", ".accuracy", ".dice", ".boundary"]) figure(where, null);
    find(".meter i").style.width = find(".meter b").style.left = "0%";
    find(".meter b").hidden = true;
    find(".best").textContent = find(".wrong").textContent = "";
    showLive();
    find(".rule").textContent = CONVENTION_NOTES[board.convention];
    find(".bars").replaceChildren();
    board.showDivision();
    board.showUnseen();
    find(".lesson").textContent = "";
    panel.dataset.state = "empty";
    find(".busy").textContent = "";
  }

  function setConvention(name) {
    board.convention = name;
    if (board.shown) drawPanel();
    else find(".rule").textContent = CONVENTION_NOTES[board.convention];
  }

  // A stroke that changed no pixel: what is shown still holds.
  function keepScores() {
    panel.dataset.state = board.shown.scores.wrong === 0 ? "perfect" : "scored";
    find(".busy").textContent = STATE_WORDS[panel.dataset.state];
  }

  function redrawBars() {
    if (!board.shown) return;
    find(".bars").replaceChildren();
    drawBars(board.shown.scores.classes, board.shown.before?.scores);
  }

  find(".rules").addEventListener("toggle", ({ target }) => target.open && target.scrollIntoView({ block: "nearest" }));

  Object.assign(board, { clearPanel, keepScores, redrawBars, setConvention, showLive, showScores, showWaiting });
}
