// Carries the questions of Seg.depot (tabs/shared/7-depot.js) to the server, one at a time, and the answers back. With
// each the document hears "seg-here": the names of the models whose weights are on the server now.
const TIMEOUT = 20000; // ms
let count = 0;
let answered = null; // takes the answer to the question under way

const carry = (request) =>
  new Promise((resolve, reject) => {
    const number = ++count;
    const late = setTimeout(() => reject(new Error("no answer")), TIMEOUT);
    answered = (answer) => {
      if (!answer || answer.count !== number || !answer.here) return;
      clearTimeout(late);
      document.dispatchEvent(new CustomEvent("seg-here", { detail: answer.here }));
      resolve(answer);
    };
    props.value = { ...request, count: number };
    trigger("submit");
  });

watch("value", () => answered && answered(props.value));

let busy = false;
const work = async () => {
  if (busy) return;
  busy = true;
  while (Seg.depot.waiting.length) {
    const { request, resolve, reject } = Seg.depot.waiting.shift();
    await carry(request).then(resolve, reject);
  }
  busy = false;
};
document.addEventListener("seg-downloads", work);
work();
