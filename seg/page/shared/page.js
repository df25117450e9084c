// @ts-check
// What all components share: the photo in front of the visitor, and what they make of it.
import { classes, recolour } from "./classes.js";
import "./clone.js";
import { inflate, inflateSmooth } from "./codec.js";

/** @typedef {import("./types.js").Photo} Photo */
/** @typedef {import("./types.js").Pixel} Pixel */

/**
 * The page's state. `palette` is set by palette.js, `pin` and `setPin` by the tab "Segment", `painting` by "Paint and
 * grade", `secondOpinion` and `individuals` by their sections, `restore` by the header: it sends the photo again where
 * the server has forgotten it, and is false where it cannot. `drawings` has for each tab with a photo in it a function:
 * that photo with what lies over it on the screen, at its own size, and a word for the file's name; null where that is
 * what the server makes, the model's labels over the photo.
 */
export const page = {
  /** @type {Photo | null} */ current: null,
  revision: 0, // counts the predictions shown
  working: "", // what is under way, in words
  said: "", // what `say` said last
  /** @type {"voc" | "safe"} */ palette: "voc",
  /** @type {Pixel | null} */ pin: null,
  /** @type {(pixel: Pixel | null) => void} */ setPin: () => {},
  /** @type {import("./types.js").Painting | null} */ painting: null,
  /** @type {import("./types.js").SecondOpinion | null} */ secondOpinion: null,
  /** @type {Map<number, number> | null} */ individuals: null, // how many of each class id, of the photo on the page
  /** @type {Record<string, () => { canvas: HTMLCanvasElement, word: string } | null>} */ drawings: {},
  /** @type {() => boolean} */ restore: () => false,
  /** @type {Set<{ element: Element, callback: (now: Photo) => void }>} */ listeners: new Set(),
};

/**
 * Calls back now, if there is a prediction, and whenever there is a new one, for as long as the element is on the page.
 * @param {Element} element
 * @param {(now: Photo) => void} callback
 */
export function onPrediction(element, callback) {
  page.listeners.add({ element, callback });
  if (page.current) callback(page.current);
}

let turn = 0;

/**
 * Shows another photo or prediction. Resolves once every component has heard of it.
 * @param {any} payload as made by `payload` in seg/page/select_photo.py
 */
export async function publish(payload) {
  const mine = ++turn;
  const { height, width, coarse } = payload;
  const [image, labels, confidence, cells] = await Promise.all([
    loadImage(payload.photo),
    inflate(payload.labels, height * width),
    inflateSmooth(payload.confidence, height, width),
    inflate(coarse.labels, coarse.height * coarse.width),
  ]);
  if (mine !== turn) return; // a newer photo overtook this one
  recolour(payload.classes, page.palette);
  page.current = { ...payload, image, labels, confidence, coarse: { ...coarse, labels: cells } };
  page.individuals = null;
  page.revision += 1;
  for (const listener of [...page.listeners]) {
    if (!listener.element.isConnected) page.listeners.delete(listener);
    else listener.callback(/** @type {Photo} */ (page.current));
  }
  document.documentElement.dataset.segRevision = String(page.revision);
}

/** @param {string} source */
async function loadImage(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

/**
 * Work in progress, announced to the whole page as "seg-working".
 * @param {string} sentence "Uploading ...", or "" when done
 */
export function setWorking(sentence) {
  page.working = sentence;
  document.documentElement.dataset.segWorking = sentence;
  document.dispatchEvent(new CustomEvent("seg-working", { detail: sentence }));
}

/**
 * One sentence for the visitor, shown in the notice under the header; "" takes it away.
 * @param {string} sentence
 */
export function say(sentence) {
  page.said = sentence;
  document.dispatchEvent(new CustomEvent("seg-say", { detail: sentence }));
}

/** @param {number} id */
export const className = (id) => classes[id]?.name ?? "unsure";
