// The view, the two sliders and the pin in the page's address: see Seg.state.
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
  Seg.state.subscribe(element, ["pixel"], ({ pixel }) => Seg.state.own || setPin(pixel)); // of an own photo the address knows none
  for (const type of ["input", "change"]) element.addEventListener(type, tell);
}
