// The first payload is the first example's. Where the address asks for another photo it is only kept for the case that
// this other one cannot be had: the visitor sees one photo, not two.
import { address } from "../../shared/address.js";
import "../../shared/inspect.js";
import { page, publish, setWorking } from "../../shared/page.js";
import "../../shared/palette.js";

export function mount({ props, watch }) {
  const show = () => {
    if (props.value) publish(props.value).finally(() => setWorking(""));
  };
  watch("value", show);
  if (!address.leadsElsewhere(props.value)) return show();
  document.addEventListener("seg-working", ({ detail }) => {
    if (!detail && !page.current) show();
  });
}
