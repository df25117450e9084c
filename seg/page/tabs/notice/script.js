// One sentence at a time: what the server sends as the value, or what a component says with `say`.
import { page, setWorking } from "../../shared/page.js";

export function mount({ element, props, watch }) {
  const box = element.querySelector(".notice");
  const show = (sentence) => {
    box.querySelector(".text").textContent = sentence;
    box.hidden = !sentence;
    if (sentence) setWorking("");
  };
  const take = () => {
    const { text = "", forgotten } = props.value || {};
    // The server forgot the photo of this page. The header can often bring it back, and nobody need read about it.
    if (!forgotten || !page.restore()) show(text);
  };
  watch("value", take);
  if (props.value) take();
  if (page.said) show(page.said); // before this was here
  document.addEventListener("seg-say", (event) => show(event.detail));
  box.querySelector(".close").addEventListener("click", () => show(""));
}
