// @ts-check
// The page's state in its address, so that a copied address shows the same page.
//
//   address.get("tau")                              the value, checked; its default where the address has none
//   address.set({ tau: 46, rule: "mean" })          the page tells the address
//   address.subscribe(element, ["rule"], (values) => ...)   the address tells the page: back and forward
//
// Only the keys of the table exist. What does not fit is as if it were not there, and nothing from the address is ever
// put into the page as text. Photo, model and tab are steps of the history; the rest replaces the address, late.
// The visitor's own photo is never in an address: its step says { own: true } and names no photo, no seed, no tau. What
// an address would say of it is in sessionStorage, for a reload.
//
// Inside a frame (a Hugging Face Space) all of this is the address of the frame: the Space hands its own query string
// over when it opens, but its address bar does not follow. "Copy link" gives the frame's address, which shows the page.
import { EXAMPLES, MODELS } from "./data.js";
import { onPrediction, page } from "./page.js";
import { small } from "./storage.js";

/** @typedef {Record<string, any>} Values */
/** @typedef {{ element: Element, keys: string[], callback: (values: Values) => void }} Subscriber */
/**
 * usual: the default, left out of the address. steps: a new entry of the history. ofPhoto: about this photo only.
 * @typedef {{ read: (text: string) => any, usual: any, write: (value: any) => string, steps?: true, ofPhoto?: true }} Key
 */

export const PALETTES = ["voc", "safe"];
const GRADIO_PANELS = ["api", "settings"];
const DELAY = 200; // ms; browsers allow about 100 changes of the address in 30 s

/** @param {string[]} names */
const oneOf = (names) => (/** @type {string} */ text) => (names.includes(text) ? text : undefined);
/** @param {number} most */
const wholeUpTo = (most) => (/** @type {string} */ text) =>
  /^\d{1,4}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
/** @param {number} side */
const placeIn = (side) => (/** @type {string} */ text) => {
  const found = /^(\d{1,4}),(\d{1,4})$/.exec(text);
  const place = found && { row: Number(found[1]), column: Number(found[2]) };
  return place && place.row < side && place.column < side ? place : undefined;
};
/** @param {import("./types.js").Pixel} place */
const writePlace = ({ row, column }) => row + "," + column;

/** @type {Record<string, Key>} */
const KEYS = {
  photo: { read: oneOf(EXAMPLES), usual: null, write: String, steps: true },
  model: { read: oneOf(MODELS), usual: MODELS[0], write: String, steps: true },
  tab: { read: oneOf(["segment", "paint", "region", "learn"]), usual: "segment", write: String, steps: true },
  view: { read: oneOf(["overlay", "labels", "confidence", "boundaries", "grid"]), usual: "overlay", write: String },
  opacity: { read: wholeUpTo(100), usual: 60, write: String },
  unsure: { read: wholeUpTo(99), usual: 0, write: String },
  pixel: { read: placeIn(1024), usual: null, write: writePlace, ofPhoto: true }, // the pinned one: row,column
  seed: { read: placeIn(1024), usual: null, write: writePlace, ofPhoto: true }, // of the region: row,column
  tau: { read: wholeUpTo(442), usual: null, write: String, ofPhoto: true },
  rule: { read: oneOf(["seed", "mean", "network"]), usual: "seed", write: String },
  palette: { read: oneOf(PALETTES), usual: PALETTES[0], write: String, steps: true },
  present: { read: (text) => (text === "" ? true : undefined), usual: false, write: (on) => (on ? "" : "off") }, // ?present: for a projector
};

/** @type {Values} */
let values = {}; // key -> value, only where it is not the default
/** @type {Set<Subscriber>} */
const subscribers = new Set();
/** @type {string | null} */
let shownPhoto = null; // the photo on the page, as its data address
let timer = 0;

export const address = {
  keys: KEYS,
  own: false, // whether the photo is the visitor's
  /** @type {"" | "shown" | "sending"} */
  returning: "", // whether the visitor's own photo comes back after a reload: the one on the page, or on its way to it
  /** @type {{ photo: string, model: string } | null} */
  wanted: null, // what the address asks for and the page does not show yet

  /** @param {string} key */
  get: (key) => values[key] ?? KEYS[key].usual,

  /** @param {Values} changes */
  set(changes) {
    let step = false;
    let changed = false;
    for (const [key, value] of Object.entries(changes)) {
      const { usual, write, read, steps } = KEYS[key];
      const written = () => (values[key] === undefined ? null : write(values[key]));
      const before = written();
      const text = value === null || value === undefined ? null : write(value);
      const next = text === null ? null : (read(text) ?? null);
      if (next === null || text === (usual === null ? null : write(usual))) delete values[key];
      else values[key] = next;
      if (written() === before) continue;
      changed = true;
      step ||= Boolean(steps);
    }
    if (address.own) small.set("own", ofOwnPhoto());
    if (step) writeAddress(true);
    else if (changed) {
      clearTimeout(timer);
      timer = setTimeout(writeAddress, DELAY);
    }
  },

  /**
   * Calls back when the address changed any of `keys` and the page has the photo that it is about.
   * @param {Element} element
   * @param {string[]} keys
   * @param {(values: Values) => void} callback
   */
  subscribe(element, keys, callback) {
    subscribers.add({ element, keys, callback });
  },

  /**
   * Whether the page opens on another photo or model than `first`, which every page brings along.
   * @param {{ example: string, model: string } | null} first
   */
  leadsElsewhere(first) {
    const { wanted, returning } = address;
    if (returning) return true;
    return Boolean(first && wanted && (wanted.photo !== first.example || wanted.model !== first.model));
  },

  /** The link to hand on, up to date. */
  link() {
    writeAddress();
    return location.href;
  },
};

