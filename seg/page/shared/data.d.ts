// What seg/page/modules.py writes into shared/data.js.
import type { ClassEntry } from "./types.js";
export const CLASSES: ClassEntry[];
export const EXAMPLES: string[];
export const MODELS: string[];
/** of the pixels: a class with fewer is tiny */
export const TINY_SHARE: number;
