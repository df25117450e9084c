// Which pixel is pointed at and which one is pinned: by mouse, finger and keyboard on the photo's frame.
import { address } from "../../shared/address.js";
import { ARROWS, shortcutOf } from "../../shared/keys.js";
import { page } from "../../shared/page.js";
import { pixelAt } from "../../shared/pointer.js";

const SLIP = 8; // CSS pixels a pointer may move and still click

// current() -> the photo with its labels, or null; show() draws both pixels; showPinned() what is said of the pinned one.
// -> {place, pin, setPin, leave}: the two pixels, each {row, column} or null, and what changes them.
export function addPointing(element, current, show, showPinned) {
  const find = (selector) => element.querySelector(selector);
  const frame = find(".frame");
  const photo = find("canvas.photo");
  let place = null; // the probe's pixel
  let pin = null; // also page.pin
  let pressed = null;
  let before = null; // where the probe was when the pointer came down
  let rested = null; // where a click pinned: until the mouse moves on, nothing covers the pin

  const apart = (event, from) => Math.hypot(event.clientX - from.x, event.clientY - from.y) > SLIP;

  function probeAt(event) {
    const now = current();
    if (!now) return;
    place = pixelAt(photo, event.clientX, event.clientY, now.height, now.width, event.pointerType !== "mouse");
    show();
  }

  frame.addEventListener("pointerdown", (event) => {
    rested = null;
    pressed = event.button ? null : { x: event.clientX, y: event.clientY };
    before = place;
    probeAt(event);
  });
  frame.addEventListener("pointermove", (event) => {
    if (pressed && apart(event, pressed)) pressed = null;
    if (rested && !apart(event, rested)) return;
    rested = null;
    probeAt(event);
  });
  frame.addEventListener("pointerup", () => {
    if (pressed && place) {
      setPin(place);
      place = null;
      rested = pressed;
      show();
    }
    pressed = null;
  });
  frame.addEventListener("pointercancel", () => {
    pressed = null; // the finger scrolls the page: it asked about no pixel
    place = before;
    show();
  });
  frame.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "mouse") return; // a finger's last reading stays
    place = null;
    show();
  });

  frame.addEventListener("keydown", (event) => {
    if (!current() || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = shortcutOf(event);
    if (key === "Escape") {
      if (!place && !pin) return;
      place = null;
      setPin(null);
    } else if (key === "Enter" || key === " ") {
      setPin(place || pin || middle());
      place = null;
    } else if (ARROWS[key]) {
      const moving = pin || place;
      const from = moving || middle();
      const [down, right] = moving ? ARROWS[key] : [0, 0];
      const far = event.shiftKey ? 10 : 1;
      const to = inPhoto({ row: from.row + far * down, column: from.column + far * right });
      place = pin ? null : to;
      if (pin) setPin(to);
    } else return;
    event.preventDefault();
    show();
  });

  const middle = () => ({ row: current().height >> 1, column: current().width >> 1 });
  const inPhoto = ({ row, column }) => ({
    row: Math.min(current().height - 1, Math.max(0, row)),
    column: Math.min(current().width - 1, Math.max(0, column)),
  });

  // Pins a pixel ({row, column}), or with null lets it go. `page.pin` holds it; the document hears "seg-pin".
  function setPin(to) {
    if (!current()) return;
    pin = to && inPhoto(to);
    page.pin = pin;
    element.classList.toggle("pinned", Boolean(pin));
    address.set({ pixel: pin });
    showPinned();
    show();
    document.dispatchEvent(new CustomEvent("seg-pin", { detail: pin }));
  }
  page.setPin = setPin;

  find(".unpin").addEventListener("click", () => {
    setPin(null);
    frame.focus({ preventScroll: true });
  });

  return {
    get place() {
      return place;
    },
    get pin() {
      return pin;
    },
    setPin,
    leave: () => (place = null),
  };
}
