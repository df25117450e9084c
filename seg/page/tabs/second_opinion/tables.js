// The commonest disagreements, the table of all pairs and the table of facts. Numbers come from the server (seg/scoring/agreement.py).

const make = (tag, text = "", attributes = {}) => {
  const node = document.createElement(tag);
  node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

function swatch(id) {
  const dot = make("i", "", { class: "swatch" });
  dot.style.background = Seg.rgb(Seg.classes[id].color);
  return dot;
}

// A button that shows the pixels of one pair of classes alone, held while it is pressed.
function pairButton(first, second, onPair) {
  const button = make("button", "", { type: "button", "aria-pressed": "false", "data-first": first, "data-second": second });
  button.addEventListener("click", () => onPair(button.getAttribute("aria-pressed") === "true" ? null : { first, second }));
  return button;
}

function listCommon(list, { common, differ }, onPair) {
  list.replaceChildren(
    ...common.map(({ first, second, pixels }) => {
      const button = pairButton(first, second, onPair);
      button.append(make("b", Seg.plural(pixels, "pixel")), make("span", " A says "), swatch(first), make("span", " " + Seg.classes[first].name + ", B says "), swatch(second), make("span", " " + Seg.classes[second].name));
      button.append(make("span", Seg.percent(pixels / differ) + " of all that differ", { class: "part" }));
      const item = make("li");
      item.append(button);
      return item;
    }),
  );
}

// Rows what A says, columns what B says, one count each; what both say is on the diagonal.
function tablePairs(table, { ids, table: counts }, onPair) {
  const head = make("tr");
  head.append(make("th", "A ↓  B →", { scope: "col", class: "corner" }));
  for (const id of ids) {
    const cell = make("th", "", { scope: "col" });
    cell.append(swatch(id), " " + Seg.classes[id].name);
    head.append(cell);
  }
  const rows = ids.map((first, i) => {
    const row = make("tr");
    const name = make("th", "", { scope: "row" });
    name.append(swatch(first), " " + Seg.classes[first].name);
    row.append(name);
    ids.forEach((second, j) => {
      const count = counts[i][j];
      const cell = make("td", "", { "data-pixels": count, class: i === j ? "both" : count ? "apart" : "nothing" });
      if (i === j || !count) cell.textContent = Seg.number(count);
      else {
        const button = pairButton(first, second, onPair);
        button.textContent = Seg.number(count);
        button.title = "A says " + Seg.classes[first].name + ", B says " + Seg.classes[second].name + ": show these pixels";
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
  ["Weights", ({ megabytes }) => Seg.megabytes(megabytes)],
  ["Time on this photo", ({ milliseconds }) => Seg.number(milliseconds) + " ms"],
  ["Ran on", ({ device }) => device],
  ["Published mean IoU", ({ score }) => (score === null ? "none, asked this way" : score.toFixed(1) + " %")],
  ["Measured on", ({ score_on: on }) => on || "–"],
];

function tableFacts(table, sides) {
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
