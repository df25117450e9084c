// The rule in four lines, and which of them is running.
export const LINE = { start: 0, take: 1, look: 2, join: 3 };

function codeLines({ distance }, tau) {
  return [
    ["region, queue = {seed}, [seed]", ""],
    ["while queue: pixel = queue.pop(0)", ""],
    ["  for near in neighbours(pixel) - region:", "  # up, down, left, right"],
    ["    if " + distance + " <= " + tau + ": region += near; queue += near", ""],
  ];
}

export function writeCode(list, rule, tau) {
  while (list.children.length < 4) list.append(document.createElement("li"));
  codeLines(rule, tau).forEach(([code, aside], i) => {
    const note = document.createElement("span");
    note.className = "aside";
    note.textContent = aside;
    list.children[i].replaceChildren(code, note);
  });
}

export function runLine(list, line) {
  list.dataset.line = line ?? "";
  [...list.children].forEach((item, i) => item.classList.toggle("running", i === line));
}