/** What an address would say of the visitor's own photo: the values of the keys `ofPhoto`, as text. */
function ofOwnPhoto() {
  const said = Object.entries(KEYS).filter(([key, { ofPhoto }]) => ofPhoto && values[key] !== undefined);
  return Object.fromEntries(said.map(([key, { write }]) => [key, write(values[key])]));
}

/** The query of the address that shows this page. Parameters that are not ours stay. */
function writeQuery() {
  const query = new URLSearchParams(location.search);
  const panel = GRADIO_PANELS.includes(query.get("view") ?? ""); // "Use via API" is open: gradio keeps that in `view`
  for (const [key, { write, ofPhoto }] of Object.entries(KEYS)) {
    if (key === "view" && panel) continue;
    const value = address.own && (ofPhoto || key === "photo") ? undefined : values[key];
    if (value === undefined) query.delete(key);
    else query.set(key, write(value));
  }
  return query
    .toString()
    .replaceAll("%2C", ",")
    .replace(/\bpresent=(?=&|$)/, "present");
}

/** @param {boolean} [step] a new entry of the history, unless nothing moved */
function writeAddress(step = false) {
  clearTimeout(timer);
  const { own } = address;
  const query = writeQuery();
  const next = location.pathname + (query && "?" + query) + location.hash;
  const moved = next !== location.pathname + location.search + location.hash || own !== Boolean(history.state?.own);
  try {
    if (step && moved) history.pushState({ own }, "", next);
    else if (moved) history.replaceState({ ...history.state, own }, "", next);
  } catch {
    // a frame without an origin, or too many changes: the page works without its address
  }
}

/** What the address says now, each value checked. */
function readAddress() {
  const query = new URLSearchParams(location.search);
  if (address.returning === "shown") {
    for (const [key, text] of Object.entries(small.get("own") ?? {})) query.set(key, String(text));
  }
  /** @type {Values} */
  const found = {};
  for (const [key, { read, write, usual }] of Object.entries(KEYS)) {
    const value = query.has(key) ? read(query.get(key) ?? "") : undefined;
    if (value !== undefined && (usual === null || write(value) !== write(usual))) found[key] = value;
  }
  return found;
}

/**
 * The page shows `now`. Its photo and model go into the address; what was about another photo leaves it.
 * @param {import("./types.js").Photo} now
 */
function settle(now) {
  const { wanted } = address;
  const first = shownPhoto === null;
  const found = wanted && now.example === wanted.photo && now.model === wanted.model;
  if (wanted && !found && !first) return; // the answer to an earlier question: the header asks once more
  const returned = address.returning === "shown" && !now.example;
  const led = returned || (wanted && now.example === wanted.photo); // seed and tau of the address are of this photo
  if (shownPhoto !== now.photo && !led) {
    for (const [key, { ofPhoto }] of Object.entries(KEYS)) if (ofPhoto) delete values[key];
  }
  address.wanted = null;
  address.own = !now.example;
  address.returning = "";
  shownPhoto = now.photo;
  if (now.example) values.photo = now.example;
  else delete values.photo;
  if (now.model === KEYS.model.usual) delete values.model;
  else values.model = now.model;
  if (address.own) small.set("own", ofOwnPhoto());
  writeAddress(!wanted && !returned);
}

/**
 * Back, forward, or an address typed over this one.
 * @param {PopStateEvent} event
 */
function follow({ state: entry }) {
  clearTimeout(timer);
  values = readAddress();
  const now = page.current;
  if (now && entry?.own && !now.example) address.own = true;
  else if (now && entry?.own) {
    values.photo = now.example; // the visitor's photo is in no history: the page stays with the one it has
    writeAddress();
  } else address.own = false;
  const photo = address.get("photo") ?? EXAMPLES[0];
  const model = address.get("model");
  const other = now && !address.own && (photo !== now.example || model !== now.model);
  address.wanted = other ? { photo, model } : null;
  for (const { element, keys, callback } of [...subscribers]) {
    if (!element.isConnected) continue;
    const heard = keys.filter((key) => !other || !KEYS[key].ofPhoto);
    if (heard.length) callback(Object.fromEntries(heard.map((key) => [key, address.get(key)])));
  }
  if (address.wanted) document.dispatchEvent(new CustomEvent("seg-wanted"));
}

if (small.get("sending")) address.returning = "sending";
else if (history.state?.own) address.returning = "shown";
values = readAddress();
address.wanted = { photo: address.get("photo") ?? EXAMPLES[0], model: address.get("model") };
onPrediction(document.documentElement, settle);
addEventListener("popstate", follow);
addEventListener("pagehide", () => shownPhoto !== null && writeAddress()); // what waits for the next change, at once
// Closing "Use via API" takes `view` out of the address: put ours back.
document.addEventListener("click", () => {
  setTimeout(() => {
    const seen = new URLSearchParams(location.search).get("view");
    const ours = seen === (values.view ?? null) || GRADIO_PANELS.includes(seen ?? "");
    if (shownPhoto !== null && !ours) writeAddress();
  });
});
