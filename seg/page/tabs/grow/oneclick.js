// The one-click head's mask for the seed. The server is asked once a seed has settled, never while it is dragged.
import { inflate } from "../../shared/codec.js";
import { page } from "../../shared/page.js";
import { STALE, requester } from "../../shared/request.js";

// current() -> {now, seed}; show(state, answer): "moving", "waiting", "failed" with {problem}, or "shown" with {mask:
// height x width bytes, 0 or 1, pixels, milliseconds}. -> {moved, settle, drop}
export function addOneClick(piece, current, show) {
  const request = requester(piece);
  let asked = ""; // the photo and seed that were asked about last
  let timer = 0;

  async function ask() {
    const { now, seed } = current();
    if (!now || !seed) return;
    const about = now.photo.length + now.photo.slice(-64) + ":" + seed.row + "," + seed.column;
    if (about === asked) return;
    asked = about;
    show("waiting");
    const { truth, height, width } = now;
    const answer = await request({ truth, height, width, ...seed });
    if (!answer) return; // the seed moved on
    if (!answer.mask) {
      asked = ""; // the next click asks again
      if (answer.stale && page.restore()) return; // as does the photo, once the server has it back
      return show("failed", { problem: answer.problem || STALE });
    }
    const mask = await inflate(answer.mask, height * width);
    if (asked === about) show("shown", { ...answer, mask });
  }

  function settle(delay = 0) {
    clearTimeout(timer);
    timer = setTimeout(ask, delay);
  }

  function drop() {
    clearTimeout(timer);
    asked = "";
    request.drop();
  }

  // The seed left the place that the answer is about.
  function moved() {
    drop();
    show("moving");
  }

  return { moved, settle, drop };
}
