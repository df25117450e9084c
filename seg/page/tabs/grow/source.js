// What growing looks at: the photo's exact colours, the network's scores, the individuals. Asked for once per photo, and
// the last two once more for another model.
import { inflate, inflateSmooth } from "../../shared/codec.js";
import { say } from "../../shared/page.js";
import { requester } from "../../shared/request.js";
import { unpackScores } from "../../shared/scores.js";
import { makeGround } from "./growth.js";
import { makeOpinion } from "./opinion.js";

const FAILED = "The photo's colours did not arrive: please check the connection and open this tab again.";

async function unpack(answer, { truth, height, width, alignCorners }, ground) {
  const { colours, individuals } = answer;
  return {
    truth,
    ground: ground ?? makeGround(await inflateSmooth(colours, 3 * height, width), height, width),
    opinion: makeOpinion(await unpackScores(answer), height, width, alignCorners),
    individuals: individuals && { ...individuals, map: await inflate(individuals.map, height * width) },
  };
}

// current() -> the photo in front of the visitor; busy(whether something is under way); arrived({truth, ground,
// opinion, individuals}). -> {ask, drop}
export function addSource(piece, { current, busy, arrived }) {
  const request = requester(piece, { event: "select", number: "asked" });
  let ground = null; // of the current photo, once it has come
  let waiting = false;

  async function ask() {
    if (waiting) return;
    const mine = current();
    waiting = true;
    busy(true);
    const { truth, height, width } = mine;
    const answer = await request({ truth, height, width, colours: !ground });
    const unpacked = answer?.scores && (await unpack(answer, mine, ground));
    if (!answer || current() !== mine) return; // a newer photo came meanwhile
    waiting = false; // opening the tab again asks again
    busy(false);
    if (!unpacked) return say(FAILED);
    ({ ground } = unpacked);
    arrived(unpacked);
  }

  // Another photo or, with `same`, another model's labels of this one.
  function drop(same) {
    if (!same) ground = null;
    waiting = false;
    request.drop();
  }

  return { ask, drop };
}
