// The classes that the network knows, in plain sight, with those of this photo lit: what else there is, it calls background.
import { classes } from "../../shared/classes.js";
import { rgb } from "../../shared/words.js";

export function showKnown(place, found) {
  const here = new Set(found.map(({ id }) => id).filter(Boolean));
  const known = classes.filter(({ id }) => id);
  place.querySelector("p").textContent = here.size
    ? "The " + known.length + " classes it knows; all else is background."
    : "None of the " + known.length + " classes it knows is here.";
  place.querySelector("ul").replaceChildren(
    ...known.map(({ id, name, color }) => {
      const item = document.createElement("li");
      item.dataset.label = id;
      item.append(name);
      if (!here.has(id)) return item;
      item.className = "lit";
      const swatch = document.createElement("i");
      swatch.className = "swatch";
      swatch.style.background = rgb(color);
      item.prepend(swatch);
      return item;
    }),
  );
}
