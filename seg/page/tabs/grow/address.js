// Seed, tau and rule in the page's address: see address. The region on screen is always the one the address names.
import { address } from "../../shared/address.js";
import { TAUS } from "./growth.js";

const tickOf = (tau) => TAUS.findIndex((one) => one >= tau);
const onPhoto = (place, now) => place && place.row < now.height && place.column < now.width;

// {seed, tick}: the address's, and `first`'s where it names none on this photo.
export function linkedRegion(first, now) {
  const seed = address.get("seed");
  const tau = address.get("tau");
  return { seed: onPhoto(seed, now) ? seed : first.seed, tick: tau === null ? first.tick : tickOf(tau) };
}

export function linkWithAddress({ element, current, setRule, moveSeed, setTick }) {
  setRule(address.get("rule"));
  address.subscribe(element, ["seed", "tau", "rule"], (values) => {
    const { now, ground, rule } = current();
    if (values.rule !== rule) setRule(values.rule);
    if (!ground) return;
    if (onPhoto(values.seed, now)) moveSeed(values.seed);
    if (values.tau !== undefined && values.tau !== null) setTick(tickOf(values.tau));
  });
}
