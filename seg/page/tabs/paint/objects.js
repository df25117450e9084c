// The tool "object": one click, and the one-click head's mask lies in the class that was chosen then, as one undo step.
import { inflate } from "../../shared/codec.js";
import { tapped } from "../../shared/touch.js";
import { whole } from "./raster.js";

const ASKING = "Looking for the object there …";
const NOTHING = tapped("The network found no object there. Click the middle of a thing, or paint it.");

// board.askObject(pixel) asks, board.showObject(answer, question) lays what came: see scoring.js.
export function addObjects(board) {
  const { element, find } = board;

  // state: "asking", "laid", "empty", "failed"
  function tell(state, words) {
    element.dataset.object = state;
    find(".hint").textContent = words;
  }

  function askObject({ row, column }) {
    const { height, width } = board.painting;
    if (row < 0 || column < 0 || row >= height || column >= width) return;
    tell("asking", ASKING);
    board.askClick({ row, column, label: board.tool.label });
  }

  async function showObject(answer, { label }) {
    const target = board.painting;
    if (!answer.object || answer.truth !== board.truth) return tell("failed", ""); // or of another photo
    if (!answer.pixels) return tell("empty", NOTHING);
    const mask = await inflate(answer.mask, target.height * target.width);
    if (board.painting !== target) return tell("failed", "");
    board.change(
      (map) => {
        for (let i = 0; i < mask.length; i++) if (mask[i]) map.bytes[i] = label;
        return whole(map);
      },
      { object: true },
    );
    tell("laid", "");
  }

  Object.assign(board, { askObject, showObject });
}
