// What IoU is, beside the score: two shapes as large as the model's mask of one class and the painted one, the three areas
// they make, and the division in pixels. Before anything is painted, an example.
import { classes } from "../../shared/classes.js";
import { number, percent } from "../../shared/words.js";

const EXAMPLE = { overlap: 600, missed: 250, extra: 150 };
const [WIDTH, HEIGHT] = [116, 72]; // of the picture, CSS pixels

// The area that two circles share, whose centres are `apart`.
export function lens(first, second, apart) {
  const [small, large] = [Math.min(first, second), Math.max(first, second)];
  if (apart >= small + large) return 0;
  if (apart <= large - small) return Math.PI * small ** 2;
  // how far the line through the two corners is from the larger circle's centre
  const line = (apart ** 2 + large ** 2 - small ** 2) / (2 * apart);
  const segment = (radius, height) =>
    radius ** 2 * Math.acos(Math.min(1, Math.max(-1, height / radius))) -
    height * Math.sqrt(Math.max(0, radius ** 2 - height ** 2));
  return segment(large, line) + segment(small, apart - line);
}

// {overlap, missed, extra} pixels -> {model, painted: radii, apart: of their centres}, areas to scale: one pixel, one unit
export function twoCircles({ overlap, missed, extra }) {
  const model = Math.sqrt((overlap + missed) / Math.PI);
  const painted = Math.sqrt((overlap + extra) / Math.PI);
  let [near, far] = [Math.abs(model - painted), model + painted];
  if (!overlap) return { model, painted, apart: far * 1.06 };
  for (let step = 0; step < 40; step++) {
    const middle = (near + far) / 2;
    if (lens(model, painted, middle) > overlap) near = middle;
    else far = middle;
  }
  return { model, painted, apart: near };
}

// Which class the shapes are of: the one pointed at, else the one being painted, else the one furthest off.
export function chooseClass(found, pointed, painting) {
  const listed = (id) => found.find((one) => one.id === id);
  const worst = (list) => list.reduce((least, one) => (one.iou < least.iou ? one : least), list[0]);
  const things = found.filter(({ id }) => id);
  return listed(pointed) ?? (painting ? listed(painting) : null) ?? worst(things.length ? things : found);
}

// Painting nothing: what it scores against this truth. -> {accuracy, meanIou, classes: in either mask}
export function paintNothing(truth) {
  const counts = new Float64Array(256);
  for (const label of truth) counts[label] += 1;
  const graded = truth.length - counts[255];
  const present = counts.subarray(1, 255).reduce((sum, count) => sum + (count > 0 ? 1 : 0), 1);
  const accuracy = graded ? counts[0] / graded : 1;
  return { accuracy, meanIou: accuracy / present, classes: present };
}

export function whyNotAccuracy({ accuracy, meanIou, classes: count }) {
  if (count === 1)
    return "The model found only background here, so painting nothing is right everywhere and misleads nobody.";
  const scores =
    "Painting nothing has a pixel accuracy of " + percent(accuracy) + " here, and a mean IoU of " + meanIou.toFixed(3);
  if (accuracy >= 0.5) return scores + ". Most pixels are background, so accuracy praises who finds nothing.";
  if (accuracy) return scores + ". The more background a photo has, the more accuracy praises who finds nothing.";
  return scores + ": no pixel is background. On most photos it would look far better in accuracy.";
}

export function addDivision(board) {
  const { find } = board;

  // The division of the class that `board` is about, from the answer on screen; the example where there is none.
  function showDivision() {
    const found = board.shown?.scores.classes ?? [];
    const one = found.length ? chooseClass(found, board.look.only, board.tool.label) : null;
    const { overlap, missed, extra } = one ?? EXAMPLE;
    const all = overlap + missed + extra;
    draw({ overlap, missed, extra });
    for (const [name, count] of Object.entries({ overlap, missed, extra }))
      find(".areas b." + name).textContent = number(count);
    find(".division .of").textContent = one ? classes[one.id].name : "For example";
    find(".division .sum").textContent =
      number(overlap) + " / " + number(all) + " = " + (overlap / all).toFixed(3) + ", or " + percent(overlap / all);
    Object.assign(find(".division").dataset, { of: one ? one.id : "example", overlap, missed, extra });
  }

  function draw(areas) {
    const { model, painted, apart } = twoCircles(areas);
    const left = Math.min(-model, apart - painted);
    const right = Math.max(model, apart + painted);
    const scale = Math.min((WIDTH - 4) / (right - left), (HEIGHT - 4) / (2 * Math.max(model, painted)));
    const start = (WIDTH - scale * (right - left)) / 2 - scale * left;
    const put = (selector, radius, x) => {
      for (const circle of board.element.querySelectorAll(selector))
        for (const [name, value] of Object.entries({ r: scale * radius, cx: start + scale * x, cy: HEIGHT / 2 }))
          circle.setAttribute(name, value.toFixed(2));
    };
    put(".division .model", model, 0);
    put(".division .painted", painted, apart);
  }

  function showTrivial() {
    const nothing = paintNothing(board.now.labels);
    Object.assign(find(".trivial").dataset, { accuracy: nothing.accuracy, iou: nothing.meanIou });
    find(".trivial span").textContent = whyNotAccuracy(nothing);
  }

  Object.assign(board, { showDivision, showTrivial });
}
