// The choice of a model: what each one is, whether its weights are here, and fetching those that are not.
import { MODELS } from "../../shared/data.js";
import { askDownloads, fetchWeights } from "../../shared/downloads.js";
import { page, say } from "../../shared/page.js";
import { megabytes, number } from "../../shared/words.js";

export function modelList({ element, facts }) {
  const byName = new Map(facts.models.map((model) => [model.name, model]));
  const here = new Set(facts.models.filter((model) => model.here).map((model) => model.name));
  const models = element.querySelector("select");
  let fetching = null; // {name} of the model that is on its way for this visitor

  const shownModel = () => page.current?.model ?? MODELS[0];
  // The model that a new photo is for: one that is still on its way cannot answer yet.
  const usableModel = () => (fetching ? shownModel() : models.value);

  for (const name of MODELS) if (byName.has(name)) models.add(new Option("", name));

  function showModels() {
    for (const option of models.options) {
      const model = byName.get(option.value);
      option.textContent =
        model.title + " · " + megabytes(model.megabytes) + (here.has(model.name) ? " · ready" : " to download");
      option.dataset.here = here.has(model.name) ? "yes" : "no";
    }
    models.value = fetching ? fetching.name : shownModel();
    aboutModel();
  }

  // One line about the model in the list; a note of the server about this run comes first.
  function aboutModel() {
    const model = byName.get(models.value);
    const note = !fetching && page.current && page.current.model === models.value ? page.current.note : "";
    element.querySelector(".about").textContent = note || (model ? model.about : "");
    element.querySelector(".mast").classList.toggle("noted", Boolean(note)); // then it is seen though the rest is folded
  }

  function takeHere(names) {
    here.clear();
    for (const name of names) here.add(name);
    showModels();
  }

  // Brings the list up to date; where no answer comes it stays as it was.
  const lookWhatIsHere = () => askDownloads({ ask: "list" });

  // Fetches the weights and shows how far they are; resolves to true when they are here and the visitor still waits.
  async function fetchModel(name) {
    const mine = (fetching = { name });
    showFetching(0, 0);
    const problem = await fetchWeights(name, showFetching, () => fetching === mine);
    if (problem === null) return false;
    stopFetching();
    if (problem) say(problem);
    return !problem;
  }

  function stopFetching() {
    fetching = null;
    element.querySelector(".fetch").hidden = true;
    element.querySelector(".about").hidden = false;
    delete element.dataset.fetching;
    showModels();
  }

  function showFetching(done, total) {
    const model = byName.get(fetching.name);
    const all = total ? total / 1e6 : model.megabytes;
    const share = Math.min(1, done / 1e6 / all);
    const words = "Fetching " + model.title + ": " + number(Math.floor(done / 1e6)) + " of " + megabytes(all);
    const bar = element.querySelector(".fetch-bar");
    bar.firstElementChild.style.width = 100 * share + "%";
    bar.setAttribute("aria-valuenow", Math.round(100 * share));
    bar.setAttribute("aria-valuetext", words);
    element.querySelector(".fetch-words").textContent = words;
    element.querySelector(".fetch").hidden = false;
    element.querySelector(".about").hidden = true;
    element.dataset.fetching = fetching.name;
  }

  element.querySelector(".fetch-stop").addEventListener("click", () => {
    stopFetching();
    models.focus();
  });
  // On a phone, where the photo comes first: the model, its score and the colours, unfolded or not.
  element.querySelector(".settings").addEventListener("click", ({ currentTarget }) => {
    const unfolded = element.querySelector(".mast").classList.toggle("unfolded");
    currentTarget.setAttribute("aria-expanded", String(unfolded));
  });
  showModels();
  if (here.size < byName.size) lookWhatIsHere(); // the page was built some time ago
  document.addEventListener("seg-here", ({ detail }) => takeHere(detail));
  return {
    select: models,
    here,
    byName,
    usableModel,
    shownModel,
    showModels,
    lookWhatIsHere,
    fetchModel,
    stopFetching,
  };
}
