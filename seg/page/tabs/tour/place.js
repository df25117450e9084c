// Where the tour's card stands, the ring around what it asks for, and the scrolling that brings both on screen.
import { seek } from "./stops.js";

export function addPlace(element, card, isOpen) {
  const root = document.documentElement;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let marked = null; // the element with the ring

  function mark(target) {
    if (target === marked) return;
    marked?.removeAttribute("data-tour-target");
    target?.setAttribute("data-tour-target", "");
    target?.closest("section.folded")?.querySelector(".fold").click(); // on a phone the article is folded
    marked = target;
  }

  const GAP = 12; // CSS pixels between what is shown and the edges of what is free

  const boxOf = (elements) => {
    const boxes = elements.map((one) => one.getBoundingClientRect());
    return { top: Math.min(...boxes.map(({ top }) => top)), bottom: Math.max(...boxes.map(({ bottom }) => bottom)) };
  };

  // Scrolls so that the target, and what belongs to it where there is room, is above the card. Once the stop is answered
  // (`reading`) so is the place that the reaction is about.
  function bring(stop, target, now, reading = false) {
    const pace = (by) => (calm.matches || Math.abs(by) > 2 * innerHeight ? "auto" : "smooth"); // no flight over a whole article
    place();
    if (root.dataset.tour === "framed") return card.scrollIntoView({ block: "nearest", behavior: pace(0) });
    const free = { top: GAP, bottom: card.getBoundingClientRect().top - GAP };
    const wide = stop.show && seek(typeof stop.show === "function" ? stop.show(now) : stop.show);
    const read = stop.reads?.map(seek).find((one) => one?.checkVisibility());
    if (reading && !read) return;
    const choices = reading ? [[target, read], [read]] : [[wide], [target, read], [target]];
    const boxes = choices.filter((places) => places.every(Boolean)).map(boxOf);
    const { top, bottom } = boxes.find((box) => box.bottom - box.top <= free.bottom - free.top) ?? boxes.at(-1);
    const down = Math.min(bottom - free.bottom, top - free.top);
    const by = bottom > free.bottom ? down : top < free.top ? top - free.top : 0;
    if (by) scrollBy({ top: by, behavior: pace(by) });
  }

  // A Space shows the page in a frame as tall as the page itself: the window's bottom is then out of sight, and the card
  // stands below what it asks for.
  function place() {
    const framed = parent !== window && innerHeight > screen.height;
    if (!isOpen()) delete root.dataset.tour;
    else root.dataset.tour = framed ? "framed" : "open";
    root.style.setProperty("--seg-tour", isOpen() && !framed ? card.offsetHeight + "px" : "0px");
    const above = marked ?? document.querySelector("#tabs > .tab-wrapper");
    card.style.top =
      isOpen() && framed && above
        ? above.getBoundingClientRect().bottom - element.getBoundingClientRect().top + GAP + "px"
        : "";
  }
  new ResizeObserver(place).observe(card);
  addEventListener("resize", place);

  return { bring, mark, marked: () => marked, place };
}
