// The view, the two sliders and the pin in the page's address: see address.
import { address } from "../../shared/address.js";

export function linkWithAddress({ element, opacity, unsure, options, setView, setPin }) {
  const take = (values) => {
    opacity.value = values.opacity;
    unsure.value = values.unsure;
    setView(values.view);
  };
  const keys = ["view", "opacity", "unsure"];
  const tell = () => address.set({ view: options.view, opacity: Number(opacity.value), unsure: Number(unsure.value) });
  take(Object.fromEntries(keys.map((key) => [key, address.get(key)])));
  address.subscribe(element, keys, take);
  address.subscribe(element, ["pixel"], ({ pixel }) => address.own || setPin(pixel)); // of an own photo the address knows none
  for (const type of ["input", "change"]) element.addEventListener(type, tell);
}
