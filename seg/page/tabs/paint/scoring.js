// The way to the server and back. Every state of a painting has a number of its own (painting.sequence). One request is
// under way at a time; when its answer comes and the painting has moved on, the answer is dropped and the newest state is
// sent. So no score is ever shown for anything but what is on the canvas.

const PATIENCE = 8000; // ms until a request counts as lost
let flight = null; // {sequence, preset} under way
let wanted = null; // what to send next: {ask: "grade"} or {ask: "preset", name, n}
let counter = 0; // makes every request a new value
let unheard = 0; // requests lost in a row

function askScore() {
  if (!wanted) wanted = { ask: "grade" };
  showWaiting();
  if (!flight) send();
}

function askPreset(name, n) {
  wanted = { ask: "preset", name, n };
  if (!flight) send();
}

async function send() {
  const request = wanted;
  wanted = null;
  if (!request || !painting) return;
  const { height, width, sequence, bytes, preset } = painting;
  const mine = (flight = { sequence, request, count: ++counter, since: performance.now() });
  const sent = { ...request, sequence, truth, height, width, count: mine.count };
  if (request.ask === "grade") {
    sent.preset = preset;
    sent.mask = await Seg.deflate(bytes);
    if (flight !== mine) return;
    if (painting.sequence !== sequence) {
      // painted on while it was being packed
      flight = null;
      wanted = wanted || request;
      return send();
    }
    mine.bytes = sent.mask.length;
  }
  mine.timer = setTimeout(() => lost(mine), PATIENCE);
  props.value = sent;
  trigger("submit");
}

function lost(mine) {
  if (flight !== mine) return;
  flight = null;
  unheard += 1;
  if (unheard > 1) Seg.say("The server does not answer, so this painting has no score yet. It is kept here; the next stroke tries again.");
  else {
    wanted = wanted || mine.request;
    send();
  }
}

// answer: {count, sequence, truth, and one of: scores | mask | problem | stale}, as seg/page/paint.py makes it.
function receive(answer) {
  if (!answer || !flight || answer.count !== flight.count) return;
  const mine = flight;
  clearTimeout(mine.timer);
  flight = null;
  unheard = 0;
  if (answer.problem) Seg.say(answer.problem);
  else if (answer.truth === truth && answer.mask) applyPreset(answer);
  else if (answer.truth === truth && answer.scores && answer.sequence === painting.sequence && !gesture) {
    showScores(answer);
    element.dataset.roundtrip = Math.round(performance.now() - mine.since);
  } else if (answer.stale && answer.truth !== undefined) waitForPhoto();
  if (!wanted && painting.sequence !== mine.sequence && mine.request.ask === "grade") wanted = { ask: "grade" };
  send();
}

// The server has another photo or model in front of it than this page: the page hears of it any moment.
function waitForPhoto() {
  const waiting = truth;
  setTimeout(() => {
    if (truth === waiting && !Seg.working && !Seg.restore()) Seg.say("This page was left alone for so long that the server forgot its photo. Pick the photo again: your painting is kept.");
  }, 3000);
}
