const box = element.querySelector(".notice");
const say = (sentence) => {
  box.querySelector(".text").textContent = sentence;
  box.hidden = !sentence;
  if (sentence) Seg.setWorking("");
};
watch("value", () => say((props.value && props.value.text) || ""));
document.addEventListener("seg-say", (event) => say(event.detail));
box.querySelector(".close").addEventListener("click", () => say(""));
