// The coarse grid beside the final labels: a line across the photo, cells on its left, labels on its right.
import { shortcutOf } from "../../shared/keys.js";

// onMove(percent) after every move; -> {show(visible), at(percent)}
export function splitHandle(handle, frame, onMove) {
  let percent = 50;
  const set = (value) => {
    percent = Math.min(100, Math.max(0, value));
    handle.style.left = percent + "%";
    handle.setAttribute("aria-valuenow", Math.round(percent));
    handle.setAttribute("aria-valuetext", Math.round(percent) + " % cells, the rest final labels");
    onMove(percent);
  };
  const follow = (event) => {
    const box = frame.getBoundingClientRect();
    set((100 * (event.clientX - box.left)) / box.width);
  };
  handle.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    handle.setPointerCapture(event.pointerId);
    follow(event);
  });
  handle.addEventListener("pointermove", (event) => {
    event.stopPropagation();
    if (handle.hasPointerCapture(event.pointerId)) follow(event);
  });
  for (const kind of ["pointerup", "click"]) handle.addEventListener(kind, (event) => event.stopPropagation());
  handle.addEventListener("keydown", (event) => {
    const steps = {
      ArrowLeft: -2,
      ArrowDown: -2,
      ArrowRight: 2,
      ArrowUp: 2,
      PageDown: -10,
      PageUp: 10,
      Home: -100,
      End: 100,
    };
    const step = steps[shortcutOf(event)];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    set(percent + step);
  });
  return { set };
}
