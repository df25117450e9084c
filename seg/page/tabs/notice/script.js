const box = element.querySelector(".notice");
const say = (sentence) => {
  box.querySelector(".text").textContent = sentence;
  box.hidden = !sentence;
  if (sentence) Seg.setWorking("");
};
watch("value", () => {
  const { text = "", forgotten } = props.value || {};
  // The server forgot the photo of this page. The header can often bring it back, and nobody need read about it.
  if (!forgotten || !Seg.restore?.()) say(text);
});
document.addEventListener("seg-say", (event) => say(event.detail));
box.querySelector(".close").addEventListener("click", () => say(""));
