// The view and the two sliders in the page's address: see Seg.state.
function linkWithAddress() {
  const take = (values) => {
    opacity.value = values.opacity;
    unsure.value = values.unsure;
    setView(values.view);
  };
  const keys = ["view", "opacity", "unsure"];
  const tell = () => Seg.state.set({ view: options.view, opacity: Number(opacity.value), unsure: Number(unsure.value) });
  take(Object.fromEntries(keys.map((key) => [key, Seg.state.get(key)])));
  Seg.state.subscribe(element, keys, take);
  for (const type of ["input", "change"]) element.addEventListener(type, tell);
}
