// @ts-check

/**
 * Paints the filled part of a range input's track (Chromium and Safari have no pseudo-element for it).
 * @param {HTMLInputElement} input
 */
export function fillSlider(input) {
  const [value, least, most] = [input.value, input.min, input.max].map(Number);
  input.style.setProperty("--seg-filled", (100 * (value - least)) / (most - least) + "%");
}
