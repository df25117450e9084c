// The choice of the class that an experiment is about.
import { choice, classColor, make } from "./canvases.js";

// Which of the photo's classes an experiment is about, largest first; nothing to choose where there is one.
export function objectPicker(now, id, label, callback) {
  const found = now.classes.filter((entry) => entry.id).sort((a, b) => b.pixels - a.pixels);
  if (found.length < 2) return "";
  const options = found.map((entry) => ({ key: entry.id, title: entry.name, color: classColor(entry.id) }));
  return make("div.object", {}, make("p.seg-label", {}, label), choice(label, options, id, callback));
}

// Draws a slot anew; where the keyboard was on one of its class buttons, it is on the one now chosen.
export function replaceKeepingFocus(slot, content) {
  const held = slot.contains(document.activeElement) && document.activeElement.type === "radio";
  slot.replaceChildren(content);
  if (held) slot.querySelector(".object input:checked")?.focus();
}
