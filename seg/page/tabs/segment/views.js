// The views and the line that explains each.
import { number } from "../../shared/words.js";

export const VIEWS = [
  {
    id: "overlay",
    name: "Overlay",
    text: "Every pixel tinted with the colour of its class. Slide the opacity from photo to mask.",
  },
  {
    id: "labels",
    name: "Labels",
    text: "What the network really answers: one class for each pixel, and nothing else. No outlines, no objects.",
  },
  {
    id: "confidence",
    name: "Confidence",
    ramp: true,
    text: "How sure the network is of its own answer. Doubt gathers along the edges.",
  },
  {
    id: "boundaries",
    name: "Edges",
    text: "Where one label ends and the next begins. This is where most mistakes live.",
  },
  { id: "grid", name: "Coarse grid", text: "" },
];

// network: {scoreStride} of the model, or undefined where the page does not know it.
function explainGrid({ height, width, coarse }, network) {
  const cells = coarse.height * coarse.width;
  const side = network ? network.scoreStride + " × " + network.scoreStride + " network pixels, " : "";
  return (
    "The network answers on a grid of " +
    coarse.width +
    " × " +
    coarse.height +
    " cells: " +
    number(cells) +
    " cells of " +
    side +
    number((height * width) / cells) +
    " photo pixels each. The labels in between are stretched from them: drag the line to compare."
  );
}

export function explainView(place, view, now, network) {
  place.textContent = view.id === "grid" ? explainGrid(now, network) : view.text;
  if (view.ramp) place.insertAdjacentHTML("afterbegin", '5 %<span class="ramp"></span>100 %. ');
}
