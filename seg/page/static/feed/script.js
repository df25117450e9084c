const show = () => {
  if (!props.value) return;
  Seg.publish(props.value).finally(() => Seg.setWorking(""));
};
watch("value", show);
show();
