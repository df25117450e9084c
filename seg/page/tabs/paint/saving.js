// @ts-check
// Paintings that survive a reload: every change is stored, the undo steps one by one. What is not stored yet when the
// page is left, a stroke under way for instance, goes into sessionStorage, which is written at once.
import { read, small, write } from "../../shared/storage.js";

/** @typedef {import("../../shared/types.js").Painting} Painting */

const LEFT = "unsaved"; // in sessionStorage: records of paintings by key, with their bytes and new steps as runs
/** @type {WeakMap<Painting, Set<number>>} */
const stored = new WeakMap(); // painting -> ids of its steps that are in the database
/** @type {Set<Painting>} */
const unsaved = new Set();

/** @param {Painting} painting */
function record({ height, width, bytes, undo, redo, oneClick, version, lastStep, scores }) {
  const ids = (/** @type {any[]} */ steps) => steps.map(({ id }) => id);
  const best = [...scores].map(([truth, score]) => [truth, score.best]);
  return { height, width, bytes, undo: ids(undo), redo: ids(redo), oneClick, version, lastStep, best };
}

/**
 * Stores a painting as it is now. Never rejects.
 * @param {Painting} painting
 * @returns {Promise<void>} once it is stored, or cannot be
 */
export async function savePainting(painting) {
  const { key } = painting;
  const version = ++painting.version;
  const steps = [...painting.undo, ...painting.redo];
  for (const step of steps) step.id ??= ++painting.lastStep;
  const before = stored.get(painting) ?? new Set();
  stored.set(painting, before);
  unsaved.add(painting);
  const added = steps.filter(({ id }) => !before.has(id));
  const here = new Set(steps.map(({ id }) => id));
  const gone = [...before].filter((id) => !here.has(id));
  const done = await write(
    [
      [["painting", key], record(painting)],
      ...added.map((step) => /** @type {any} */ ([["step", key, step.id], step])),
    ],
    gone.map((id) => ["step", key, id]),
  );
  if (!done) return;
  for (const { id } of added) before.add(id);
  for (const id of gone) before.delete(id);
  if (painting.version === version) unsaved.delete(painting);
}

/** The page is left: what the database may not have goes where it is written at once. */
export function saveAtOnce() {
  const left = Object.fromEntries(
    [...unsaved].map((painting) => {
      const known = stored.get(painting);
      const steps = [...painting.undo, ...painting.redo].filter(({ id }) => !known?.has(id));
      return [
        painting.key,
        {
          ...record(painting),
          bytes: runs(painting.bytes),
          steps: steps.map((step) => ({ ...step, change: runs(step.change) })),
        },
      ];
    }),
  );
  if (unsaved.size) small.set(LEFT, { ...small.get(LEFT), ...left });
}

/**
 * The stored painting of a photo, or null.
 * @param {string} key
 * @param {number} height
 * @param {number} width
 * @returns {Promise<Painting | null>}
 */
export async function loadPainting(key, height, width) {
  const { [key]: left, ...others } = small.get(LEFT) ?? {};
  const found = await read(["painting", key]);
  const newer = left && !(found?.version > left.version);
  const from = newer ? left : found;
  if (from?.height !== height || from.width !== width) return null;
  const steps = new Map();
  for (const step of newer ? left.steps : []) steps.set(step.id, { ...step, change: bytesOf(step.change) });
  const known = new Set();
  for (const id of [...from.undo, ...from.redo].filter((one) => !steps.has(one))) {
    const step = await read(["step", key, id]);
    if (step) steps.set(id, step);
    if (step) known.add(id);
  }
  // A step that was lost takes along those before it, which can no longer be reached.
  const whole = (/** @type {number[]} */ ids) => {
    const list = ids.map((id) => steps.get(id));
    return list.slice(list.lastIndexOf(undefined) + 1);
  };
  const { oneClick, version, lastStep, best } = from;
  const painting = /** @type {Painting} */ ({
    key,
    height,
    width,
    bytes: newer ? bytesOf(left.bytes) : from.bytes,
    undo: whole(from.undo),
    redo: whole(from.redo),
    sequence: 0,
    oneClick,
    scores: new Map(best.map((/** @type {any} */ [truth, one]) => [truth, { last: null, best: one }])),
    version,
    lastStep,
    truth: 0,
  });
  stored.set(painting, known);
  if (newer) savePainting(painting).then(() => small.set(LEFT, Object.keys(others).length ? others : null));
  return painting;
}

/** [value, count, value, count, ...]. @param {Uint8Array} bytes */
function runs(bytes) {
  const list = [];
  for (let i = 0, first = 0; i < bytes.length; first = i) {
    while (i < bytes.length && bytes[i] === bytes[first]) i++;
    list.push(bytes[first], i - first);
  }
  return list;
}

/** @param {number[]} list as `runs` makes it */
function bytesOf(list) {
  const bytes = new Uint8Array(list.reduce((sum, count, i) => sum + (i % 2 ? count : 0), 0));
  for (let i = 0, at = 0; i < list.length; at += list[i + 1], i += 2) bytes.fill(list[i], at, at + list[i + 1]);
  return bytes;
}
