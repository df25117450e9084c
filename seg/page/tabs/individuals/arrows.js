// The key move of Panoptic-DeepLab, drawn: for some pixels the offset they give, as an arrow; badges move to the centres.
const SVG = "http://www.w3.org/2000/svg";
const HEAD = 5; // CSS pixels, the length of an arrow's head, which sits at its middle: the ends all meet
const SHORTEST = 14; // CSS pixels; a shorter one has no head

// The arrows of each individual as one path. all: [[number, row, column, row pointed to, column], ...] in pixels of the
// photo; scale: CSS pixels of one of these. -> {number: path data}
export function arrowPaths(all, scale) {
  const paths = {};
  for (const [number, row, column, toRow, toColumn] of all) {
    const [down, right] = [toRow - row, toColumn - column];
    const length = Math.hypot(down, right);
    let path = "M" + column + " " + row + "L" + toColumn + " " + toRow;
    if (length * scale >= SHORTEST) {
      const [y, x] = [row + down / 2, column + right / 2];
      const [back, side] = [HEAD / scale / length, HEAD / scale / length / 1.6];
      for (const turn of [-1, 1])
        path +=
          "M" +
          round(x - back * right + turn * side * down) +
          " " +
          round(y - back * down - turn * side * right) +
          "L" +
          round(x) +
          " " +
          round(y);
    }
    paths[number] = (paths[number] ?? "") + path;
  }
  return paths;
}

const round = (value) => Math.round(10 * value) / 10;

export function drawArrows(svg, { arrows, height, width }, scale) {
  svg.setAttribute("viewBox", "0 0 " + width + " " + height);
  svg.replaceChildren(
    ...Object.entries(arrowPaths(arrows, scale)).map(([number, path]) => {
      const group = document.createElementNS(SVG, "g");
      group.dataset.number = number;
      for (const name of ["halo", "line"]) {
        const line = document.createElementNS(SVG, "path");
        line.setAttribute("class", name);
        line.setAttribute("d", path);
        group.append(line);
      }
      return group;
    }),
  );
}
