// @ts-check
// Gradio's front end copies what components hold leaf by leaf, hundreds of them with each question, and asks the
// browser's own structuredClone for every one, which takes 5 ms. Of what can have no copy the answer is known at once.

const real = window.structuredClone;
const NO_COPY = new DOMException("A function cannot be cloned.", "DataCloneError"); // made once: it is caught each time

/** @type {typeof structuredClone} */
window.structuredClone = (value, options) => {
  if (typeof value === "function") throw NO_COPY;
  if ((typeof value === "object" && value !== null) || typeof value === "symbol") return real(value, options);
  return value;
};
