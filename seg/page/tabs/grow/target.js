// What every answer is compared with: the individual under the seed, where the network tells individuals apart there,
// else all of the class under it.
import { classes } from "../../shared/classes.js";
import { onGround } from "./growth.js";

const IGNORE = 255;

// individuals: {map: their numbers at each pixel, 0 for none, classes: of numbers 1, 2, ...}, or null.
// -> {id: of the class, number: of the individual or 0, name, the: as a sentence calls it, off: and what is not it}
export function targetAt({ labels, width }, individuals, { row, column }) {
  const i = row * width + column;
  const id = labels[i];
  const name = id === IGNORE ? "unsure" : classes[id].name;
  const number = individuals ? individuals.map[i] : 0;
  if (number && individuals.classes[number - 1] === id)
    return { id, number, name, the: "this " + name, off: "off this " + name };
  return { id, number: 0, name, the: "all the network calls " + name, off: "outside what the network calls " + name };
}

// The target's pixels, with the border of a ground.
export const maskOf = ({ id, number }, ground, { labels }, individuals) =>
  number
    ? onGround(ground, (i) => (individuals.map[i] === number ? 1 : 0))
    : onGround(ground, (i) => (labels[i] === id ? 1 : 0));
