// Elements, and pictures made of one byte per pixel.
import { classes } from "../../shared/classes.js";
import { page } from "../../shared/page.js";
import { fillSlider } from "../../shared/slider.js";
import { rgb } from "../../shared/words.js";

// make("p.note", {title: "..."}, "words", child) -> element. Attributes that are functions become listeners.
export function make(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [name, given] of Object.entries(attributes)) {
    if (typeof given === "function") made.addEventListener(name, given);
    else made.setAttribute(name, given);
  }
  made.append(...children);
  return made;
}

export const svg = (tag, attributes = {}, ...children) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, given] of Object.entries(attributes)) made.setAttribute(name, given);
  made.append(...children);
  return made;
};

// What is right and what is wrong, with the names that captions give them; the second pair is Okabe and Ito's (2008).
const VERDICTS = {
  voc: { good: { name: "Green", color: [43, 158, 84] }, bad: { name: "Red", color: [214, 58, 36] } },
  safe: { good: { name: "Blue", color: [0, 114, 178] }, bad: { name: "Orange", color: [213, 94, 0] } },
};
export const verdicts = () => VERDICTS[page.palette];

// For what is too much or lost, beside a class: red, unless the class is nearly red itself.
export function signalBeside(color) {
  const { bad } = VERDICTS.voc;
  const apart = Math.hypot(...color.map((part, k) => part - bad.color[k]));
  return apart > 130 ? bad : { name: "Blue", color: [36, 84, 230] };
}

export const classColor = (id) => (id === 255 ? [224, 224, 192] : classes[id].color);
export const className = (id) => classes[id].name;

// A picture with a sentence that stands for it. -> {figure, canvas, caption}
export function picture(title, says = "") {
  const canvas = make("canvas", { role: "img", "aria-label": title });
  const caption = make("figcaption", {}, make("b", {}, title), make("span.says", {}, says));
  return {
    figure: make("figure.picture", {}, canvas, caption),
    canvas,
    says: caption.lastChild,
    title: caption.firstChild,
  };
}

export function describePicture(drawn, words, alternative = words) {
  drawn.says.textContent = words;
  drawn.canvas.setAttribute("aria-label", drawn.title.textContent + ". " + alternative);
}

function fitCanvas(canvas, height, width) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return canvas.getContext("2d");
}

export const drawPhoto = (canvas, now) => fitCanvas(canvas, now.height, now.width).drawImage(now.image, 0, 0);

// Draws colourAt(i) -> packed RGBA over the canvas, which is cleared first; `behind` is a photo to lay under it.
export function drawBytes(canvas, height, width, colorAt, behind = null) {
  const context = fitCanvas(canvas, height, width);
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = colorAt(i);
  if (!behind) return context.putImageData(image, 0, 0);
  const layer = document.createElement("canvas");
  fitCanvas(layer, height, width).putImageData(image, 0, 0);
  context.drawImage(behind, 0, 0, width, height);
  context.drawImage(layer, 0, 0);
}

// [r, g, b] and opacity -> the number an ImageData's 32-bit word holds (little-endian machines, as all browsers' are).
export const rgba = ([r, g, b], a = 1) => ((Math.round(a * 255) << 24) | (b << 16) | (g << 8) | r) >>> 0;

export function labelColors(opacity, background = null) {
  const colors = new Uint32Array(256);
  for (const { id, color } of classes) colors[id] = rgba(color, opacity);
  colors[255] = rgba(classColor(255), opacity);
  if (background !== null) colors[0] = background;
  return colors;
}

// Black to yellow to white for pull and share, readable on both themes: dark is little.
export const HEAT = Uint32Array.from({ length: 256 }, (_, i) => {
  const t = i / 255;
  return rgba(
    [Math.min(255, 20 + 420 * t), Math.min(255, 18 + 330 * t * t), Math.min(255, 38 + 90 * t * t * t)].map(Math.round),
  );
});

// A radio group. options: [{key, name, color?}]. -> element; calls back with the key.
let groups = 0;
export function choice(label, options, chosen, callback) {
  const name = "learn-choice-" + ++groups;
  const group = make("div.seg-choice", { role: "radiogroup", "aria-label": label });
  for (const { key, title, color } of options) {
    const input = make("input", { type: "radio", name, change: () => callback(key) });
    input.checked = key === chosen;
    input.dataset.key = key;
    const words = make("span", {}, title);
    if (color) words.prepend(make("i.swatch", { style: "background:" + rgb(color) }));
    group.append(make("label", {}, input, words));
  }
  return group;
}

// A slider with its words and what it stands at. -> {element, input, output}
export function slider(label, most, start, callback, least = 0) {
  const input = make("input", { type: "range", "aria-label": label, min: least, max: most, step: 1, value: start });
  const output = make("output");
  const follow = () => {
    fillSlider(input);
    output.textContent = callback(Number(input.value)) || "";
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", follow);
  return { element: make("label.seg-slider", {}, make("span", {}, label), output, input), input, follow };
}

export const score = (number, digits = 3) => number.toFixed(digits);
