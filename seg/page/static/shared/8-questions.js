// Questions to the server that take a while: one at a time, each with a number, with words about a download in between.

// ask(event, request) sends `request`, numbered, as the component's value. hear(answer) takes what comes back:
//   {done, total}   a download's bytes: progress(done, total)       {problem}   end(the sentence)
//   {stale}         end(that the photo is gone)                     the rest    answered(answer); it calls end("")
// end("") is the end without a problem. `drop()` forgets the question: its answer is not heard any more.
Seg.questions = (props, trigger, { progress, answered, end }) => {
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
  const wait = () => {
    clearTimeout(pending.timer);
    pending.timer = setTimeout(() => finish("No answer came. Is the server still there? Please try again."), PATIENCE);
  };
  return {
    ask(event, request) {
      stop();
      pending = { count: ++count };
      wait();
      props.value = { ...request, count };
      trigger(event);
    },
    hear(answer) {
      if (!answer || !pending || answer.count !== pending.count) return;
      if (answer.problem) finish(answer.problem);
      else if (answer.stale) finish("The server no longer has the photo on this page: please pick it again, then ask.");
      else if ("done" in answer) {
        wait();
        progress(answer.done, answer.total);
      } else answered(answer);
    },
    end: finish,
    drop: stop,
    pending: () => pending,
  };
};

// A line of words with a track under way: `share` 0..1 of it is filled, or it moves where the share is not known.
Seg.showProgress = (box, words, share = null) => {
  box.hidden = !words;
  box.querySelector("span").textContent = words || "";
  box.classList.toggle("counting", share !== null);
  box.querySelector(".track i").style.width = share === null ? "" : 100 * share + "%";
};
Seg.megabytes = (size) => (size >= 10 ? Math.round(size) : size.toFixed(1)) + " MB";
