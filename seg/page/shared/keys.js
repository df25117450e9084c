// @ts-check
// Keys as the page's shortcuts name them, on any keyboard layout.

/** What the usual layout writes, by the place of the key. @type {Record<string, string>} */
const SIGNS = { BracketLeft: "[", BracketRight: "]", Minus: "-", Equal: "=", Space: " " };
const WRITTEN = /^[a-z0-9[\]+=\- ]$/; // what shortcuts are made of
const ASCII = /^[\0-\x7f]+$/;
const LATIN = /\p{Script=Latin}/u;

/**
 * The shortcut that a key stands for: a small letter, a digit, a sign, or the name of a key such as "Enter"; "" for
 * none. Ctrl and Meta are not looked at.
 *
 * What the layout writes counts (AZERTY, QWERTZ, Dvorak). Where that is no Latin letter (Cyrillic, Greek, Hebrew,
 * Arabic), and for digits and signs that the layout has not or only with Shift, the place of the key counts. Alt is the
 * browser's, save where the layout needs it to write a bracket.
 * @param {KeyboardEvent} event
 */
export function shortcutOf({ key: written = "", code = "", altKey, shiftKey }) {
  const key = written.length === 1 ? written.toLowerCase() : written;
  if (altKey) return key && "[]".includes(key) && !code.startsWith("Bracket") ? key : "";
  if (WRITTEN.test(key)) return key;
  if (/^Digit\d$/.test(code)) return shiftKey ? "" : code.slice(-1);
  if (key === "Dead" || !ASCII.test(key)) {
    if (/^Key[A-Z]$/.test(code)) return key === "Dead" || LATIN.test(key) ? "" : code.slice(-1).toLowerCase();
    return SIGNS[code] ?? "";
  }
  return key.length > 1 ? key : ""; // Enter, ArrowUp
}

/** Arrow keys as steps: [down, right]. */
export const ARROWS = /** @type {Record<string, [number, number]>} */ ({
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
});
