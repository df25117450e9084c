// Questions to the server that take a while: one at a time, each with a number.

// ask(event, request) sends `request`, numbered, as the component's value. hear(answer) takes what comes back:
//   {problem}   end(the sentence)     {stale}   end(that the photo is gone)     the rest   answered(answer), then end("")
// `drop()` forgets the question: its answer is not heard any more.
Seg.questions = (props, trigger, { answered, end }) => {
  const PATIENCE = 120000; // ms without a word
  let count = 0;
  let pending = null; // {count, timer}
  const stop = () => {
    clearTimeout(pending?.timer);
    pending = null;
  };
  const finish = (problem) => {
    stop();
    end(problem);
  };
  return {
    ask(event, request) {
      stop();
      pending = { count: ++count };
      pending.timer = setTimeout(() => finish("No answer came. Is the server still there? Please try again."), PATIENCE);
      props.value = { ...request, count };
      trigger(event);
    },
    async hear(answer) {
      if (!answer || !pending || answer.count !== pending.count) return;
      const mine = pending;
      if (answer.problem) return finish(answer.problem);
      if (answer.stale) return finish("The server no longer has the photo on this page: please pick it again, then ask.");
      const show = await answered(answer);
      if (pending !== mine) return; // another photo came meanwhile
      finish("");
      show();
    },
    drop: stop,
  };
};

// Fetches a model's weights, telling progress(bytes done, bytes in all) until they are on the server; `wanted()` says
// whether anybody still waits. -> "" when they are here, a sentence when that failed, null when nobody waits any more.
Seg.fetchWeights = async (model, progress, wanted) => {
  const LOOK_AGAIN = 400; // ms
  for (let ask = "fetch"; wanted(); ask = "watch") {
    const lost = { here: [], problem: "The server does not answer. Please check the connection, then try again." };
    const answer = await Seg.depot.ask({ ask, model }).catch(() => lost);
    if (!wanted()) break;
    if (answer.problem) return answer.problem;
    if (answer.here.includes(model)) return "";
    progress(answer.done, answer.total);
    await new Promise((done) => setTimeout(done, LOOK_AGAIN));
  }
  return null;
};

// A line of words with a track under way: `share` 0..1 of it is filled, or it moves where the share is not known.
Seg.showProgress = (box, words, share = null) => {
  box.hidden = !words;
  box.querySelector("span").textContent = words || "";
  box.classList.toggle("counting", share !== null);
  box.querySelector(".track i").style.width = share === null ? "" : 100 * Math.min(1, share) + "%";
};
Seg.megabytes = (size) => (size >= 10 ? Math.round(size) : size.toFixed(1)) + " MB";
// Of a download: bytes done and in all; `expected` megabytes where the server has not said yet.
Seg.showFetching = (box, done, total, expected) => {
  const whole = total ? total / 1e6 : expected;
  const words = "Fetching the weights: " + Seg.megabytes(done / 1e6) + " of " + Seg.megabytes(whole);
  Seg.showProgress(box, done ? words : "Fetching the weights …", done ? done / 1e6 / whole : null);
};
