// The first payload is the first example's. Where the address asks for another photo it is only kept for the case that
// this other one cannot be had: the visitor sees one photo, not two.
const show = () => {
  if (!props.value) return;
  Seg.publish(props.value).finally(() => Seg.setWorking(""));
};
watch("value", show);
if (!Seg.state.leadsElsewhere(props.value)) show();
else {
  document.addEventListener("seg-working", ({ detail }) => {
    if (!detail && !Seg.current) show();
  });
}
