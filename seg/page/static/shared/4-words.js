// Numbers and colours as the visitor reads them.
Seg.number = (value) => Math.round(value).toLocaleString("en-US");
Seg.percent = (share, digits = 1) => (100 * share).toFixed(digits) + " %";
Seg.rgb = (color) => "rgb(" + color.join(" ") + ")";
Seg.plural = (count, word) => Seg.number(count) + " " + word + (count === 1 ? "" : "s");
