// A class of a few pixels that the painting lacks: nobody sees it, and it caps the mean all the same.
import { classes } from "../../shared/classes.js";
import { TINY_SHARE } from "../../shared/data.js";
import { patchesOf } from "../../shared/patches.js";
import { percent, plural } from "../../shared/words.js";

const ROOM = 6; // times its own size: what is shown around a patch

// Classes of the truth below TINY_SHARE that nothing is painted of. found: [{id, overlap, missed, extra}] of a score.
// -> {unseen: the smallest last, best: the mean IoU that a painting without them cannot pass}
export function unseenClasses(found, pixels) {
  const known = found.filter(({ overlap, missed }) => overlap + missed);
  const unseen = known.filter(({ id, overlap, missed }) => id && !overlap && missed < TINY_SHARE * pixels);
  return { unseen, best: known.length ? (known.length - unseen.length) / known.length : 1 };
}

export function tellUnseen({ unseen, best }, pixels) {
  const names = unseen.map(({ id, missed }) =>
    [classes[id].name, plural(missed, "pixel"), percent(missed / pixels)].join(", "),
  );

  return (
    "Easily overlooked: " +
    names.join("; ") +
    " of the photo. Each class has the same say in the mean, so while " +
    (unseen.length > 1 ? "they are" : "it is") +
    " missing, mean IoU cannot pass " +
    best.toFixed(3) +
    "."
  );
}

export function addUnseen(board) {
  const { find } = board;

  function showUnseen() {
    const scores = board.shown?.scores;
    const found = unseenClasses(scores?.classes ?? [], scores?.pixels ?? 0);
    const note = find(".hidden-class");
    note.hidden = !found.unseen.length;
    if (note.hidden) return;
    const [{ id }] = found.unseen;
    note.dataset.label = id;
    note.querySelector("span").textContent = tellUnseen(found, scores.pixels);
    note.querySelector("button").textContent = "Show the " + classes[id].name;
  }

  // Its errors alone, and both pictures so near that its largest patch is seen.
  function showClass() {
    const id = Number(find(".hidden-class").dataset.label);
    const { height, width } = board.painting;
    const [patch] = patchesOf(board.now.labels, height, width, id);
    if (!patch) return;
    board.setOnly(id, true);
    const { stage } = board.pads[0];
    const size = ROOM * board.view.fit * Math.max(patch.bottom - patch.top, patch.right - patch.left);
    board.zoomTo(Math.min(stage.clientWidth, stage.clientHeight) / size);
    const at = board.view.fit * board.view.zoom;
    board.panBy(
      stage.clientWidth / 2 - board.view.x - (at * (patch.left + patch.right)) / 2,
      stage.clientHeight / 2 - board.view.y - (at * (patch.top + patch.bottom)) / 2,
    );
    stage.scrollIntoView({ block: "nearest" });
  }

  find(".show-class").addEventListener("click", showClass);
  Object.assign(board, { showUnseen });
}
