// @ts-check
// The one way to ask the server: a component's value is the question, and the answer comes back as its value.
//
//   const request = requester({ element, props, trigger, watch });
//   const answer = await request({ ask: "list" });
//
// The answer is what the server sent, or { problem: a sentence for the visitor }, with `lost: true` where none came. It
// is null when nobody waits for it any more: another question was asked, or `request.drop()` was called.
//
// Every question has a number that the answer brings back, so that an answer belongs to one question and gradio, which
// drops a value equal to the one before, sees a new one. Each is asked a second time, under the same number, when the
// server failed or after REPEAT; whichever answer comes first counts. There is no third time.
//
// Where the connection itself breaks, gradio reloads the page, which then asks again. A question that broke it twice is
// not asked before the visitor does something: else the page would reload for ever.
import { small } from "./storage.js";

const REPEAT = 8_000; // ms
const PATIENCE = 20_000; // ms until an answer counts as lost
const LONG_PATIENCE = 120_000; // for what may wait in line and takes a network's time: asked again only when it failed
const PAUSE = 1_000; // ms between a failure and the second try

const BREAKS = 2; // broken connections after which a question waits for the visitor

const NO_ANSWER = "No answer came. Is the server still there? Please try again.";
export const FULL = "Many people are asking at this moment and the line is full: please wait a minute, then try again.";
const BROKEN_WORDS = /connection to the server was lost/i; // and for one that broke
const FULL_WORDS = /too busy|currently busy|queue is full/i; // gradio's, for a queue that takes no more
export const STALE = "The server no longer has the photo on this page: please pick it again, then ask.";

/** @typedef {{ problem?: string, lost?: boolean, [key: string]: any }} Answer */

/**
 * @param {Pick<import("./types.js").Piece, "element" | "props" | "trigger" | "watch">} piece
 * @param {{ event?: string, number?: string, long?: boolean }} [how] the event that carries the question, the name of
 *   its number, and whether an answer may take long
 */
export function requester(
  { element, props, trigger, watch },
  { event = "submit", number = "count", long = false } = {},
) {
  const breaks = "breaks-" + (element.closest("[id]")?.id ?? "");
  let count = 0;
  /** @type {{ body: object, event: string, count: number, tries: number, timers: number[], resolve: (answer: Answer | null) => void } | null} */
  let pending = null;

  /** @param {Answer | null} answer */
  const finish = (answer) => {
    const mine = pending;
    pending = null;
    for (const timer of mine?.timers ?? []) clearTimeout(timer);
    mine?.resolve(answer);
  };
  const send = () => {
    if (!pending) return;
    pending.tries += 1;
    props.value = { ...pending.body, [number]: pending.count, attempt: pending.tries };
    trigger(pending.event);
  };
  const again = () => {
    if (pending && pending.tries < 2) send();
  };

  watch("value", () => {
    if (pending && props.value?.[number] === pending.count && !("attempt" in props.value)) {
      small.set(breaks, null);
      const answer = props.value;
      props.value = null; // see components.py
      finish(answer);
    }
  });
  onFailure((why) => {
    if (!pending) return;
    if (why === "broken") small.set(breaks, (small.get(breaks) ?? 0) + 1);
    if (why === "full") finish({ problem: FULL, lost: true });
    else if (why === "broken") finish({ problem: NO_ANSWER, lost: true });
    else if (pending.tries > 1) finish({ problem: NO_ANSWER, lost: true });
    else pending.timers.push(setTimeout(again, PAUSE));
  });

  /**
   * @param {object} body
   * @param {string} [by] the event that carries this one, where it is another
   * @returns {Promise<Answer | null>}
   */
  const request = (body, by = event) => {
    finish(null);
    if (small.get(breaks) >= BREAKS && navigator.userActivation?.hasBeenActive === false)
      return Promise.resolve({ problem: NO_ANSWER, lost: true });
    return new Promise((resolve) => {
      const late = () => finish({ problem: NO_ANSWER, lost: true });
      const timers = [setTimeout(late, long ? LONG_PATIENCE : PATIENCE)];
      if (!long) timers.push(setTimeout(again, REPEAT));
      pending = { body, event: by, count: ++count, tries: 0, timers, resolve };
      send();
    });
  };
  return Object.assign(request, { drop: () => finish(null) });
}

/** @typedef {"full" | "broken" | "failed"} Why the line has no place left, the connection broke, anything else */

/** @type {Set<(why: Why) => void>} */
const failures = new Set();
// The first failure makes a toast, later ones are further messages in it.
const TOASTS = ".toast-body.error, :has(.toast-body.error), .toast-body.error .toast-message-item";
let watching = false;

/**
 * Calls back when gradio says in a toast that a question of this page failed: nobody will answer it. Where the
 * line is full the toast, which says the same in gradio's words, is hidden.
 * @param {(why: Why) => void} callback
 */
export function onFailure(callback) {
  failures.add(callback);
  if (watching) return;
  watching = true;
  new MutationObserver((changes) => {
    const added = changes
      .flatMap((change) => [...change.addedNodes])
      .filter((node) => node instanceof HTMLElement)
      .filter((node) => node.matches(TOASTS));
    if (!added.length) return;
    const says = (/** @type {RegExp} */ words) => added.some((node) => words.test(node.textContent ?? ""));
    const why = says(FULL_WORDS) ? "full" : says(BROKEN_WORDS) ? "broken" : "failed";
    for (const each of failures) each(why);
    if (why === "full") for (const node of added) node.style.display = "none";
  }).observe(document.body, { childList: true, subtree: true });
}
