// Individuals beside the semantic mask: the head's as soon as the section is in sight, Mask R-CNN's when asked for.
//   outlines.js  individuals over the photo    arrows.js  offsets    list.js  names and numbers    words.js  sentences
import { checksum, inflate } from "../../shared/codec.js";
import { fetchWeights, showFetching, showProgress } from "../../shared/downloads.js";
import { onPrediction, page } from "../../shared/page.js";
import { drawLabels, photoBytes, tokenColor } from "../../shared/pictures.js";
import { pixelAt } from "../../shared/pointer.js";
import { STALE, requester } from "../../shared/request.js";
import { byTouch } from "../../shared/touch.js";
import { megabytes, number, percent } from "../../shared/words.js";
import { drawArrows } from "./arrows.js";
import { badge, listItem, placeBadges } from "./list.js";
import { drawIndividuals, findOutlines } from "./outlines.js";
import { aboutBoxes, semanticSentences, sentence, withoutCentre } from "./words.js";

const [CENTRES, BOXES] = ["centres", "boxes"]; // Panoptic-DeepLab's way and Mask R-CNN's

export function mount({ element, props, facts, trigger, watch }) {
  const find = (selector) => element.querySelector(selector);
  const section = find(".which");
  const canvas = (name) => find('[data-map="' + name + '"] canvas');
  const frame = find('[data-map="individuals"] .frame');
  let now = null; // the photo in front of the visitor
  let near = false; // whether the section is in sight
  let looking = false; // whether the head is asked
  let asking = false; // whether Mask R-CNN is, its weights' download included
  let failed = false; // whether the head could not be asked: the visitor may try again
  let restored = false; // whether the photo was sent again since the last answer
  let found = null; // the answer on show: {way, place, outlines, individuals, counts, arrows, ...}
  let own = null; // the head's, while Mask R-CNN's is on show
  let photo = null; // RGBA bytes
  let held = 0; // the individual that stays alone when the pointer leaves
  let only = 0;

  const progress = (words) => showProgress(find(".progress"), words);
  const request = requester({ element, props, trigger, watch }, { long: true });

  function tell(problem) {
    find(".problem").hidden = !problem;
    find(".problem").textContent = problem || "";
    refresh();
  }

  function refresh() {
    const { megabytes: large, ready } = facts.model;
    const boxes = found?.way === BOXES;
    find(".go").disabled = !now || asking || Boolean(page.working);
    find(".go").hidden = boxes;
    find(".go").textContent = ready
      ? "Find the individuals"
      : "Fetch " + megabytes(large) + " and find the individuals";
    find(".away").hidden = !boxes;
    find(".again").hidden = !failed || looking;
    find(".about").textContent = aboutBoxes(facts.model, megabytes);
    section.dataset.state = asking || looking ? "asking" : found ? "shown" : "empty";
    section.dataset.way = found?.way ?? "";
    find(".switch input").disabled = !found;
    find(".move").hidden = Boolean(found) && !found.arrows.length;
    for (const button of element.querySelectorAll(".files button")) button.disabled = !found;
    find(".files").hidden = Boolean(found) && (boxes || !found.individuals.length);
    find(".who h3").textContent = found
      ? found.individuals.length
        ? "Found, most certain first"
        : "No individual found"
      : looking
        ? "Looking for individuals …"
        : "Not looked for yet";
  }

  // The answer of one way, ready to be drawn: {answer}, {problem}, or null where nobody waits for it any more.
  async function answerOf(way) {
    const mine = now;
    const answer = await request({ way, truth: checksum(now.labels), height: now.height, width: now.width });
    if (!answer || now !== mine) return null;
    if (answer.stale && !restored && page.restore()) {
      restored = true;
      return null;
    }
    if (answer.problem || answer.stale) return { problem: answer.problem || STALE };
    const { height, width } = answer;
    const place = await inflate(answer.place, height * width);
    if (now !== mine) return null; // another photo came meanwhile
    restored = false;
    const reach = Math.max(2, Math.round(width / 330));
    return { answer: { ...answer, way, place, outlines: findOutlines(place, height, width, reach) } };
  }

  // The head: at once, where the visitor can see it

  async function askHead() {
    if (!now || !near || looking || asking || found || failed) return;
    const mine = now;
    looking = true;
    refresh();
    drawSemantic();
    const got = await answerOf(CENTRES);
    if (now !== mine) return;
    looking = false;
    failed = Boolean(got?.problem);
    if (failed) return tell(got.problem);
    if (got) show(got.answer);
    refresh();
    if (!got?.answer.same) return; // the blobs in the legend are another network's
    page.individuals = new Map(got.answer.counts.map(({ voc, individuals }) => [voc, individuals]));
    document.dispatchEvent(new CustomEvent("seg-individuals"));
  }

  find(".again").addEventListener("click", () => {
    failed = false;
    tell("");
    askHead();
  });
  new IntersectionObserver(([{ isIntersecting }]) => {
    near = isIntersecting;
    askHead();
  }).observe(element);

  // Mask R-CNN: when the visitor asks for it

  async function askBoxes() {
    const mine = now;
    asking = true;
    failed = false;
    tell("");
    const problem = facts.model.ready ? "" : await fetchBoxes(mine);
    if (now !== mine) return;
    let got = { problem };
    if (!problem) {
      progress("Looking for individuals …");
      got = await answerOf(BOXES); // a question to the head that is still open is dropped
    }
    if (now !== mine) return;
    asking = false;
    progress("");
    if (got?.answer) {
      own = found;
      show(got.answer);
    }
    tell(got?.problem);
    askHead();
  }

  function fetchBoxes(mine) {
    const report = (done, total) => showFetching(find(".progress"), done, total, facts.model.megabytes);
    report(0, 0);
    return fetchWeights(facts.model.name, report, () => now === mine);
  }

  find(".go").addEventListener("click", askBoxes);
  find(".away").addEventListener("click", () => {
    const back = own;
    own = null;
    clear();
    if (back) show(back);
    refresh();
    askHead();
    find(".go").focus({ preventScroll: true });
  });

  // Whoever fetched the weights.
  document.addEventListener("seg-here", ({ detail }) => {
    facts.model.ready = detail.includes(facts.model.name);
    refresh();
  });

  // Showing

  function show(answer) {
    found = answer;
    held = only = 0;
    const { individuals, counts, milliseconds, device, note } = found;
    sayCounts(counts.length ? counts.map(sentence) : ["Neither of them finds anything but background here."]);
    find(".who ol").replaceChildren(...individuals.map((one) => listItem(one, point, hold)));
    find(".badges").replaceChildren(...individuals.filter(({ pixels }) => pixels).map(badge));
    find(".how").textContent = [
      note,
      individuals.length
        ? byTouch
          ? "Tap one to see it alone."
          : "Point at one to see it alone; click to keep it."
        : "",
      found.way === CENTRES
        ? "What covers less than " +
          percent(facts.smallest) +
          " of the photo is left out, unless it lies apart and the network is sure of it."
        : "",
      found.way === CENTRES ? withoutCentre(individuals) : "",
      found.way === CENTRES && !found.same ? "Found by the page’s own network, not by the model above." : "",
      "It took " + number(milliseconds) + " ms on " + device + ".",
    ]
      .filter(Boolean)
      .join(" ");
    section.dataset.found = individuals.length;
    drawSemantic();
    drawMove();
    drawOnly();
    refresh();
  }

  function sayCounts(sentences) {
    const items = sentences.map((words) => Object.assign(document.createElement("li"), { textContent: words }));
    find(".counts").replaceChildren(...items);
  }

  function drawSemantic() {
    photo ??= photoBytes(now);
    drawLabels(canvas("semantic"), photo, now.labels, now.height, now.width);
  }

  // Nothing found yet: the places of all pictures stay, so that nothing on the page moves when they come.
  function clear() {
    found = null;
    delete section.dataset.found;
    sayCounts(semanticSentences(now.classes));
    for (const part of [".badges", ".arrows", ".who ol"]) find(part).replaceChildren();
    find(".how").textContent = "";
    for (const name of ["semantic", "individuals"])
      Object.assign(canvas(name), { height: now.height, width: now.width });
  }

  const moving = () => find(".switch input").checked && found.arrows.length > 0;

  function drawMove() {
    const scale = frame.clientWidth / now.width;
    if (!found || !scale) return;
    const svg = find(".arrows");
    svg.toggleAttribute("hidden", !moving());
    if (moving()) drawArrows(svg, found, scale);
    placeBadges(find(".badges"), found.individuals, now, scale, moving());
    section.dataset.move = moving() ? "shown" : "";
  }

  function drawOnly() {
    const [accent, paper] = [tokenColor(element, "--seg-accent"), tokenColor(element, "--seg-surface")];
    drawIndividuals(canvas("individuals"), photo, found, { only, accent, paper, filled: !moving() });
    for (const mark of element.querySelectorAll(".badges b, .arrows g")) {
      mark.classList.toggle("faint", Boolean(only) && Number(mark.dataset.number) !== only);
      mark.classList.toggle("alone", Number(mark.dataset.number) === only);
    }
    for (const button of element.querySelectorAll("ol button"))
      button.classList.toggle("lit", Number(button.dataset.number) === only);
    section.dataset.only = only;
  }

  // Shows an individual alone, or the one that is held, or with nothing held all of them.
  function point(number) {
    const next = number || held;
    if (!found || only === next) return;
    only = next;
    drawOnly();
  }

  // Keeps an individual alone; the same one again, or 0, lets it go.
  function hold(number) {
    held = held === number ? 0 : number;
    for (const button of element.querySelectorAll("ol button"))
      button.setAttribute("aria-pressed", String(Number(button.dataset.number) === held));
    point(held);
  }

  const numberAt = (event) => {
    const at = found && pixelAt(frame, event.clientX, event.clientY, now.height, now.width);
    return at ? found.place[at.row * now.width + at.column] : 0;
  };
  frame.addEventListener("pointermove", (event) => event.pointerType === "mouse" && point(numberAt(event)));
  frame.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && point(0));
  frame.addEventListener("click", (event) => {
    const number = numberAt(event);
    hold(number);
    const list = find(".who ol");
    const button = number && list.querySelector('[data-number="' + number + '"]');
    if (button) list.scrollTop = button.offsetTop - list.clientHeight / 2; // within the list: the page stays where it is
  });

  find(".switch input").addEventListener("change", () => found && (drawMove(), drawOnly()));
  new ResizeObserver(() => found && (drawMove(), drawOnly())).observe(frame);
  for (const button of element.querySelectorAll("[data-file]"))
    button.addEventListener("click", () => document.dispatchEvent(new CustomEvent("seg-save", { detail: button })));

  // A new photo or model

  document.addEventListener("seg-working", refresh);
  document.addEventListener("seg-palette", () => found && show(found));
  onPrediction(element, (current) => {
    request.drop();
    now = current;
    own = photo = null;
    clear();
    for (const each of element.querySelectorAll(".frame")) each.style.aspectRatio = now.width + " / " + now.height;
    failed = looking = asking = false;
    progress("");
    tell("");
    element.dataset.ready = page.revision;
    askHead();
  });
  refresh();
}
