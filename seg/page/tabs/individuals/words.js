// What the section says in words. Rows are those of `blobs_and_individuals` (seg/page/tabs/individuals).
import { countOf, plural } from "../../shared/words.js";

const blobsOf = ({ name, blobs }) => plural(blobs, "blob") + " of " + name;

// One class: how many individuals, how many blobs.
export function sentence(row) {
  const { name, blobs, individuals } = row;
  if (blobs && individuals) return countOf(individuals, name) + ", " + plural(blobs, "blob") + sharing(row) + ".";
  const were = individuals === 1 ? " was" : " were";
  const here = individuals ? "here " + plural(individuals, "individual") + were + " found" : "here none was found";
  if (blobs === null) return "The semantic model has no class " + name + "; " + here + ".";
  return "The semantic mask has " + (blobs ? blobsOf(row) : "no " + name) + "; " + here + ".";
}

function sharing({ individuals, together }) {
  if (together < 2) return "";
  if (together < individuals) return ": " + together + " of them share one";
  return individuals === 2 ? ": both share one" : ": all of them share one";
}

// Panoptic-DeepLab's individuals that no centre made: see seg/models/grouping.py.
export function withoutCentre(individuals) {
  const alone = individuals.filter(({ centre }) => !centre).length;
  if (!alone) return "";
  const which =
    alone === individuals.length ? (alone === 1 ? "It has" : "They have") : alone + (alone === 1 ? " has" : " have");
  return which + " no centre: a patch that no centre claims counts as one.";
}

// Before anybody is looked for: what the label map alone says, a sentence for each class.
export const semanticSentences = (classes) => {
  const things = classes.filter(({ id }) => id);
  return things.length ? things.map((each) => blobsOf(each) + ".") : ["Only background."];
};

export function aboutBoxes({ title, parameters, megabytes: large, ready, score, measure, score_on: on }, sizeOf) {
  const what = measure.replace("mask AP", "mask AP (average precision)");
  const size = (parameters / 1e6).toFixed(1) + " million parameters, " + score.toFixed(1) + " % " + what + " on " + on;
  const where = "Its weights (" + sizeOf(large) + ") are not on this machine: they are downloaded once, then kept.";
  return title + ", " + size + ". " + (ready ? "Some seconds on a CPU." : where);
}
