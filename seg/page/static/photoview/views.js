// The views and the line that explains each.
const VIEWS = [
  { id: "overlay", name: "Overlay", text: "Every pixel tinted with the colour of its class. Slide the opacity from photo to mask." },
  { id: "labels", name: "Labels", text: "What the network really answers: one class for each pixel, and nothing else. No outlines, no objects." },
  { id: "confidence", name: "Confidence", ramp: true, text: "How sure the network is of its own answer. Doubt gathers along the edges." },
  { id: "boundaries", name: "Edges", text: "Where one label ends and the next begins. This is where most mistakes live." },
  { id: "grid", name: "Coarse grid", text: "" },
];

function explainView(place, view, now) {
  const { height, width } = now.coarse;
  place.textContent =
    view.id === "grid"
      ? "The network answers on a grid of " + width + " × " + height + " cells; the rest is stretched from it. Hence the soft, jagged edges."
      : view.text;
  if (view.ramp) place.insertAdjacentHTML("afterbegin", '5 %<span class="ramp"></span>100 %. ');
}
