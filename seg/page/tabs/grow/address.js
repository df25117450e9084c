// Seed, tau and rule in the page's address: see address. The region on screen is always the one the address names.
import { address } from "../../shared/address.js";

const onPhoto = (place, now) => place && place.row < now.height && place.column < now.width;

// {seed, tau} of the address, each null where it names none on this photo.
export function linkedRegion(now) {
  const seed = address.get("seed");
  return { seed: onPhoto(seed, now) ? seed : null, tau: address.get("tau") };
}

export function linkWithAddress({ element, current, setRule, moveSeed, setTau }) {
  setRule(address.get("rule"));
  address.subscribe(element, ["seed", "tau", "rule"], (values) => {
    const { now, ready, rule } = current();
    if (values.rule !== rule) setRule(values.rule);
    if (!ready) return;
    if (onPhoto(values.seed, now)) moveSeed(values.seed);
    if (values.tau !== undefined && values.tau !== null) setTau(values.tau);
  });
}
