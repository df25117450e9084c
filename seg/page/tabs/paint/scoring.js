// The way to the server and back. Every state of a painting has a number of its own (painting.sequence). One request is
// under way at a time; when its answer comes and the painting has moved on, the answer is dropped and the newest state is
// sent. So no score is ever shown for anything but what is on the canvas. Clicks for an object go first, in their order.
import { deflate } from "../../shared/codec.js";
import { page, say } from "../../shared/page.js";
import { requester } from "../../shared/request.js";
import { tapped } from "../../shared/touch.js";
import { photoKey } from "./painting.js";

export function addScoring(board) {
  const request = requester(board.piece);
  let flight = null; // {sequence, question} under way
  let wanted = null; // what to send next: {ask: "grade"} or {ask: "one_click", name, n}
  const clicks = []; // and before that: {ask: "object", row, column, label: the class to lay it in}

  const isScoring = () => Boolean(flight);
  const sendWanted = () => void (!flight && send());

  function askScore() {
    if (!wanted) wanted = { ask: "grade" };
    board.showWaiting();
    if (!flight) send();
  }

  function askMask(name, n) {
    wanted = { ask: "one_click", name, n };
    if (!flight) send();
  }

  function askClick(click) {
    clicks.push({ ask: "object", ...click });
    if (!flight) send();
  }

  async function send() {
    if (!board.painting) return; // still on its way from the browser's store: `show` sends what is wanted
    const question = clicks.shift() ?? wanted;
    if (question === wanted) wanted = null;
    if (!question) return;
    const { height, width, sequence, bytes, oneClick } = board.painting;
    const photo = question.ask === "one_click" && photoKey(board.now);
    const mine = (flight = { sequence, question, truth: board.truth, photo });
    const sent = { ...question, sequence, truth: board.truth, height, width };
    if (question.ask === "grade") {
      sent.one_click = oneClick;
      [sent.mask] = await Promise.all([deflate(bytes), board.saved]); // stored before anything is sent
      if (board.painting.sequence !== sequence) {
        // painted on while it was being packed
        flight = null;
        wanted = wanted || question;
        return send();
      }
    }
    const since = performance.now();
    const answer = await request(sent);
    flight = null;
    receive(answer, mine, since);
    send();
  }

  // answer: {sequence, truth, and one of: scores | mask | problem | stale}, as seg/page/tabs/paint makes it.
  function receive(answer, mine, since) {
    const { question } = mine;
    if (question.ask === "object") board.showObject(answer, question);
    if (answer.lost) {
      if (question.ask === "object")
        say(tapped("The server does not answer, so no object was found: please click again."));
      else
        say(
          "The server does not answer, so this painting has no score yet. It is kept here; the next stroke tries again.",
        );
      return;
    }
    if (answer.problem) say(answer.problem);
    else if (answer.object) return;
    else if (answer.truth === board.truth && answer.mask) board.applyMask(answer);
    else if (
      answer.truth === board.truth &&
      answer.scores &&
      answer.sequence === board.painting.sequence &&
      !board.gesture
    ) {
      board.showScores(answer);
      board.element.dataset.roundtrip = Math.round(performance.now() - since);
    } else if (answer.stale && answer.truth !== undefined) waitForPhoto();
    if (!wanted && board.painting.sequence !== mine.sequence && question.ask === "grade") wanted = { ask: "grade" };
    // A mask of the labels that were there before, on the same photo: the visitor wants that of the new ones.
    else if (
      !wanted &&
      question.ask === "one_click" &&
      mine.truth !== board.truth &&
      mine.photo === photoKey(board.now)
    )
      wanted = question;
  }

  // The server has another photo or model in front of it than this page: the page hears of it any moment.
  function waitForPhoto() {
    const waiting = board.truth;
    setTimeout(() => {
      if (board.truth === waiting && !page.working && !page.restore())
        say(
          "This page was left alone for so long that the server forgot its photo. Pick the photo again: your painting is kept.",
        );
    }, 3000);
  }

  Object.assign(board, { askClick, askMask, askScore, isScoring, sendWanted });
}
