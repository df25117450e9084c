// @ts-check
// Mouse or finger: the one place that knows, and that says "tap" where one taps. In styles: @media (hover: none).

export const byTouch = matchMedia("(hover: none)").matches;

/** @type {[RegExp, string][]} */
const WORDS = [
  [/\bclicks\b/g, "taps"],
  [/\bclicked\b/g, "tapped"],
  [/\bclicking\b/g, "tapping"],
  [/\bClick\b/g, "Tap"],
  [/\bclick\b/g, "tap"],
];

/**
 * A sentence that tells a mouse what to do, as a finger does it: "Click a pixel" is "Tap a pixel".
 * @param {string} sentence
 */
export const tapped = (sentence) =>
  byTouch ? WORDS.reduce((words, [word, instead]) => words.replace(word, instead), sentence) : sentence;

/**
 * The same for what a template says, in the elements with `data-click`.
 * @param {Element} element
 */
export function tapIn(element) {
  for (const place of element.querySelectorAll("[data-click]")) place.textContent = tapped(place.textContent ?? "");
}
