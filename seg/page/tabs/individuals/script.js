// Individuals beside the semantic mask. Asked for by the visitor, once per photo; outlines.js draws them.
import { checksum, inflate } from "../../shared/codec.js";
import { fetchWeights, showFetching, showProgress } from "../../shared/downloads.js";
import { onPrediction, page } from "../../shared/page.js";
import { drawLabels, photoBytes, tokenColor } from "../../shared/pictures.js";
import { pixelAt } from "../../shared/pointer.js";
import { STALE, requester } from "../../shared/request.js";
import { megabytes, number, percent, plural } from "../../shared/words.js";
import { drawIndividuals, findOutlines } from "./outlines.js";

export function mount({ element, props, trigger, watch }) {
  const find = (selector) => element.querySelector(selector);
  const section = find(".which");
  const canvas = (name) => find('[data-map="' + name + '"] canvas');
  let now = null; // the photo in front of the visitor
  let asking = false;
  let found = null; // the answer on show: {place, outlines, individuals, counts, ...}
  let photo = null; // RGBA bytes
  let held = 0; // the individual that stays alone when the pointer leaves
  let only = 0;

  const progress = (words) => showProgress(find(".progress"), words);
  const request = requester({ element, props, trigger, watch }, { long: true });

  function end(problem) {
    asking = false;
    progress("");
    find(".problem").hidden = !problem;
    find(".problem").textContent = problem || "";
    refresh();
  }

  function refresh() {
    const { title, parameters, megabytes: large, ready, score, measure, score_on: on } = props.model;
    find(".go").disabled = !now || asking || Boolean(page.working);
    find(".go").hidden = find(".semantic").hidden = Boolean(found); // the sentences of the result say more
    find(".go").textContent = ready
      ? "Find the individuals"
      : "Fetch " + megabytes(large) + " and find the individuals";
    find(".away").hidden = !found;
    section.dataset.state = asking ? "asking" : found ? "shown" : "empty";
    const size =
      title +
      ", " +
      (parameters / 1e6).toFixed(1) +
      " million parameters, " +
      score.toFixed(1) +
      " % " +
      measure.replace("mask AP", "mask AP (average precision)") +
      " on " +
      on +
      ". ";
    const where =
      "Its weights (" + megabytes(large) + ") are not on this machine: they are downloaded once, then kept.";
    find(".about").textContent = size + (ready ? "Some seconds on a CPU." : where);
  }

  async function ask() {
    end("");
    const mine = now;
    asking = true;
    refresh();
    if (!props.model.ready) {
      const photo = now;
      const report = (done, total) => showFetching(find(".progress"), done, total, props.model.megabytes);
      report(0, 0);
      const problem = await fetchWeights(props.model.name, report, () => asking && now === photo);
      if (problem === null) return;
      if (problem) return end(problem);
    }
    progress("Looking for individuals …");
    const answer = await request({ truth: checksum(now.labels), height: now.height, width: now.width });
    if (!answer) return;
    if (answer.problem || answer.stale) return end(answer.problem || STALE);
    const place = await inflate(answer.place, answer.height * answer.width);
    if (!asking || now !== mine) return; // another photo came meanwhile
    show(answer, place);
    end("");
  }

  find(".go").addEventListener("click", ask);

  // Whoever fetched the weights.
  document.addEventListener("seg-here", ({ detail }) => {
    props.model.ready = detail.includes(props.model.name);
    refresh();
  });

  // answer: as seg/page/tabs/individuals makes it; place: the number of the individual at each pixel
  function show(answer, place) {
    const { height, width } = answer;
    found = { ...answer, place, outlines: findOutlines(place, height, width, Math.max(2, Math.round(width / 330))) };
    photo = photoBytes(now);
    refresh();
    showResult();
  }

  // Showing

  const blobs = ({ name, blobs: count }) => plural(count, "blob") + " of " + name;

  function sentence(row) {
    const here = row.individuals
      ? "here " + plural(row.individuals, "individual") + (row.individuals === 1 ? " was" : " were") + " found"
      : "here none was found";
    if (row.blobs === null) return "The semantic model has no class " + row.name + "; " + here + ".";
    if (!row.blobs) return "The semantic mask has no " + row.name + "; " + here + ".";
    return "The semantic mask has " + blobs(row) + "; " + here + ".";
  }

  function showResult() {
    const { individuals, counts, milliseconds, device, note, height, width } = found;
    find(".result").hidden = false;
    held = only = 0;
    find(".counts").replaceChildren(
      ...counts.map((row) => {
        const item = document.createElement("li");
        item.textContent = sentence(row);
        Object.assign(item.dataset, { name: row.name, individuals: row.individuals, blobs: row.blobs ?? "" });
        return item;
      }),
    );
    if (!counts.length) find(".counts").innerHTML = "<li>Neither of them finds anything but background here.</li>";
    find(".who ol").replaceChildren(...individuals.map(listItem));
    find(".badges").replaceChildren(...individuals.filter(({ pixels }) => pixels).map(badge));
    find(".who h3").textContent = individuals.length ? "Found, most certain first" : "No individual found";
    find(".how").textContent = [
      note,
      individuals.length ? "Point at one to see it alone." : "None scored 50 % or more.",
      "It took " + number(milliseconds) + " ms on " + device + ".",
    ]
      .filter(Boolean)
      .join(" ");
    for (const frame of element.querySelectorAll(".frame")) frame.style.aspectRatio = width + " / " + height;
    section.dataset.found = individuals.length;
    redraw();
  }

  function redraw() {
    drawLabels(canvas("semantic"), photo, now.labels, now.height, now.width);
    drawOnly();
  }

  function drawOnly() {
    const colors = [tokenColor(element, "--seg-accent"), tokenColor(element, "--seg-surface")];
    drawIndividuals(canvas("individuals"), photo, found.place, found.outlines, now.height, now.width, only, ...colors);
    for (const mark of element.querySelectorAll(".badges b"))
      mark.classList.toggle("faint", Boolean(only) && Number(mark.textContent) !== only);
    section.dataset.only = only;
  }

  function setOnly(number) {
    if (!found || only === number) return;
    only = number;
    drawOnly();
  }

  function listItem({ number, name, score, voc }) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.number = number;
    button.setAttribute("aria-pressed", "false");
    button.innerHTML = "<b></b><span></span><em></em>";
    const [mark, word, sure] = button.children;
    mark.textContent = number;
    word.textContent = name + (voc === null ? " (no VOC class)" : "");
    sure.textContent = percent(score, 0);
    button.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && setOnly(number));
    button.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && setOnly(held));
    button.addEventListener("focus", () => button.matches(":focus-visible") && setOnly(number));
    button.addEventListener("blur", () => setOnly(held));
    button.addEventListener("click", () => {
      held = held === number ? 0 : number;
      for (const other of element.querySelectorAll("ol button"))
        other.setAttribute("aria-pressed", String(Number(other.dataset.number) === held));
      setOnly(held);
    });
    item.append(button);
    return item;
  }

  function badge({ number, row, column }) {
    const mark = document.createElement("b");
    mark.textContent = number;
    Object.assign(mark.style, {
      top: (100 * (row + 0.5)) / found.height + "%",
      left: (100 * (column + 0.5)) / found.width + "%",
    });
    return mark;
  }

  const frame = find('[data-map="individuals"] .frame');
  const follow = (event) => {
    const at = found && pixelAt(frame, event.clientX, event.clientY, now.height, now.width);
    setOnly(at ? found.place[at.row * now.width + at.column] || held : held);
  };
  frame.addEventListener("pointermove", follow);
  frame.addEventListener("pointerdown", follow);
  frame.addEventListener("pointerleave", () => setOnly(held));

  // Putting away, and a new photo or model

  function forget() {
    request.drop();
    found = photo = null;
    end("");
    find(".result").hidden = true;
    delete section.dataset.found;
  }

  find(".away").addEventListener("click", () => {
    forget();
    refresh();
    find(".go").focus({ preventScroll: true });
  });
  document.addEventListener("seg-working", refresh);
  document.addEventListener("seg-palette", () => found && redraw());
  onPrediction(element, (current) => {
    forget();
    now = current;
    const things = now.classes.filter(({ id }) => id);
    find(".semantic").textContent = things.length
      ? "The semantic mask of this photo has " + things.map(blobs).join(", ") + "."
      : "The semantic mask of this photo has only background.";
    refresh();
    element.dataset.ready = page.revision;
  });
  refresh();
}
