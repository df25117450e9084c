// The list of second opinions: the same model asked differently, then the other models, with the size of a download.
import { megabytes } from "../../shared/words.js";

// models: {name: {title, about, megabytes, ready, shares_trunk}}; variants: {model: [{name, title, about, ...}]}. -> {name: choice}
export function choicesFor(model, { models, variants }) {
  const choices = {};
  for (const each of variants[model] || []) choices[each.name] = { ...each, same: true };
  for (const [name, each] of Object.entries(models)) if (name !== model) choices[name] = { ...each, name };
  return choices;
}

export function fillChooser(select, choices) {
  const chosen = select.value;
  const groups = [
    ["The same model, asked differently", (each) => each.same],
    ["Other families, on the same trunk", (each) => !each.same && each.shares_trunk],
    ["Other models", (each) => !each.same && !each.shares_trunk],
  ];
  select.replaceChildren();
  for (const [words, belongs] of groups) {
    const group = document.createElement("optgroup");
    group.label = words;
    for (const each of Object.values(choices)) {
      if (!belongs(each)) continue;
      group.append(new Option(each.title + (each.ready ? "" : " · download, " + megabytes(each.megabytes)), each.name));
    }
    if (group.children.length) select.append(group);
  }
  if (choices[chosen]) select.value = chosen;
}

export function tellChoice(place, choice) {
  place.textContent =
    choice.about +
    " " +
    (choice.ready
      ? "Nothing to download."
      : "Its weights are not on this machine: " + megabytes(choice.megabytes) + " to download, once.");
}
