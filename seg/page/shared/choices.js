// @ts-check

/**
 * A choice of one out of several, as radio buttons.
 * @template {{ id: string, name: string }} T
 * @param {Element} place
 * @param {T[]} list
 * @param {string} chosen the id that is chosen first
 * @param {(id: string) => void} choose
 */
export function addChoices(place, list, chosen, choose) {
  const group = "seg-" + Math.random().toString(36).slice(2); // radio buttons of one group share a name
  for (const { id, name } of list) {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: group, value: id });
    const text = document.createElement("span");
    input.checked = id === chosen;
    text.textContent = name;
    label.append(input, text);
    input.addEventListener("change", () => choose(id));
    place.append(label);
  }
}
