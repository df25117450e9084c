// The pinned pixel: its scores, fetched once for a photo, what follows from them, and where the network looked.
import { requester } from "../../shared/request.js";
import { drawInspector } from "./inspector.js";
import { drawSampling, explainSampling, samplingAt } from "./sampling.js";
import { belongTo, decideAt, scoresAt, unpackScores } from "../../shared/scores.js";

const WAITING = "Fetching the 21 scores of every cell, once for this photo …";
const FAILED = "The scores did not arrive: please check the connection, then pin a pixel to try again.";

// current() -> {now, pin}; onFrame(row, column) -> [x, y] on the screen. -> {begin, show, showSampling}
export function addInspector(piece, current, onFrame) {
  const { element, facts } = piece;
  const find = (selector) => element.querySelector(selector);
  const request = requester(piece, { event: "select", number: "asked" });
  let scores = null; // of the current photo, once a pixel was pinned
  let waiting = false; // for the scores

  // Another photo: answers about the one before are no longer wanted.
  function begin() {
    scores = null;
    waiting = false;
    request.drop();
  }

  async function ask() {
    const { now: mine } = current();
    waiting = true;
    find(".inspector .waiting").textContent = WAITING;
    const answer = await request({ truth: mine.truth, height: mine.height, width: mine.width });
    const unpacked = answer?.scores && (await unpackScores(answer));
    if (!answer || current().now !== mine) return; // a newer photo overtook this answer
    waiting = false;
    if (!unpacked) find(".inspector .waiting").textContent = FAILED;
    if (!unpacked || !belongTo(unpacked, mine.coarse)) return; // or of another photo: the next pin asks again
    scores = unpacked;
    show();
  }

  function show() {
    const { now, pin } = current();
    const inspector = find(".inspector");
    if (pin && !scores && !waiting) ask();
    showSampling();
    inspector.hidden = !pin;
    if (!pin) return;
    const i = pin.row * now.width + pin.column;
    const label = now.labels[i];
    const decision = scores && decideAt(scoresAt(scores, pin, now.height, now.width, now.alignCorners), label);
    drawInspector(inspector, { ...pin, label, sure: now.confidence[i], decision });
  }

  function showSampling() {
    const { now, pin } = current();
    const toggle = find(".aspp-toggle");
    const network = now && facts.networks[now.model];
    const looksAround = Boolean(network && network.rates.length);
    toggle.hidden = !looksAround;
    const shown = toggle.getAttribute("aria-pressed") === "true";
    find(".aspp").hidden = !network || (looksAround && !shown);
    const sampling =
      pin && looksAround ? samplingAt(pin, network, now.coarse, now.height, now.width, now.alignCorners) : null;
    if (pin && network) explainSampling(find(".aspp"), sampling, now.modelTitle);
    drawSampling(find("svg.sampling"), shown ? sampling : null, onFrame);
  }

  // Where one column holds all, the pixel's answer stands right below the photo.
  const column = matchMedia("(max-width: 1000px)");
  const place = () => find(column.matches ? ".caption" : ".blobs").after(find(".inspector"));
  column.addEventListener("change", place);
  place();

  find(".aspp-toggle").addEventListener("click", ({ currentTarget }) => {
    currentTarget.setAttribute("aria-pressed", String(currentTarget.getAttribute("aria-pressed") !== "true"));
    showSampling();
  });
  return { begin, show, showSampling };
}
