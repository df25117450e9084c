// Keys of the tour. The card follows its target in the order of Tab, and is left again to what comes after the target;
// whoever comes by way of the header finds it there.
import { shortcutOf } from "../../shared/keys.js";

// focused() -> what the stop asks for, as an element that takes the keyboard, or null. -> {begin} for another stop
export function addKeys(card, isOpen, focused, leave) {
  let cameFrom = null; // the target from which Tab led into the card

  card.addEventListener("keydown", (event) => {
    if (shortcutOf(event) !== "Escape") return;
    event.stopPropagation(); // in "Paint and grade" it has another meaning
    event.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (event) => {
    if (shortcutOf(event) !== "Tab" || !isOpen() || event.ctrlKey || event.metaKey) return;
    const { activeElement } = document;
    const target = focused();
    const stations = [...card.querySelectorAll("button")].filter((one) => !one.disabled && one.offsetParent);
    if (!event.shiftKey && activeElement === target) {
      event.preventDefault();
      cameFrom = target;
      stations.find((one) => one.matches(".next")).focus();
    } else if (cameFrom && event.shiftKey && (activeElement === stations[0] || activeElement === card)) {
      event.preventDefault();
      cameFrom.focus({ preventScroll: true });
    } else if (cameFrom && !event.shiftKey && activeElement === stations.at(-1)) {
      cameFrom.focus({ preventScroll: true }); // and the browser goes on from there
      cameFrom = null;
    }
  });

  return { begin: () => (cameFrom = null) };
}
