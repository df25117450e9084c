// On a phone the article folds by section: each heading is a button, and what it heads comes when it is tapped.
import { make } from "./canvases.js";

const narrow = matchMedia("(max-width: 760px)");

/**
 * Folds the sections, all but the first, wherever and for as long as the page is narrow. -> reveal(element): unfolds the section it is in
 * @param {Element} article
 */
export function addFolding(article) {
  const sections = [...article.querySelectorAll(":scope > section")];
  const headingOf = (section) => section.querySelector("h2, h3");

  function fold(section, folded) {
    section.classList.toggle("folded", folded);
    section.querySelector(".fold")?.setAttribute("aria-expanded", String(!folded));
  }

  function follow() {
    for (const [i, section] of sections.entries()) {
      const heading = headingOf(section);
      const title = heading.textContent;
      if (narrow.matches) {
        const click = () => fold(section, !section.classList.contains("folded"));
        heading.replaceChildren(make("button.fold", { type: "button", click }, title));
      } else heading.replaceChildren(title);
      fold(section, narrow.matches && i > 0);
    }
  }

  narrow.addEventListener("change", follow);
  follow();
  return (element) => {
    const section = element?.closest("section.folded");
    if (section) fold(section, false);
  };
}
