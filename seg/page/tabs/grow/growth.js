// Region growing as seg/growing/regions.py does it: the same queue, the same order (up, down, left, right), the same
// arithmetic in doubles. tests/browser/test_grow.py holds the two against each other.
// Pure functions, no DOM. Every map has a border of one pixel that nothing enters, so that no neighbour needs a check
// of bounds: index = (row + 1) * stride + column + 1, stride = width + 2.
import { ruleOf } from "./rules.js";

// Squared distance of two colours -> tick of the first tau that allows it. The root is compared, as there.
const { taus: TAUS } = ruleOf("seed");
const TICK_OF = new Uint8Array(3 * 255 * 255 + 1);
for (let squared = 0, tick = 0; squared < TICK_OF.length; squared++) {
  while (Math.sqrt(squared) > TAUS[tick]) tick++;
  TICK_OF[squared] = tick;
}
const UNSEEN = 255;
export const WALL = 254; // the border: seen, and later than every tick

// planes: green, red - green, blue - green, each height x width (seg.page.tabs.grow.pack_colours).
export function makeGround(planes, height, width) {
  const count = height * width;
  return groundOf(height, width, (i) => {
    const green = planes[i];
    return ((planes[count + i] + green) & 255) | (green << 8) | (((planes[2 * count + i] + green) & 255) << 16);
  });
}

// Every step-th pixel of every step-th row, from the first.
export function thinGround({ height, width, stride, colours }, step) {
  const across = Math.ceil(width / step);
  return groundOf(Math.ceil(height / step), across, (i) => {
    const row = (i / across) | 0;
    return colours[(row * step + 1) * stride + (i - row * across) * step + 1];
  });
}

// colourOf: number of a pixel -> red, green, blue, a byte each, from the lowest.
function groundOf(height, width, colourOf) {
  const stride = width + 2;
  const size = (height + 2) * stride;
  const count = height * width;
  const colours = new Int32Array(size);
  const blank = new Uint8Array(size).fill(WALL);
  for (let row = 0, from = 0; row < height; row++) {
    const start = (row + 1) * stride + 1;
    blank.fill(UNSEEN, start, start + width);
    for (let to = start; to < start + width; to++, from++) colours[to] = colourOf(from);
  }
  const scratch = { stack: new Int32Array(count), waiting: new Int32Array(size), own: new Uint8Array(size) };
  return { height, width, stride, count, colours, blank, steps: [-stride, stride, -1, 1], ...scratch };
}

export const placeOf = (ground, { row, column }) => (row + 1) * ground.stride + column + 1;

// A map with the ground's border, of one value per pixel, row by row.
export function onGround(ground, valueOf) {
  const map = new Uint8Array(ground.blank.length);
  for (let row = 0, from = 0; row < ground.height; row++) {
    for (let column = 0, to = (row + 1) * ground.stride + 1; column < ground.width; column++, from++, to++)
      map[to] = valueOf(from);
  }
  return map;
}

// The first tick that allows each pixel's colour beside the seed's, in ground.own.
export function colourTicks({ colours, own }, start) {
  const red = colours[start] & 255;
  const green = (colours[start] >> 8) & 255;
  const blue = colours[start] >> 16;
  for (let i = 0; i < own.length; i++) {
    const colour = colours[i];
    const r = (colour & 255) - red;
    const g = ((colour >> 8) & 255) - green;
    const b = (colour >> 16) - blue;
    own[i] = TICK_OF[r * r + g * g + b * b];
  }
  return own;
}

// A rule that compares with the seed, for all thresholds at once: per pixel, the first tick at which it joins. own: the
// first tick that allows it. Ticks are visited upwards, a bucket each; a pixel touched at tick t joins at max(t, its
// own), so each is handled once.
export function joinTicks(ground, start, own) {
  const { stack, waiting, steps, count } = ground;
  const join = ground.blank.slice();
  const bucket = new Int32Array(WALL).fill(-1); // the last pixel that waits for the tick
  join[start] = 0;
  bucket[0] = start;
  waiting[start] = -1;
  for (let tick = 0, left = count; left > 0; tick++) {
    let depth = 0;
    for (let here = bucket[tick]; here >= 0; here = waiting[here]) stack[depth++] = here;
    while (depth > 0) {
      const here = stack[--depth];
      left--;
      for (let side = 0; side < 4; side++) {
        const near = here + steps[side];
        if (join[near] !== UNSEEN) continue;
        const first = own[near];
        if (first <= tick) {
          join[near] = tick;
          stack[depth++] = near;
        } else {
          join[near] = first;
          waiting[near] = bucket[first];
          bucket[first] = near;
        }
      }
    }
  }
  return join;
}

// A growth is {inside: 1 per pixel in the region, order: places in the order of joining, grown: per popped pixel, how
// many were in once its neighbours had been tried, area, refused: the smallest distance that was turned down}.
export function emptyGrowth(ground) {
  return {
    inside: new Uint8Array(ground.blank.length),
    order: new Int32Array(ground.count),
    grown: new Int32Array(ground.count),
    area: 1,
    refused: Infinity,
  };
}

// A rule that compares with the seed, pixel by pixel: for the animation.
export function growByTicks(ground, start, join, tick) {
  const growth = emptyGrowth(ground);
  const { inside, order, grown } = growth;
  let area = 1;
  order[0] = start;
  inside[start] = 1;
  for (let popped = 0; popped < area; popped++) {
    for (let side = 0; side < 4; side++) {
      const near = order[popped] + ground.steps[side];
      if (inside[near] || join[near] > tick) continue;
      inside[near] = 1;
      order[area++] = near;
    }
    grown[popped] = area;
  }
  growth.area = area;
  return growth;
}

// The mean rule. Every threshold below `refused` would have grown the very same region: no try went otherwise.
export function growByMean(ground, start, tau, growth = emptyGrowth(ground)) {
  const { colours, blank, steps } = ground;
  const { inside, order, grown } = growth;
  inside.fill(0);
  let area = 1;
  let refused = Infinity;
  let red = colours[start] & 255;
  let green = (colours[start] >> 8) & 255;
  let blue = colours[start] >> 16;
  let meanRed = red;
  let meanGreen = green;
  let meanBlue = blue;
  order[0] = start;
  inside[start] = 1;
  for (let popped = 0; popped < area; popped++) {
    for (let side = 0; side < 4; side++) {
      const near = order[popped] + steps[side];
      if (inside[near] || blank[near] === WALL) continue;
      const colour = colours[near];
      const r = colour & 255;
      const g = (colour >> 8) & 255;
      const b = colour >> 16;
      const dr = r - meanRed;
      const dg = g - meanGreen;
      const db = b - meanBlue;
      const distance = Math.sqrt(dr * dr + dg * dg + db * db);
      if (distance <= tau) {
        inside[near] = 1;
        order[area++] = near;
        red += r;
        green += g;
        blue += b;
        meanRed = red / area;
        meanGreen = green / area;
        meanBlue = blue / area;
      } else if (distance < refused) refused = distance;
    }
    grown[popped] = area;
  }
  growth.area = area;
  growth.refused = refused;
  return growth;
}
