// @ts-check
// For a projector: larger type and little around the photo (shared/present.css), and keys that lead through photos and
// tabs. The address keeps it, as `?present`.
import { address } from "../../shared/address.js";
import { shortcutOf } from "../../shared/keys.js";
import { selectedTab, tabIds, openTab } from "../../shared/tabs.js";

/** @typedef {() => void} Show */

/** @type {Record<string, [(step: number, own: Show | null) => void, number]>} what a key does, and which way; Shift turns it round */
const KEYS = {
  n: [goToPhoto, 1],
  t: [goToTab, 1],
  PageDown: [goToPhoto, 1], // as the remote controls of projectors send
  PageUp: [goToPhoto, -1],
};

/**
 * Round the examples; the visitor's own photo, where the page holds one, is the stop between the last and the first.
 * @param {number} step
 * @param {Show | null} own
 */
function goToPhoto(step, own) {
  const buttons = [...document.querySelectorAll("#header .example")].filter((one) => one instanceof HTMLElement);
  const at = buttons.findIndex((one) => one.getAttribute("aria-pressed") === "true");
  const stops = [...buttons.map((one) => () => one.click()), ...(own || at < 0 ? [own] : [])]; // its own stop: nothing pressed, -1
  stops.at((at + step) % stops.length)?.();
}

/** @param {number} step */
function goToTab(step) {
  const ids = tabIds();
  const next = ids.at((ids.indexOf(selectedTab() ?? "") + step) % ids.length);
  if (next) openTab(next);
}

/**
 * @param {HTMLElement} element the header
 * @param {() => Show | null} own what shows the visitor's own photo, null where the page holds none
 */
export function addPresenting(element, own) {
  const button = /** @type {HTMLElement} */ (element.querySelector(".present"));
  const help = /** @type {HTMLElement} */ (element.querySelector(".help"));
  const isOn = () => Boolean(address.get("present"));

  function follow() {
    document.documentElement.toggleAttribute("data-present", isOn());
    button.textContent = isOn() ? "Leave presenting" : "Present";
    help.hidden = !isOn();
  }

  /** @param {boolean} present */
  function turn(present) {
    address.set({ present });
    follow();
  }

  button.addEventListener("click", () => turn(!isOn()));
  // On the window, after everybody else: Escape first lets go what it means where the visitor is.
  addEventListener("keydown", (event) => {
    if (!isOn() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target instanceof Element ? event.target : null;
    const key = shortcutOf(event);
    if (at?.matches("select, textarea, input:not([type=range], [type=radio], [type=checkbox])")) return;
    if (key.startsWith("Page") && at?.matches("input")) return; // a slider's own
    if (key === "Escape") turn(false);
    else if (key in KEYS) {
      const [go, step] = KEYS[key];
      go(event.shiftKey ? -step : step, own());
    } else return;
    event.preventDefault();
  });
  address.subscribe(element, ["present"], follow);
  follow();
}
