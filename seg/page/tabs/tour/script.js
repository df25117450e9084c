// The guided tour: a card at the bottom of the window that asks for one action a stop and answers with what came of it.
// It starts only when the visitor asks for it (the button in the header), keeps where they are for as long as the
// browser's tab lives, and touches nothing of the page but the tabs. The stops themselves: stops.js.
import { onPrediction, page } from "../../shared/page.js";
import { openTab, selectedTab, tabTitle } from "../../shared/tabs.js";
import { addKeys } from "./keys.js";
import { addPlace } from "./place.js";
import { STOPS, seek } from "./stops.js";

export function mount({ element }) {
  const find = (selector) => element.querySelector(selector);
  const card = find(".card");
  const root = document.documentElement;
  const STORE = "seg-tour";
  const PAUSE = 200; // ms between two looks at the page
  const WATCHED = [
    "data-row",
    "data-column",
    "data-state",
    "data-sequence",
    "data-tau",
    "data-leak",
    "data-story",
    "data-ready",
    "data-n",
    "data-iou",
    "data-levels",
    "aria-selected",
  ];

  let open = false;
  let at = 0; // index of the stop; STOPS.length is the farewell
  let done = STOPS.map(() => false);
  let origin; // what the page said when the stop began; undefined until it could be read
  let moved = false; // whether the visitor changed that
  let says = ""; // the reaction on screen
  let brought = ""; // "" | "seen": scrolled to when it was first there | "ready": and when the stop could be read
  let read = false; // whether what the reaction is about was brought in sight
  let held = false; // whether a pointer is down: nothing may scroll away under it
  let timer = 0;

  const isOpen = () => open;
  const { bring, mark, marked, place } = addPlace(element, card, isOpen);
  const keys = addKeys(card, isOpen, () => STOPS[at] && page.current && seek(STOPS[at].focus(page.current)), leave);

  // Where the visitor is, kept over a reload. Without storage the tour still runs.
  function save() {
    try {
      sessionStorage.setItem(STORE, JSON.stringify({ at, done }));
    } catch {
      // storage is off
    }
  }

  function restore() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(STORE)) ?? {};
      if (Number.isInteger(kept.at) && kept.at >= 0 && kept.at < STOPS.length) at = kept.at;
      if (Array.isArray(kept.done)) done = done.map((_, i) => kept.done[i] === true);
    } catch {
      // storage is off, or holds something else
    }
  }

  // The button in the header

  const button = () => document.querySelector("#header .tour");

  function showButton() {
    const place = button();
    if (!place) return requestAnimationFrame(showButton); // the header comes after us
    if (!place.dataset.wired) place.addEventListener("click", () => (open ? leave() : start()));
    place.dataset.wired = "yes";
    place.hidden = false;
    place.setAttribute("aria-expanded", String(open));
    place.textContent = open
      ? "Leave the tour"
      : at > 0 && at < STOPS.length
        ? "Resume the tour at stop " + (at + 1)
        : "Two-minute tour";
  }

  // Going along

  function start() {
    if (at >= STOPS.length) {
      at = 0;
      done = done.map(() => false);
    }
    open = true;
    go(at);
  }

  function go(to) {
    at = to;
    save();
    const stop = STOPS[at];
    if (stop) openTab(stop.tab);
    if (stop?.enter) stop.enter();
    begin();
    element.dataset.brought = brought = "";
    keys.begin();
    draw();
    showButton();
    card.focus({ preventScroll: root.dataset.tour !== "framed" });
    soon();
  }

  // The stop waits for something new: at its start, and on another photo.
  function begin() {
    origin = undefined;
    moved = false;
    says = "";
    read = false;
  }

  function leave() {
    open = false;
    if (at >= STOPS.length) at = 0;
    save();
    mark(null);
    draw();
    showButton();
    button().focus({ preventScroll: true });
  }

  // Looking at the page

  function soon() {
    if (open) timer ||= setTimeout(look, PAUSE);
  }

  function look() {
    timer = 0;
    const now = page.current;
    const stop = STOPS[at];
    if (!open || !now || !stop) return;
    const away = selectedTab() !== stop.tab;
    const target = away ? null : seek(stop.target(now));
    mark(target);
    const reading = away ? null : stop.read(now, origin);
    if (reading && origin === undefined) origin = reading.at;
    else if (reading && reading.at !== null && reading.says !== null) {
      moved ||= reading.at !== origin;
      if (moved) says = reading.says;
      const answered = moved && Boolean(reading.done);
      card.classList.toggle("answered", answered);
      if (answered && !done[at]) {
        done[at] = true;
        save();
      }
      if (!answered) read = false;
      else if (!read && !held && target) {
        read = true;
        draw(); // the card has its height now
        bring(stop, target, now, true);
      }
    }
    draw();
    const due = origin === undefined ? "seen" : "ready";
    if (target && !held && brought !== due && brought !== "ready") {
      bring(stop, target, now);
      element.dataset.brought = brought = due;
    }
    place();
  }

  const watched = new MutationObserver(soon);
  watched.observe(document.body, { subtree: true, attributeFilter: WATCHED });
  document.addEventListener("input", soon);
  document.addEventListener("seg-pin", soon);
  document.addEventListener("pointerdown", () => (held = true), true);
  for (const type of ["pointerup", "pointercancel"]) {
    document.addEventListener(
      type,
      () => {
        held = false;
        soon();
      },
      true,
    );
  }
  onPrediction(element, () => {
    begin();
    if (!open) return;
    draw();
    soon();
  });

  // The card

  function draw() {
    card.hidden = !open;
    element.dataset.stop = open ? at + 1 : "";
    if (!open) return place();
    const now = page.current;
    const stop = STOPS[at];
    const away = Boolean(stop) && selectedTab() !== stop.tab;
    const last = at === STOPS.length - 1;
    const show = (selector, on) => (find(selector).hidden = !on);
    card.classList.toggle("answered", Boolean(stop) && card.classList.contains("answered") && moved && !away);
    const answered = card.classList.contains("answered");
    Object.assign(element.dataset, { done: answered ? "yes" : "", away: away ? "yes" : "" });
    find(".count").textContent = stop ? "Stop " + (at + 1) + " of " + STOPS.length : "The end";
    find(".steps").replaceChildren(
      ...STOPS.map((_, i) =>
        Object.assign(document.createElement("i"), { className: i === at ? "here" : done[i] ? "done" : "" }),
      ),
    );
    find(".seg-title").textContent = stop ? stop.title : "That was the tour";
    const reacts = Boolean(stop) && !away && Boolean(says);
    say(
      ".why",
      away ? "This stop is in the tab “" + tabTitle(stop.tab) + "”." : stop ? (now ? stop.why(now) : "") : farewell(),
    );
    say(".ask", away ? "" : stop ? task(stop, now) : next());
    say(".reaction", reacts ? says : "");
    show(".task", !reacts);
    find(".go").textContent = stop?.goes ?? "";
    show(".go", stop && !away);
    show(".return", away);
    show(".own", !stop);
    show(".link", !stop && !own());
    show(".save", !stop && own());
    show(".back", stop);
    find(".back").disabled = at === 0;
    show(".next", stop);
    find(".next").textContent = answered ? (last ? "Finish" : "Next") : "Skip this";
    find(".next").classList.toggle("primary", answered);
    find(".leave").textContent = stop ? "Leave" : "Close";
    place();
  }

  // A link never shows the visitor's own photo.
  const own = () => Boolean(page.current && !page.current.example);
  const next = () =>
    own()
      ? "Next: another photo, or a result card to show. A link would open with an example instead of your photo."
      : "Next: a photo of your own, or the link for a colleague.";

  // Only what changed is written: a screen reader reads the reaction again when it is set again.
  function say(selector, words) {
    if (find(selector).textContent !== words) find(selector).textContent = words;
  }

  const task = (stop, now) =>
    !now ? "" : stop.slow && origin === undefined ? "One moment: the page gets it ready." : stop.ask(now, origin);

  function farewell() {
    const count = done.filter(Boolean).length;
    if (count === STOPS.length) return "You did all six: you probed, pinned, doubted, painted, flooded and tested.";
    return "You did " + count + " of the six stops. The rest is where you left it.";
  }

  find(".next").addEventListener("click", () => go(at + 1));
  find(".back").addEventListener("click", () => go(at - 1));
  find(".leave").addEventListener("click", leave);
  find(".return").addEventListener("click", () => {
    openTab(STOPS[at].tab);
    element.dataset.brought = brought = "";
    soon();
    card.focus({ preventScroll: true });
  });
  find(".go").addEventListener("click", () => {
    const { current } = page;
    seek(STOPS[at].focus(current))?.focus({ preventScroll: true });
    if (marked()) bring(STOPS[at], marked(), current);
  });
  find(".own").addEventListener("click", () => document.querySelector("#header input[type=file]").click());
  find(".save").addEventListener("click", () => document.querySelector("#share [data-file=card]").click());
  find(".link").addEventListener("click", () => document.querySelector("#share .link").click());

  restore();
  showButton();
  draw();
  element.dataset.ready = "yes";
}
