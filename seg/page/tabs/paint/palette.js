// Other colours for the same classes: one switch for the whole page, with a second handle beside the error map.
function followPalette() {
  look.palette = Seg.palette === "safe" ? "safe" : "usual";
  find(".safe-toggle").checked = Seg.palette === "safe";
  tints = readTints();
  if (now) {
    drawGuide(find("canvas.guide"), now.labels, now.height, now.width);
    buildPicker();
  }
  if (shown) {
    find(".bars").replaceChildren();
    drawBars(shown.scores.classes, shown.before?.scores);
  }
  moveCursor();
  showErrors();
}
