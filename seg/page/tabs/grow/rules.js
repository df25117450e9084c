// The three measures of "similar", and the scale of tau that goes with each. The queue is the same for all.

// Colours, in RGB: every whole tau up to 64, then every second one up to 442, where all is in. 254 of them, so that a
// tick and the two marks of growth.js fit a byte.
const COLOUR_TAUS = [];
for (let tau = 0; tau <= 64; tau++) COLOUR_TAUS.push(tau);
for (let tau = 66; tau <= 442; tau += 2) COLOUR_TAUS.push(tau);

const POINT_TAUS = Array.from({ length: 101 }, (_, tau) => tau);

const COLOURS = {
  taus: COLOUR_TAUS,
  axis: [0, 16, 32, 48, 64, 112, 160, 208, 256, 304, 352, 400, 442],
  scale: "tau, a distance of colours: 0 equal, 442 black to white. Steps of 1 up to 64, then of 2.",
};

// label: what the slider says. what: what the result is called by. distance: how the code writes it.
export const RULES = [
  {
    id: "seed",
    name: "the seed's colour",
    what: "by the seed's colour",
    label: "Threshold tau: a neighbour joins while its colour is at most this far from the seed's",
    distance: "colours_apart(near, seed)",
    ...COLOURS,
  },
  {
    id: "mean",
    name: "the region's mean",
    what: "by the region's mean",
    label: "Threshold tau: a neighbour joins while its colour is at most this far from the region's mean",
    distance: "distance(near, mean(region))",
    ...COLOURS,
  },
  {
    id: "network",
    name: "what the network sees",
    what: "by what the network sees",
    label: "Threshold tau: a neighbour joins while at most this many of 100 points are dealt otherwise",
    distance: "opinions_apart(near, seed)",
    taus: POINT_TAUS,
    axis: [0, 20, 40, 60, 80, 100],
    scale: "tau, of 100 points dealt to the classes: 0 as at the seed, 100 nothing in common.",
  },
];

export const ruleOf = (id) => RULES.find((rule) => rule.id === id);

// The tick of the first tau that is at least this; the last one for those beyond the scale.
export function tickOf({ taus }, tau) {
  const found = taus.findIndex((one) => one >= tau);
  return found < 0 ? taus.length - 1 : found;
}
