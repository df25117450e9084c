// The switch of the class colours: see setPalette.
import { page } from "../../shared/page.js";
import { setPalette } from "../../shared/palette.js";

export function linkPalette(element) {
  const box = element.querySelector(".colours input");
  const follow = () => (box.checked = page.palette === "safe");
  box.addEventListener("change", () => setPalette(box.checked ? "safe" : "voc"));
  document.addEventListener("seg-palette", follow);
  follow();
}
