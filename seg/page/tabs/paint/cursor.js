// What follows the pointer, on both canvases: the brush's outline at its true size, and the polygon being drawn.

function moveCursor() {
  if (!painting) return;
  const scale = view.fit * view.zoom;
  const ring = isDrawing() ? tool.size : 1;
  const shown = cursor && gesture?.kind !== "pan" && gesture?.kind !== "pinch" && tool.name !== "hand" && !tool.space;
  for (const pad of pads) {
    pad.ring.hidden = !shown;
    if (!shown) continue;
    const size = Math.max(5, ring * scale);
    const x = view.x + (cursor.column + 0.5) * scale;
    const y = view.y + (cursor.row + 0.5) * scale;
    pad.ring.style.width = pad.ring.style.height = size + "px";
    pad.ring.style.transform = "translate(" + (x - size / 2) + "px, " + (y - size / 2) + "px)";
    pad.ring.style.setProperty("--class", paintValue() ? Seg.rgb(Seg.classes[paintValue()].color) : "transparent");
  }
  for (const { stage } of pads) {
    stage.dataset.cursor = tool.name === "hand" || tool.space || gesture?.kind === "pan" ? "hand" : isDrawing() ? "ring" : "cross";
  }
}

function drawOutline() {
  const scale = view.fit * view.zoom;
  const points = cursor && corners.length ? [...corners, cursor] : corners;
  const text = points.map(({ row, column }) => view.x + (column + 0.5) * scale + "," + (view.y + (row + 0.5) * scale)).join(" ");
  for (const { outline } of pads) {
    outline.toggleAttribute("hidden", !corners.length);
    for (const line of outline.querySelectorAll("polyline")) line.setAttribute("points", text);
    const dot = outline.querySelector("circle");
    if (corners.length) {
      dot.setAttribute("cx", view.x + (corners[0].column + 0.5) * scale);
      dot.setAttribute("cy", view.y + (corners[0].row + 0.5) * scale);
    }
  }
  find(".hint").textContent = corners.length
    ? corners.length < 3 ? "Click the next corner. Esc starts over." : "Click the first corner again, or press Enter, to close the polygon."
    : "";
}
