// @ts-check
// The colours that the classes wear: VOC's own, or the set that colour-blind eyes tell apart (seg/classes.py).
import { address, PALETTES } from "./address.js";
import { classes, recolour } from "./classes.js";
import { page } from "./page.js";

/**
 * The classes and the photo's legend change colours, the address follows, and the document hears "seg-palette": whoever
 * draws classes draws again. Which one is in use: `page.palette`.
 * @param {string} name "voc" or "safe"
 */
export function setPalette(name) {
  if (!PALETTES.includes(name) || name === page.palette) return;
  page.palette = /** @type {"voc" | "safe"} */ (name);
  recolour(classes, page.palette);
  if (page.current) recolour(page.current.classes, page.palette);
  address.set({ palette: name });
  document.dispatchEvent(new CustomEvent("seg-palette", { detail: name }));
}

setPalette(address.get("palette"));
address.subscribe(document.documentElement, ["palette"], ({ palette }) => setPalette(palette));
