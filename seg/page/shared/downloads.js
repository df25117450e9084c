// @ts-check
// The weights of models: which are on the server, and fetching those that are not (seg/page/tabs/downloads).
import { megabytes } from "./words.js";

/** @typedef {import("./request.js").Answer} Answer */

const LOOK_AGAIN = 400; // ms between two looks at a download
const LOST = "The server does not answer. Please check the connection, then try again.";

/** @type {(request: (body: object) => Promise<Answer | null>) => void} */
let connect;
/** @type {Promise<(body: object) => Promise<Answer | null>>} */
const connected = new Promise((resolve) => (connect = resolve));
/** @type {Promise<any>} */
let last = Promise.resolve(); // one question at a time

/**
 * The component that carries the questions hands its way to ask over.
 * @param {(body: object) => Promise<Answer | null>} request
 */
export const carryDownloads = (request) => connect(request);

/**
 * The server's answer about the weights, with `here`: the names of the models whose weights it has. The document hears
 * "seg-here" with these names. Where no answer comes: { problem } without `here`.
 * @param {object} body
 * @returns {Promise<Answer>}
 */
export function askDownloads(body) {
  const mine = last.then(async () => {
    const request = await connected;
    const answer = await request(body);
    if (!answer?.here) return { problem: LOST };
    document.dispatchEvent(new CustomEvent("seg-here", { detail: answer.here }));
    return answer;
  });
  last = mine;
  return mine;
}

/**
 * Fetches a model's weights, telling how far it is until they are on the server.
 * @param {string} model
 * @param {(done: number, total: number) => void} progress in bytes
 * @param {() => boolean} wanted whether anybody still waits
 * @returns {Promise<string | null>} "" when they are here, a sentence when that failed, null when nobody waits any more
 */
export async function fetchWeights(model, progress, wanted) {
  for (let ask = "fetch"; wanted(); ask = "watch") {
    const answer = await askDownloads({ ask, model });
    if (!wanted()) break;
    if (answer.problem) return answer.problem;
    if (answer.here.includes(model)) return "";
    progress(answer.done, answer.total);
    await new Promise((done) => setTimeout(done, LOOK_AGAIN));
  }
  return null;
}

/**
 * A line of words with a track: `share` 0..1 of it is filled, or it moves where the share is not known. "" hides it.
 * @param {HTMLElement} box
 * @param {string} words
 * @param {number | null} [share]
 */
export function showProgress(box, words, share = null) {
  box.hidden = !words;
  const [line, filled] = ["span", ".track i"].map((one) => /** @type {HTMLElement} */ (box.querySelector(one)));
  line.textContent = words;
  box.classList.toggle("counting", share !== null);
  filled.style.width = share === null ? "" : 100 * Math.min(1, share) + "%";
}

/**
 * @param {HTMLElement} box
 * @param {number} done in bytes
 * @param {number} total in bytes, 0 where the server has not said yet
 * @param {number} expected in megabytes
 */
export function showFetching(box, done, total, expected) {
  const all = total ? total / 1e6 : expected;
  const words = "Fetching the weights: " + megabytes(done / 1e6) + " of " + megabytes(all);
  showProgress(box, done ? words : "Fetching the weights …", done ? done / 1e6 / all : null);
}
