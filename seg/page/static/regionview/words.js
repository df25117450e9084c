// What happened, in a sentence. Every number is of this photo; what things are called is the network's word, and said so.
const IGNORE = 255;
const LEAK_SHARE = 0.05; // a step by less of the photo than this is growing, not leaking

const share = (pixels, count) => {
  const percent = (100 * pixels) / count;
  return (percent >= 9.95 ? percent.toFixed(0) : percent.toFixed(1)) + " %";
};

// gained: Map of class id -> pixels that joined at the leak. id: the class under the seed.
function tellLeak(curve, leak, id, gained) {
  const before = curve.area[leak - 1];
  const after = curve.area[leak];
  const name = (k) => (k === IGNORE ? "unsure" : Seg.classes[k].name);
  const was = iouAt(curve, leak - 1);
  const is = iouAt(curve, leak);
  const total = [...gained.values()].reduce((sum, pixels) => sum + pixels, 0);
  const [most, pixels] = [...gained].sort((a, b) => b[1] - a[1])[0];
  const step = "At tau " + TAUS[leak];
  const numbers = "area jumps from " + share(before, curve.count) + " to " + share(after, curve.count);
  const verdict = " and IoU " + (is < was ? "falls" : is > was ? "rises" : "stays") + (is === was ? " at " + is.toFixed(2) : " from " + was.toFixed(2) + " to " + is.toFixed(2)) + ".";
  if (most === id && pixels > total / 2) return step + " the region floods more of what the network calls " + name(id) + ": " + numbers + verdict;
  const into = most === id ? "other classes" : name(most);
  return step + " the region leaks from what the network calls " + name(id) + " into what it calls " + into + ": " + numbers + verdict;
}

function tellStory(curve, best, leak, id, gained) {
  const jump = leak ? curve.area[leak] - curve.area[leak - 1] : 0;
  const top = "No tau does better than IoU " + iouAt(curve, best).toFixed(2) + ", at tau " + TAUS[best] + ".";
  if (jump / curve.count < LEAK_SHARE) {
    const steps = leak ? "its largest step, at tau " + TAUS[leak] + ", adds " + share(jump, curve.count) + " of the photo. " : "it never grows. ";
    return "No leak: the region grows little by little; " + steps + top;
  }
  return tellLeak(curve, leak, id, gained) + " " + top;
}
