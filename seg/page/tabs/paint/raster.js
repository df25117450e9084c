// What strokes, polygons and fills do to a label map, exactly: whole pixels, one class id each, no anti-aliasing.
// A map is {height, width, bytes: Uint8Array, row-major}. All coordinates are whole pixels {row, column}, and may lie
// outside the map. Each function returns the rectangle it touched, {top, left, bottom, right} half-open, or null.
// A round brush drawn from one pixel to another: every pixel whose centre is at most diameter / 2 from the segment
// between the two centres. diameter is odd. Whole-number arithmetic, so the answer does not depend on rounding.
export function paintSegment(map, from, to, diameter, value) {
  const { height, width, bytes } = map;
  const reach = (diameter - 1) / 2;
  const top = Math.max(0, Math.min(from.row, to.row) - reach);
  const bottom = Math.min(height, Math.max(from.row, to.row) + reach + 1);
  const left = Math.max(0, Math.min(from.column, to.column) - reach);
  const right = Math.min(width, Math.max(from.column, to.column) + reach + 1);
  if (top >= bottom || left >= right) return null;
  const inside = nearSegment(from, to, diameter);
  for (let row = top; row < bottom; row++) {
    let first = left;
    let last = right - 1;
    while (first <= last && !inside(row, first)) first++; // the shape is convex: one run of pixels a row
    while (last > first && !inside(row, last)) last--;
    if (first <= last) bytes.fill(value, row * width + first, row * width + last + 1);
  }
  return { top, left, bottom, right };
}

function nearSegment(from, to, diameter) {
  const down = to.row - from.row;
  const across = to.column - from.column;
  const length2 = down * down + across * across;
  const limit = diameter * diameter; // four times the squared radius
  return (row, column) => {
    const y = row - from.row;
    const x = column - from.column;
    const along = y * down + x * across;
    if (along <= 0) return 4 * (y * y + x * x) <= limit;
    if (along >= length2) return 4 * ((row - to.row) ** 2 + (column - to.column) ** 2) <= limit;
    const aside = x * down - y * across;
    return 4 * aside * aside <= limit * length2;
  };
}

// A polygon with its corners on pixel centres: every pixel whose centre is inside by the even-odd rule, or on an edge.
export function paintPolygon(map, corners, value) {
  const { height, width, bytes } = map;
  const rows = corners.map((corner) => corner.row);
  const top = Math.max(0, Math.min(...rows));
  const bottom = Math.min(height, Math.max(...rows) + 1);
  if (corners.length < 3 || top >= bottom) return null;
  const edges = corners.map((corner, i) => [corner, corners[(i + 1) % corners.length]]);
  for (let row = top; row < bottom; row++) {
    const run = (first, last) => {
      const start = Math.max(0, Math.ceil(first));
      const end = Math.min(width - 1, Math.floor(last));
      if (start <= end) bytes.fill(value, row * width + start, row * width + end + 1);
    };
    const crossings = [];
    for (const [a, b] of edges) {
      const low = Math.min(a.row, b.row);
      const high = Math.max(a.row, b.row);
      if (row < low || row > high) continue;
      if (low === high) {
        run(Math.min(a.column, b.column), Math.max(a.column, b.column));
        continue;
      }
      const at = a.column + ((row - a.row) * (b.column - a.column)) / (b.row - a.row); // exact when it is a whole number
      run(at, at);
      if (row < high) crossings.push(at); // a corner between two edges counts once
    }
    crossings.sort((p, q) => p - q);
    for (let i = 0; i + 1 < crossings.length; i += 2) run(crossings[i], crossings[i + 1]);
  }
  return { top, left: 0, bottom, right: width };
}

// Every pixel that a path of 4-neighbours of one value joins to the given one.
export function floodFill(map, { row, column }, value) {
  const { height, width, bytes } = map;
  if (row < 0 || column < 0 || row >= height || column >= width) return null;
  const old = bytes[row * width + column];
  if (old === value) return null;
  const rect = { top: row, left: column, bottom: row + 1, right: column + 1 };
  const waiting = [row * width + column];
  while (waiting.length) {
    const seed = waiting.pop();
    if (bytes[seed] !== old) continue;
    const begin = seed - (seed % width);
    let first = seed;
    let last = seed;
    while (first > begin && bytes[first - 1] === old) first--;
    while (last < begin + width - 1 && bytes[last + 1] === old) last++;
    bytes.fill(value, first, last + 1);
    const y = begin / width;
    grow(rect, { top: y, bottom: y + 1, left: first - begin, right: last - begin + 1 });
    for (const step of [-width, width]) {
      if (begin + step < 0 || begin + step >= bytes.length) continue;
      for (let i = first + step; i <= last + step; i++) {
        if (bytes[i] === old && (i === first + step || bytes[i - 1] !== old)) waiting.push(i);
      }
    }
  }
  return rect;
}

// Enlarges `rect` in place to hold `other`; either may be null. Returns the result.
export function grow(rect, other) {
  if (!rect || !other) return rect || (other && { ...other });
  rect.top = Math.min(rect.top, other.top);
  rect.left = Math.min(rect.left, other.left);
  rect.bottom = Math.max(rect.bottom, other.bottom);
  rect.right = Math.max(rect.right, other.right);
  return rect;
}

export const whole = (map) => ({ top: 0, left: 0, bottom: map.height, right: map.width });
