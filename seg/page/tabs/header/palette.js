// The switch of the class colours: see Seg.setPalette.
function linkPalette() {
  const box = element.querySelector(".colours input");
  const follow = () => (box.checked = Seg.palette === "safe");
  box.addEventListener("change", () => Seg.setPalette(box.checked ? "safe" : "voc"));
  document.addEventListener("seg-palette", follow);
  follow();
}
