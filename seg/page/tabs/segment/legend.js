// The list of classes found. onOnly(id or null) is called when the visitor points at one, or away.
// -> showShares(Map of id -> share, or null for those of the classes): with UNSURE in it, that many pixels keep no label.
import { page } from "../../shared/page.js";
import { countOf, number, percent, plural } from "../../shared/words.js";
import { UNSURE } from "./layers.js";

const STRIPES = "repeating-linear-gradient(135deg, #ececec 0 3px, #707070 3px 6px)"; // as on the photo

export function buildLegend(list, classes, onOnly) {
  list.replaceChildren();
  let held = null; // tapped: stays when the pointer leaves
  const fade = () => list.classList.toggle("more", list.scrollTop + list.clientHeight < list.scrollHeight - 4);
  const rows = new Map(); // id -> its button

  function addRow(found) {
    const row = document.createElement("button");
    row.type = "button";
    row.className = "row";
    row.dataset.class = found.name;
    row.setAttribute("aria-pressed", "false");
    row.innerHTML =
      '<i class="swatch"></i><span class="name"></span><span class="share"></span><span class="count"></span><span class="track"><i></i></span>';
    const part = (selector) => row.querySelector(selector);
    part(".swatch").style.background = part(".track i").style.background = found.color;
    part(".name").textContent = found.name;
    const show = () => onOnly(found.id);
    const release = () => onOnly(held);
    row.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show());
    row.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && release());
    row.addEventListener("focus", () => row.matches(":focus-visible") && show());
    row.addEventListener("blur", release);
    row.addEventListener("click", () => {
      held = held === found.id ? null : found.id;
      for (const other of rows.values()) other.setAttribute("aria-pressed", String(other === row && held !== null));
      onOnly(held);
    });
    const item = document.createElement("li");
    item.append(row);
    list.append(item);
    rows.set(found.id, row);
  }

  function showShares(shares) {
    list.classList.toggle("doubted", Boolean(shares));
    if (shares && !rows.has(UNSURE)) addRow({ id: UNSURE, name: "unsure", color: STRIPES });
    if (!shares && rows.has(UNSURE)) {
      if (held === UNSURE) held = null;
      onOnly(held); // the pointer may rest on the row that goes
      rows.get(UNSURE).parentElement.remove();
      rows.delete(UNSURE);
    }
    for (const [id, row] of rows) {
      const share = shares ? (shares.get(id) ?? 0) : classes.find((found) => found.id === id).share;
      row.querySelector(".share").textContent = percent(share);
      row.querySelector(".track i").style.width = 100 * share + "%";
      if (id === UNSURE) row.querySelector(".count").textContent = "no label";
    }
    fade();
  }

  for (const found of classes) addRow(found);
  list.onscroll = fade;
  showShares(null);
  requestAnimationFrame(fade);
  return showShares;
}

// Beside each class its blobs, and its individuals where "Which one is it?" has found some. -> whether it has
export function countInLegend(list, classes) {
  let known = false;
  for (const { id, name, blobs } of classes) {
    const count = list.querySelector('[data-class="' + name + '"] .count');
    const individuals = page.individuals?.get(id);
    count.textContent = (individuals ? number(individuals) + " in " : "") + plural(blobs, "blob");
    count.title = individuals ? countOf(individuals, name) + ", " + plural(blobs, "blob") : "";
    known ||= Boolean(individuals);
  }
  list.classList.toggle("counted", known);
  return known;
}
