import { tapIn } from "../../shared/touch.js";

export function mount({ element, facts }) {
  tapIn(element);
  for (const example of facts.examples) {
    const item = document.createElement("li");
    const link = document.createElement(example.source.startsWith("http") ? "a" : "span");
    link.textContent = example.title;
    if (link.href !== undefined)
      Object.assign(link, { href: example.source, target: "_blank", rel: "noopener noreferrer" });
    item.append(link, " by " + example.credit);
    element.querySelector("ul").append(item);
  }
  for (const sentence of facts.privacy) {
    const note = document.createElement("p");
    note.className = "seg-note";
    note.textContent = sentence;
    element.querySelector(".privacy").append(note);
  }
}
