// The colours that the classes wear: VOC's own, or the set that colour-blind eyes tell apart (seg/classes.py).
//
//   Seg.palette                "voc" or "safe"
//   Seg.setPalette("safe")     Seg.classes and Seg.current.classes change colours, the address follows, and the document
//                              hears "seg-palette": whoever draws classes draws again
Seg.palette = "voc";

Seg.setPalette = (name) => {
  if (!PALETTES.includes(name) || name === Seg.palette) return;
  Seg.palette = name;
  Seg.recolour(Seg.classes);
  if (Seg.current) Seg.recolour(Seg.current.classes);
  Seg.state.set({ palette: name });
  document.dispatchEvent(new CustomEvent("seg-palette", { detail: name }));
};

// Gives the entries of a legend, or Seg.classes themselves, the colours in use. An entry's colour keeps its form:
// "#rrggbb" as the server writes it, or [r, g, b].
Seg.recolour = (entries) => {
  for (const entry of entries) {
    const color = Seg.classes[entry.id].colors[Seg.palette];
    entry.color = Array.isArray(entry.color) ? color : "#" + color.map((part) => part.toString(16).padStart(2, "0")).join("");
  }
};

Seg.setPalette(Seg.state.get("palette"));
Seg.state.subscribe(document.documentElement, ["palette"], ({ palette }) => Seg.setPalette(palette));
