// The growth as an animation, in rings: what joined because of one ring is the next. A frame is a real moment of the
// queue: `popped` pixels taken from it, `joined` pixels in the region, one line of the rule about to run or just run.
import { LINE } from "./code.js";
import { WALL } from "./growth.js";

export const SPEEDS = [
  { id: "line", name: "Line by line" },
  { id: "slow", name: "Slow", seconds: 14 },
  { id: "fast", name: "Fast", seconds: 4 },
];
const LINE_PAUSE = 260; // ms per line of code, line by line
const LINE_SHOWN = 200; // ms a line stays highlighted while rings fly

// -> the number of pixels popped when each ring is done; the first ring is the seed alone.
export function ringEnds({ grown, area }) {
  const ends = [1];
  while (ends[ends.length - 1] < area) ends.push(grown[ends[ends.length - 1] - 1]);
  return ends;
}

// The moments of the rule, one line each, from `popped` pixels on. Yields {popped, joined, line}.
function* lineByLine({ order, grown, area }, ground, popped) {
  const within = new Set();
  for (let i = 0; i < (popped ? grown[popped - 1] : 1); i++) within.add(order[i]);
  if (!popped) yield { popped: 0, joined: 1, line: LINE.start };
  for (; popped < area; popped++) {
    let joined = popped ? grown[popped - 1] : 1;
    yield { popped: popped + 1, joined, line: LINE.take };
    for (const step of ground.steps) {
      const near = order[popped] + step;
      if (within.has(near) || ground.blank[near] === WALL) continue;
      yield { popped: popped + 1, joined, line: LINE.look };
      if (joined < grown[popped] && order[joined] === near) {
        within.add(near);
        yield { popped: popped + 1, joined: ++joined, line: LINE.join };
      }
    }
  }
}

// The moment after `popped` pixels at which `line` runs. Joining looks ahead for the next pixel that brings one in.
function momentOf({ grown, area }, popped, line) {
  const joinedBy = (n) => (n ? grown[n - 1] : 1);
  if (popped >= area) return { popped: area, joined: area, line: null };
  if (line === LINE.join) {
    let at = popped;
    while (at < area && grown[at] === joinedBy(at)) at++;
    if (at < area) return { popped: at + 1, joined: joinedBy(at) + 1, line };
    line = LINE.look;
  }
  return { popped: popped + 1, joined: joinedBy(popped), line };
}

// show(moment, ring, rings) draws; done() is called once, at the end. -> {pause, resume, stop, playing, setSpeed}
export function playGrowth(growth, ground, speed, show, done) {
  const ends = ringEnds(growth);
  let ring = 0; // rings done, with a fraction
  let lines = null; // the generator, while line by line
  let frame = 0;
  let last = 0; // ms
  let owed = 0; // ms of line by line not yet spent
  let popped = 0;

  function tick(time) {
    const passed = last ? Math.min(100, time - last) : 0;
    last = time;
    if (speed.id === "line") {
      lines ??= lineByLine(growth, ground, popped);
      owed += passed;
      if (owed >= LINE_PAUSE || (!popped && !owed)) {
        owed = 0;
        const { value, done: over } = lines.next();
        if (over) return finish();
        popped = Math.max(popped, value.popped - 1);
        while (ring < ends.length && ends[Math.floor(ring)] <= popped) ring = Math.floor(ring) + 1;
        show(value, Math.floor(ring), ends.length);
      }
    } else {
      lines = null;
      ring += (passed / 1000) * Math.max(ends.length / speed.seconds, 12);
      const whole = Math.floor(ring);
      if (whole >= ends.length) return finish();
      popped = whole ? ends[whole - 1] : 0;
      const line = [LINE.take, LINE.look, LINE.join][Math.floor(time / LINE_SHOWN) % 3];
      show(momentOf(growth, popped, line), whole, ends.length);
    }
    frame = requestAnimationFrame(tick);
  }

  function finish() {
    frame = 0;
    done(ends.length);
  }

  const player = {
    get playing() {
      return frame !== 0;
    },
    resume() {
      last = 0;
      if (!frame) frame = requestAnimationFrame(tick);
    },
    pause() {
      cancelAnimationFrame(frame);
      frame = 0;
    },
    setSpeed(next) {
      speed = next;
      lines = null;
      owed = 0;
    },
  };
  player.resume();
  return player;
}
