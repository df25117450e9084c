// The article, its contents, and the way to the server: one question per photo and model, asked when the tab is seen.
import { checksum, deflate } from "../../shared/codec.js";
import { MODELS } from "../../shared/data.js";
import { onPrediction, page, say } from "../../shared/page.js";
import { requester } from "../../shared/request.js";
import { make } from "./canvases.js";
import { familiesFigure } from "./families.js";
import { addFolding } from "./folding.js";
import { kindsFigure, stepsFigure } from "./kinds.js";
import { lossFigure } from "./losslab.js";
import { pipelineFigure, pixelFigure } from "./pixels.js";
import { supersetFigure } from "./superset.js";
import { accuracyFigure, specklesFigure, thinFigure } from "./traps.js";

export function mount({ element, props, facts, trigger, watch }) {
  const find = (selector) => element.querySelector(selector);
  const FIGURES = {
    steps: stepsFigure,
    kinds: kindsFigure,
    families: familiesFigure,
    pipeline: pipelineFigure,
    pixel: pixelFigure,
    losses: lossFigure,
    accuracy: accuracyFigure,
    superset: supersetFigure,
    speckles: specklesFigure,
    thin: thinFigure,
  };
  const askServer = requester({ element, props, trigger, watch });

  const article = find("article");
  article.innerHTML = facts.article; // our own texts, made by seg/page/prose.py
  const shows = {};
  for (const slot of article.querySelectorAll(".figure"))
    shows[slot.dataset.figure] = FIGURES[slot.dataset.figure](slot);
  listContents();
  const reveal = addFolding(article);
  document.addEventListener("seg-reveal", ({ detail }) => reveal(detail)); // the tour comes to a figure

  let now = null; // page.current
  let truth = null; // CRC-32 of its labels
  let answer = null; // the server's, for `truth`
  let painting = null; // its losses
  let painted = 0; // which state of the painting they are of
  let families = null; // what the families' heads say of the photo
  let near = false; // whether their figure is in sight
  let chosen = {}; // experiment -> the class the visitor wants it for
  let flight = null; // the question under way
  let pale = false; // whether the figures wear colours of another palette than the page

  function listContents() {
    const list = make("ol");
    let parts = null;
    for (const section of article.querySelectorAll("section")) {
      const link = make(
        "a",
        { href: "#" + section.id, "data-jump": section.id },
        section.querySelector("h2, h3").textContent,
      );
      const item = make("li", {}, link);
      if (section.classList.contains("level1")) {
        list.append(item);
        parts = null;
      } else {
        if (!parts) list.lastChild.append((parts = make("ol")));
        parts.append(item);
      }
    }
    find(".contents").replaceChildren(list);
  }

  // Links within the article scroll without touching the address, which belongs to the page's state.
  element.addEventListener("click", (event) => {
    const run = event.target.closest("button[data-model]");
    if (run) return useModel(run.dataset.model);
    const link = event.target.closest("a[data-jump]");
    if (!link) return;
    event.preventDefault();
    const target = document.getElementById(link.dataset.jump);
    reveal(target);
    target.closest("details")?.setAttribute("open", "");
    target.scrollIntoView({
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
      block: "start",
    });
    const focus = target.querySelector("h2, h3") || target;
    focus.tabIndex = -1;
    focus.focus({ preventScroll: true });
  });

  // The header picks a model of the zoo; the one that finds individuals has its own place in the tab "Segment".
  function useModel(name) {
    if (MODELS.includes(name)) return document.dispatchEvent(new CustomEvent("seg-model", { detail: name }));
    document.querySelector("#tabs [role='tab'][data-tab-id='segment']").click();
    requestAnimationFrame(() => {
      const button = document.querySelector("#instances button.go");
      button?.scrollIntoView({ block: "center" });
      button?.focus({ preventScroll: true });
    });
  }

  // Asking

  const seen = () => element.clientWidth > 0 && element.offsetParent !== null;
  const hasPainting = () => {
    const given = page.painting;
    return (
      given && now && given.height === now.height && given.width === now.width && given.bytes.some((label) => label)
    );
  };

  async function ask() {
    if (pale && answer && now && seen()) await recolour();
    if (!now || !seen() || flight) return;
    const part = answer && Object.keys(chosen).find((name) => chosen[name] !== answer.figures[name].id);
    const what = !answer
      ? "figures"
      : part
        ? "object"
        : hasPainting() && painted !== page.painting.sequence
          ? "losses"
          : near && !families
            ? "families"
            : null;
    if (!what) return;
    const mine = (flight = { what, truth });
    if (what === "figures") find(".state").textContent = "Working out the figures of this photo …";
    const request = { ask: what, truth, height: now.height, width: now.width };
    if (what === "object") Object.assign(request, { part, label: chosen[part] });
    if (what === "losses") {
      mine.sequence = page.painting.sequence;
      request.painting = await deflate(page.painting.bytes);
    }
    const got = await askServer(request);
    if (flight !== mine) return; // another photo came meanwhile
    flight = null;
    await take(got, mine);
  }

  async function take(got, mine) {
    if (got.lost) {
      find(".state").textContent = "The server does not answer. Leave this tab and come back to try again.";
      return;
    }
    if (got.problem) {
      find(".state").textContent = "";
      if (mine.what === "losses") painted = mine.sequence;
      if (mine.what === "object") chosen = {};
      if (mine.what === "families") families = { heads: [], stages: [], masks: [] };
      return say(got.problem);
    }
    if (got.stale) {
      if (mine.truth !== truth) return ask();
      if (!page.restore())
        find(".state").textContent = "The server no longer has the photo on this page: please pick it again.";
      return;
    }
    if (got.truth !== truth) return ask();
    if (got.figures) {
      answer = { ...got, holds: new Set(got.conditions) };
      await show();
    } else if (got.object) {
      await showObject(got.object);
    } else if (got.families) {
      families = got.families;
      await shows.families(given());
    } else {
      painting = typeof got.painting === "object" ? got.painting : null;
      painted = mine.sequence;
      await shows.losses(given());
      element.dataset.painted = painted;
    }
    ask();
  }

  const given = () => ({
    now,
    figures: answer.figures,
    numbers: answer.numbers,
    holds: (name) => answer.holds.has(name),
    families,
    painting,
    choose,
  });

  // Another class for one experiment: its words and its figure follow.
  const choose = (part) => (id) => {
    chosen[part] = id;
    ask();
  };

  async function showObject({ part, figure, numbers, conditions }) {
    answer.figures[part] = figure;
    Object.assign(answer.numbers, numbers);
    for (const [name, held] of Object.entries(conditions)) answer.holds[held ? "add" : "delete"](name);
    showWords();
    await shows[part](given());
  }

  function showWords() {
    for (const place of article.querySelectorAll("[data-number]"))
      place.textContent = answer.numbers[place.dataset.number] ?? "…";
    const { holds } = answer;
    for (const paragraph of article.querySelectorAll("[data-when]")) {
      paragraph.hidden = !paragraph.dataset.when
        .split(" ")
        .every((name) => (name[0] === "!" ? !holds.has(name.slice(1)) : holds.has(name)));
    }
  }

  async function show() {
    const mine = answer;
    showWords();
    for (const draw of Object.values(shows)) {
      await draw(given());
      if (mine !== answer) return;
    }
    find(".state").textContent = "";
    article.classList.remove("waiting");
    element.dataset.ready = page.revision;
  }

  // Other colours for the same classes: every figure is drawn again, its sliders and choices staying where they are.
  async function recolour() {
    pale = false;
    const left = [...article.querySelectorAll(".figure input")].map(({ type, value, checked }) => ({
      type,
      value,
      checked,
    }));
    await show();
    [...article.querySelectorAll(".figure input")].forEach((input, i) => {
      const { type, value, checked } = left[i] ?? {};
      if (input.type !== type || (type === "radio" ? input.checked || !checked : input.value === value)) return;
      Object.assign(input, { value, checked });
      input.dispatchEvent(new Event(type === "radio" ? "change" : "input"));
    });
    element.dataset.palette = page.palette;
  }

  document.addEventListener("seg-palette", () => {
    pale = true;
    ask();
  });

  onPrediction(element, (current) => {
    now = current;
    truth = checksum(now.labels);
    answer = painting = families = null;
    painted = 0;
    chosen = {};
    for (const button of element.querySelectorAll("button[data-model]"))
      button.setAttribute("aria-pressed", String(button.dataset.model === now.model));
    flight = null;
    askServer.drop();
    article.classList.add("waiting");
    ask();
  });

  new ResizeObserver(() => ask()).observe(element); // the tab was opened
  const sight = new IntersectionObserver(([{ isIntersecting }]) => {
    near = isIntersecting;
    ask();
  });
  sight.observe(element.querySelector("[data-figure=families]"));
}
