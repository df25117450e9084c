// The individuals by name, and their numbers on the photo.
import { classes } from "../../shared/classes.js";
import { percent, rgb } from "../../shared/words.js";

const CROWDED = 30; // with more individuals than this, a number stands only where it has room
const RADIUS = 11; // CSS pixels, of a number's badge

// One line: number, class, score. point(number) while it is pointed at, point(0) after; hold() when it is pressed.
export function listItem({ number, name, score, voc }, point, hold) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.number = number;
  button.setAttribute("aria-pressed", "false");
  button.innerHTML = '<b></b><i class="swatch"></i><span></span><em></em>';
  const [mark, swatch, word, sure] = button.children;
  mark.textContent = number;
  swatch.hidden = voc === null;
  if (voc !== null) swatch.style.background = rgb(classes[voc].color);
  word.textContent = name + (voc === null ? " (no VOC class)" : "");
  sure.textContent = percent(score, 0);
  button.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && point(number));
  button.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && point(0));
  button.addEventListener("focus", () => button.matches(":focus-visible") && point(number));
  button.addEventListener("blur", () => point(0));
  button.addEventListener("click", () => hold(number));
  item.append(button);
  return item;
}

// The number of an individual on the photo: well inside it, or at its centre.
export function badge({ number }) {
  const mark = document.createElement("b");
  mark.textContent = number;
  mark.dataset.number = number;
  return mark;
}

export function placeBadges(box, individuals, { height, width }, scale, atCentres) {
  const shown = new Map(individuals.map((one) => [String(one.number), one]));
  for (const mark of box.children) {
    const { row, column, centre, room } = shown.get(mark.dataset.number);
    const [y, x] = atCentres && centre ? centre : [row, column];
    mark.style.top = (100 * (y + 0.5)) / height + "%";
    mark.style.left = (100 * (x + 0.5)) / width + "%";
    mark.classList.toggle("tight", individuals.length > CROWDED && room * scale < RADIUS);
  }
  box.classList.toggle("centres", atCentres);
}
