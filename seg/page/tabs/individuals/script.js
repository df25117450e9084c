// Individuals beside the semantic mask: the head's as soon as the section is in sight, Mask R-CNN's when asked for.
//   outlines.js  individuals over the photo    arrows.js  offsets    list.js  names and numbers    words.js  sentences
import { checksum, inflate } from "../../shared/codec.js";
import { fetchWeights, showFetching, showProgress } from "../../shared/downloads.js";
import { onPrediction, page } from "../../shared/page.js";
import { drawLabels, photoBytes, tokenColor } from "../../shared/pictures.js";
import { pixelAt } from "../../shared/pointer.js";
import { STALE, requester } from "../../shared/request.js";
import { megabytes, number } from "../../shared/words.js";
import { drawArrows } from "./arrows.js";
import { badge, listItem, placeBadges } from "./list.js";
import { drawIndividuals, findOutlines } from "./outlines.js";
import { aboutBoxes, semanticSentence, sentence, withoutCentre } from "./words.js";

const [CENTRES, BOXES] = ["centres", "boxes"]; // Panoptic-DeepLab's way and Mask R-CNN's

export function mount({ element, props, trigger, watch }) {
  const find = (selector) => element.querySelector(selector);
  const section = find(".which");
  const canvas = (name) => find('[data-map="' + name + '"] canvas');
  const frame = find('[data-map="individuals"] .frame');
  let now = null; // the photo in front of the visitor
  let near = false; // whether the section is in sight
  let asking = ""; // the way that is asked for
  let failed = false; // whether the head could not be asked: the visitor may try again
  let restored = false; // whether the photo was sent again since the last answer
  let found = null; // the answer on show: {way, place, outlines, individuals, counts, arrows, ...}
  let own = null; // the head's, while Mask R-CNN's is on show
  let photo = null; // RGBA bytes
  let held = 0; // the individual that stays alone when the pointer leaves
  let only = 0;

  const progress = (words) => showProgress(find(".progress"), words);
  const request = requester({ element, props, trigger, watch }, { long: true });

  function end(problem) {
    asking = "";
    progress("");
    find(".problem").hidden = !problem;
    find(".problem").textContent = problem || "";
    refresh();
  }

  function refresh() {
    const { megabytes: large, ready } = props.model;
    const boxes = found?.way === BOXES;
    find(".go").disabled = !now || Boolean(asking || page.working);
    find(".go").hidden = boxes;
    find(".go").textContent = ready
      ? "Find the individuals"
      : "Fetch " + megabytes(large) + " and find the individuals";
    find(".away").hidden = !boxes;
    find(".again").hidden = !failed || Boolean(asking);
    find(".semantic").hidden = Boolean(found); // the sentences of the result say more
    find(".about").textContent = aboutBoxes(props.model, megabytes);
    section.dataset.state = asking ? "asking" : found ? "shown" : "empty";
    section.dataset.way = found?.way ?? "";
  }

  // The answer of one way, ready to be drawn; null where none is needed any more. Shows what went wrong.
  async function answerOf(way) {
    const mine = now;
    const answer = await request({ way, truth: checksum(now.labels), height: now.height, width: now.width });
    if (!answer) return null;
    if (answer.stale && !restored && page.restore()) {
      restored = true;
      return null;
    }
    if (answer.problem || answer.stale) {
      failed = way === CENTRES;
      end(answer.problem || STALE);
      return null;
    }
    const { height, width } = answer;
    const place = await inflate(answer.place, height * width);
    if (!asking || now !== mine) return null; // another photo came meanwhile
    restored = failed = false;
    const reach = Math.max(2, Math.round(width / 330));
    return { ...answer, way, place, outlines: findOutlines(place, height, width, reach) };
  }

  // The head: at once, where the visitor can see it

  async function askHead() {
    if (!now || !near || asking || found || failed) return;
    asking = CENTRES;
    refresh();
    const answer = await answerOf(CENTRES);
    if (!answer) return;
    show(answer);
    end("");
    if (!answer.same) return; // the blobs in the legend are another network's
    page.individuals = new Map(answer.counts.map(({ voc, individuals }) => [voc, individuals]));
    document.dispatchEvent(new CustomEvent("seg-individuals"));
  }

  find(".again").addEventListener("click", () => {
    failed = false;
    end("");
    askHead();
  });
  new IntersectionObserver(([{ isIntersecting }]) => {
    near = isIntersecting;
    askHead();
  }).observe(element);

  // Mask R-CNN: when the visitor asks for it

  async function askBoxes() {
    request.drop();
    end("");
    asking = BOXES;
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
    const answer = await answerOf(BOXES);
    if (!answer) return;
    own = found;
    show(answer);
    end("");
  }

  find(".go").addEventListener("click", askBoxes);
  find(".away").addEventListener("click", () => {
    const back = own;
    own = found = null;
    if (back) show(back);
    else find(".result").hidden = true;
    refresh();
    askHead();
    find(".go").focus({ preventScroll: true });
  });

  // Whoever fetched the weights.
  document.addEventListener("seg-here", ({ detail }) => {
    props.model.ready = detail.includes(props.model.name);
    refresh();
  });

  // Showing

  function show(answer) {
    found = answer;
    photo ??= photoBytes(now);
    held = only = 0;
    const { individuals, counts, milliseconds, device, note, height, width, arrows } = found;
    find(".result").hidden = false;
    find(".counts").replaceChildren(
      ...counts.map((row) => {
        const item = document.createElement("li");
        item.textContent = sentence(row);
        Object.assign(item.dataset, { name: row.name, individuals: row.individuals, blobs: row.blobs ?? "" });
        return item;
      }),
    );
    if (!counts.length) find(".counts").innerHTML = "<li>Neither of them finds anything but background here.</li>";
    find(".who ol").replaceChildren(...individuals.map((one) => listItem(one, point, hold)));
    find(".badges").replaceChildren(...individuals.filter(({ pixels }) => pixels).map(badge));
    find(".who h3").textContent = individuals.length ? "Found, most certain first" : "No individual found";
    find(".how").textContent = [
      note,
      individuals.length ? "Point at one to see it alone; click to keep it." : "",
      found.way === CENTRES ? withoutCentre(individuals) : "",
      found.way === CENTRES && !found.same ? "Found by the page’s own network, not by the model above." : "",
      "It took " + number(milliseconds) + " ms on " + device + ".",
    ]
      .filter(Boolean)
      .join(" ");
    find(".move").hidden = !arrows.length;
    find(".files").hidden = found.way !== CENTRES || !individuals.length;
    for (const each of element.querySelectorAll(".frame")) each.style.aspectRatio = width + " / " + height;
    section.dataset.found = individuals.length;
    redraw();
  }

  function redraw() {
    drawLabels(canvas("semantic"), photo, now.labels, now.height, now.width);
    drawMove();
    drawOnly();
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
    found = own = photo = null;
    failed = false;
    find(".result").hidden = true;
    delete section.dataset.found;
    now = current;
    find(".semantic").textContent = semanticSentence(now.classes);
    end("");
    element.dataset.ready = page.revision;
    askHead();
  });
  refresh();
}
