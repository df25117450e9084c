// The commonest disagreements, the table of all pairs and the table of facts. Numbers come from the server (seg/scoring/agreement.py).
import { classes } from "../../shared/classes.js";
import { megabytes, number, percent, plural, rgb } from "../../shared/words.js";

export const make = (tag, text = "", attributes = {}) => {
  const node = document.createElement(tag);
  node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

export function swatch(id) {
  const dot = make("i", "", { class: "swatch" });
  dot.style.background = rgb(classes[id].color);
  return dot;
}

// A button that shows the pixels of one pair of classes alone, held while it is pressed.
function pairButton(first, second, onPair) {
  const button = make("button", "", {
    type: "button",
    "aria-pressed": "false",
    "data-first": first,
    "data-second": second,
  });
  button.addEventListener("click", () =>
    onPair(button.getAttribute("aria-pressed") === "true" ? null : { first, second }),
  );
  return button;
}

export function listCommon(list, { common, differ }, onPair) {
  list.replaceChildren(
    ...common.map(({ first, second, pixels }) => {
      const button = pairButton(first, second, onPair);
      button.append(
        make("b", plural(pixels, "pixel")),
        make("span", " A says "),
        swatch(first),
        make("span", " " + classes[first].name + ", B says "),
        swatch(second),
        make("span", " " + classes[second].name),
      );
      button.append(make("span", percent(pixels / differ) + " of all that differ", { class: "part" }));
      const item = make("li");
      item.append(button);
      return item;
    }),
  );
}

// Rows what A says, columns what B says, one count each; what both say is on the diagonal.
export function tablePairs(table, { ids, table: counts }, onPair) {
  const head = make("tr");
  head.append(make("th", "A ↓  B →", { scope: "col", class: "corner" }));
  for (const id of ids) {
    const cell = make("th", "", { scope: "col" });
    cell.append(swatch(id), " " + classes[id].name);
    head.append(cell);
  }
  const rows = ids.map((first, i) => {
    const row = make("tr");
    const name = make("th", "", { scope: "row" });
    name.append(swatch(first), " " + classes[first].name);
    row.append(name);
    ids.forEach((second, j) => {
      const count = counts[i][j];
      const cell = make("td", "", { "data-pixels": count, class: i === j ? "both" : count ? "apart" : "nothing" });
      if (i === j || !count) cell.textContent = number(count);
      else {
        const button = pairButton(first, second, onPair);
        button.textContent = number(count);
        button.title = "A says " + classes[first].name + ", B says " + classes[second].name + ": show these pixels";
        cell.append(button);
      }
      row.append(cell);
    });
    return row;
  });
  const heading = make("thead");
  heading.append(head);
  const body = make("tbody");
  body.append(...rows);
  table.replaceChildren(make("caption", "Pixels of each pair: rows what A says, columns what B says"), heading, body);
}

const FACTS = [
  ["Parameters", ({ parameters }) => (parameters / 1e6).toFixed(1) + " million"],
  ["Weights", (side) => megabytes(side.megabytes)],
  ["Time on this photo", ({ milliseconds }) => number(milliseconds) + " ms"],
  ["Ran on", ({ device }) => device],
  ["Published mean IoU", ({ score }) => (score === null ? "none, asked this way" : score.toFixed(1) + " %")],
  ["Measured on", ({ score_on: on }) => on || "–"],
];

export function tableFacts(table, sides) {
  const head = make("tr");
  head.append(make("td"));
  sides.forEach(({ title }, i) => {
    const cell = make("th", "", { scope: "col" });
    cell.append(make("b", "AB"[i]), " " + title);
    head.append(cell);
  });
  const heading = make("thead");
  heading.append(head);
  const body = make("tbody");
  for (const [name, write] of FACTS) {
    const row = make("tr");
    row.append(make("th", name, { scope: "row" }), ...sides.map((side) => make("td", write(side))));
    body.append(row);
  }
  table.replaceChildren(make("caption", "What the two models are"), heading, body);
}
