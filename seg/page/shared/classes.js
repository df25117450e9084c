// @ts-check
// The 21 classes and the colours they wear.
import { CLASSES } from "./data.js";

/** @typedef {import("./types.js").ClassEntry} ClassEntry */

/** Index = id. Read colours when drawing: they change with the palette. */
export const classes = CLASSES;

/**
 * Gives the entries of a legend, or the classes themselves, their colours of a palette. An entry's colour keeps its
 * form: "#rrggbb" as the server writes it, or [r, g, b].
 * @param {{ id: number, color: any }[]} entries
 * @param {"voc" | "safe"} palette
 */
export function recolour(entries, palette) {
  for (const entry of entries) {
    const color = classes[entry.id].colors[palette];
    const hex = () => "#" + color.map((part) => part.toString(16).padStart(2, "0")).join("");
    entry.color = Array.isArray(entry.color) ? color : hex();
  }
}
