// Seed, tau and rule in the page's address: see Seg.state. The region on screen is always the one the address names.
const tickOf = (tau) => TAUS.findIndex((one) => one >= tau);
const onPhoto = (place) => place && place.row < now.height && place.column < now.width;

// {seed, tick}: the address's, and `first`'s where it names none on this photo.
function linkedRegion(first) {
  const seed = Seg.state.get("seed");
  const tau = Seg.state.get("tau");
  return { seed: onPhoto(seed) ? seed : first.seed, tick: tau === null ? first.tick : tickOf(tau) };
}

const tellAddress = () => Seg.state.set({ seed, tau: TAUS[tick()], rule });

function linkWithAddress() {
  setRule(Seg.state.get("rule"));
  Seg.state.subscribe(element, ["seed", "tau", "rule"], (values) => {
    if (values.rule !== rule) setRule(values.rule);
    if (!ground) return;
    if (onPhoto(values.seed)) moveSeed(values.seed);
    if (values.tau !== undefined && values.tau !== null) setTick(tickOf(values.tau));
  });
}
