// A painting: the label map the visitor paints of one photo, with its undo history and its best scores.
// There is one for each photo, so that it is there again when the photo comes back, whatever model graded it.
import { checksum } from "../../shared/codec.js";
import { loadPainting } from "./saving.js";

const IN_MEMORY = 12; // the ones seen last; the others are stored
const HISTORY_BYTES = 24_000_000; // of undo steps, per painting
export const paintings = new Map(); // photo's key -> painting, the one seen last at the end
export let strokes = 0;

// Numbers every state of every painting: an answer belongs to exactly one.
export const nextStroke = () => ++strokes;

// The photo's painting: the one in memory, else the promise of the stored one or a new one.
export function paintingOf(now) {
  const key = photoKey(now);
  const keep = (painting) => {
    paintings.delete(key);
    paintings.set(key, painting);
    if (paintings.size > IN_MEMORY) paintings.delete(paintings.keys().next().value);
    return painting;
  };
  const found = paintings.get(key);
  if (found) return keep(found);
  return loadPainting(key, now.height, now.width).then((stored) =>
    keep(paintings.get(key) ?? stored ?? newPainting(key, now.height, now.width)),
  );
}

function newPainting(key, height, width) {
  // scores: truth's checksum -> {shown, best}, because another model is another truth
  return {
    key,
    height,
    width,
    bytes: new Uint8Array(height * width),
    undo: [],
    redo: [],
    sequence: 0,
    oneClick: null,
    scores: new Map(),
    version: 0, // counts what was stored of it
    lastStep: 0, // the id of the newest undo step that was stored
  };
}

// The photo itself, not its name: two uploads may share one.
export const photoKey = (now) => now.height + "x" + now.width + ":" + checksum(new TextEncoder().encode(now.photo));

// Undo steps are the changed rectangle XOR what was there: applying one goes back, applying it again goes forth.

// `before`: a copy of the bytes from before the change, which lies within `rect`. oneClick: {name, n} of a one-click mask;
// object: a network's mask of an object; cleared: the map is blank now. False when nothing changed.
export function commit(painting, before, rect, { oneClick = null, object = false, cleared = false } = {}) {
  const step = rect && difference(painting, before, rect);
  if (!step) return false;
  painting.undo.push({ ...step, oneClick, object, cleared, from: painting.oneClick });
  const byHand = paintedByHand(painting);
  painting.redo = [];
  painting.oneClick = oneClick;
  let bytes = 0;
  for (let i = painting.undo.length - 1; i >= 0; i--) {
    bytes += painting.undo[i].change.length;
    if (bytes > HISTORY_BYTES && i < painting.undo.length - 1) {
      painting.undo.splice(0, i + 1);
      if (!byHand) painting.undo.at(-1).object = true; // the step that says so may be gone
      break;
    }
  }
  painting.sequence = nextStroke();
  return true;
}

function difference({ bytes, width }, before, { top, left, bottom, right }) {
  const change = new Uint8Array((bottom - top) * (right - left));
  let changed = false;
  for (let row = top, to = 0; row < bottom; row++) {
    for (let i = row * width + left; i < row * width + right; i++, to++) {
      change[to] = bytes[i] ^ before[i];
      if (change[to]) changed = true;
    }
  }
  return changed ? { rect: { top, left, bottom, right }, change } : null;
}

// Takes the last step back, or with `redo` forth again. -> the rectangle that changed, or null.
export function travel(painting, redo) {
  const step = (redo ? painting.redo : painting.undo).pop();
  if (!step) return null;
  const { top, left, bottom, right } = step.rect;
  for (let row = top, from = 0; row < bottom; row++) {
    for (let i = row * painting.width + left; i < row * painting.width + right; i++, from++)
      painting.bytes[i] ^= step.change[from];
  }
  (redo ? painting.undo : painting.redo).push(step);
  painting.oneClick = redo ? step.oneClick : step.from;
  painting.sequence = nextStroke();
  return step.rect;
}

// No one-click mask, of an object neither, since the last time the painting was blank.
export function paintedByHand({ undo }) {
  const masks = undo.findLastIndex((step) => step.oneClick || step.object);
  return undo.findLastIndex((step) => step.cleared) >= masks;
}
