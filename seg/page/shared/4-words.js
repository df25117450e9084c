// Numbers and colours as the visitor reads them.
Seg.number = (value) => Math.round(value).toLocaleString("en-US");
// A share that rounds to nothing or to all, and is neither, reads "<0.1 %" or ">99.9 %".
Seg.percent = (share, digits = 1) => {
  const step = 10 ** -digits;
  if (share > 0 && 100 * share < step / 2) return "<" + step.toFixed(digits) + " %";
  if (share < 1 && 100 * share >= 100 - step / 2) return ">" + (100 - step).toFixed(digits) + " %";
  return (100 * share).toFixed(digits) + " %";
};
Seg.rgb = (color) => "rgb(" + color.join(" ") + ")";
Seg.plural = (count, word) => Seg.number(count) + " " + word + (count === 1 ? "" : "s");
