// @ts-check
// Numbers and colours as the visitor reads them.

/** @param {number} value */
export const number = (value) => Math.round(value).toLocaleString("en-US");

/**
 * A share that rounds to nothing or to all, and is neither, reads "<0.1 %" or ">99.9 %".
 * @param {number} share 0..1
 * @param {number} [digits] behind the point
 */
export function percent(share, digits = 1) {
  const step = 10 ** -digits;
  if (share > 0 && 100 * share < step / 2) return "<" + step.toFixed(digits) + " %";
  if (share < 1 && 100 * share >= 100 - step / 2) return ">" + (100 - step).toFixed(digits) + " %";
  return (100 * share).toFixed(digits) + " %";
}

/**
 * The same within a sentence: "less than 0.1 %", "more than 99.9 %".
 * @param {number} share 0..1
 * @param {number} [digits] behind the point
 */
export const spoken = (share, digits = 1) =>
  percent(share, digits).replace("<", "less than ").replace(">", "more than ");

/** @param {number[]} color */
export const rgb = (color) => "rgb(" + color.join(" ") + ")";

/**
 * @param {number} count
 * @param {string} word in the singular
 */
export const plural = (count, word) => number(count) + " " + word + (count === 1 ? "" : "s");

const PLURALS = new Map(
  Object.entries({
    person: "people",
    sheep: "sheep",
    mouse: "mice",
    knife: "knives",
    skis: "skis",
    scissors: "scissors",
  }),
);

/**
 * Some of a class: "1 bird", "4 birds", "2 buses".
 * @param {number} count
 * @param {string} name of a class of VOC or COCO
 */
export const countOf = (count, name) =>
  count === 1
    ? "1 " + name
    : number(count) + " " + (PLURALS.get(name) ?? name + (/(s|x|ch|sh)$/.test(name) ? "es" : "s"));

/** @param {number} size in megabytes */
export const megabytes = (size) => (size >= 10 ? number(size) : size.toFixed(1)) + " MB";
