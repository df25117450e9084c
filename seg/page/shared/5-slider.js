// Paints the filled part of a range input's track (Chromium and Safari have no pseudo-element for it).
Seg.fillSlider = (input) => {
  const share = (input.value - input.min) / (input.max - input.min);
  input.style.setProperty("--seg-filled", 100 * share + "%");
};
