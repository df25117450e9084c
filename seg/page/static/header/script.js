// Picking a photo: click, drop, paste or an example. What was picked goes to the server as the component's value;
// the answer comes back through the Feed. models.js: the choice of a model.
const MAX_BYTES = 20000000; // as seg.photo.MAX_BYTES: a larger file is not even sent
const PATIENCE = 90000; // ms without an answer before the page says so

const find = (selector) => element.querySelector(selector);
const input = find("input[type=file]");
let count = 0;
let waiting = null;

const ask = (choice, sentence) => {
  Seg.state.wanted = null; // the visitor's choice overrules what the address asked for
  Seg.say("");
  send(choice, sentence);
};

const send = (choice, sentence) => {
  Seg.setWorking(sentence);
  props.value = { model: usableModel(), ...choice, count: ++count };
  trigger("upload");
};

// The address asks for a photo or a model that is not on the page: on opening it, on back and forward. A link never
// starts a download: where its model is not here, the photo comes with the model that the page has.
let afterwards = ""; // the sentence to say once the photo is there
const askWanted = async () => {
  const { wanted } = Seg.state;
  Seg.setWorking("Labelling every pixel …");
  if (!here.has(wanted.model)) await lookWhatIsHere();
  if (Seg.state.wanted !== wanted) return; // the visitor has picked something meanwhile
  if (!here.has(wanted.model)) {
    const { title, megabytes: size } = byName.get(wanted.model);
    wanted.model = shownModel();
    afterwards = "The link asks for " + title + ", which is not on this server. Pick it in the list of models to fetch it (" + megabytes(size) + ").";
  }
  send({ example: wanted.photo, model: wanted.model }, "Labelling every pixel …");
};

models.addEventListener("change", async () => {
  const name = models.value;
  fetching = null;
  Seg.say("");
  if (!here.has(name) && !(await fetchModel(name))) return;
  stopFetching();
  models.value = name;
  ask({ model: name }, "Asking another model …");
});

const askWithFile = async (file) => {
  if (!file) return;
  if (file.size > MAX_BYTES) {
    const size = Math.ceil(file.size / 1e6);
    return Seg.say("This file has " + size + " MB and the limit is 20 MB: please choose a smaller photo.");
  }
  Seg.say("");
  Seg.setWorking("Sending the photo …");
  try {
    const name = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const { path } = await upload(new File([file], name, { type: file.type })); // see seg/page/uploads.py
    ask({ path, name: file.name }, "Labelling every pixel …");
  } catch {
    Seg.say("The photo did not reach the server: please check the connection and try again.");
  }
};

document.addEventListener("seg-model", ({ detail }) => {
  if (models.value === detail || ![...models.options].some((option) => option.value === detail)) return;
  models.value = detail;
  models.dispatchEvent(new Event("change"));
});
find(".device").textContent = props.device;

input.addEventListener("change", () => {
  askWithFile(input.files[0]);
  input.value = ""; // the same file may be chosen again
});

for (const example of props.examples) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "example";
  button.title = example.title + ": " + example.shows + ". Photo: " + example.credit;
  button.dataset.example = example.name;
  button.setAttribute("aria-label", "Example: " + example.title);
  button.setAttribute("aria-pressed", "false");
  const picture = new Image();
  picture.alt = "";
  picture.src = example.image;
  button.append(picture);
  button.addEventListener("click", () => ask({ example: example.name }, "Labelling every pixel …"));
  find(".strip").append(button);
}

// Drop and paste work anywhere on the page.
const carriesFile = (transfer) => transfer && [...transfer.types].includes("Files");
const target = find(".target");
const on = (type, listener) => document.addEventListener(type, listener);
on("dragover", (event) => {
  if (!carriesFile(event.dataTransfer)) return;
  event.preventDefault();
  target.hidden = false;
});
on("dragleave", (event) => {
  if (!event.relatedTarget) target.hidden = true;
});
on("drop", (event) => {
  target.hidden = true;
  if (!carriesFile(event.dataTransfer)) return;
  event.preventDefault();
  askWithFile(event.dataTransfer.files[0]);
});
on("paste", (event) => {
  if (!carriesFile(event.clipboardData)) return;
  event.preventDefault();
  askWithFile(event.clipboardData.files[0]);
});

on("seg-working", ({ detail }) => {
  find(".bar").hidden = !detail;
  find("strong").textContent = detail || "Click, drop or paste a photo";
  clearTimeout(waiting);
  if (!detail) showModels(); // what did not work leaves the model that the page has
  if (detail) waiting = setTimeout(() => Seg.say("No answer came. Is the server still there? Please try again."), PATIENCE);
});

// Where the question itself fails (queue full, connection lost), gradio shows a toast and nobody answers: stop waiting.
new MutationObserver((changes) => {
  const added = changes.flatMap((change) => [...change.addedNodes]);
  const failed = added.some((node) => node.matches?.(".toast-body.error, :has(.toast-body.error)"));
  if (Seg.working && failed) Seg.say("The server did not take the question, or is very busy: please try again in a moment.");
}).observe(document.body, { childList: true, subtree: true });

Seg.onPrediction(element, (now) => {
  find(".device").textContent = now.device;
  find(".time").textContent = (now.milliseconds / 1000).toFixed(2) + " s";
  for (const button of element.querySelectorAll(".example")) {
    button.setAttribute("aria-pressed", String(button.dataset.example === now.example));
  }
  showModels();
  if (Seg.state.wanted) askWanted(); // this was the answer to an earlier question
  else if (afterwards) Seg.say(afterwards);
  afterwards = "";
});
on("seg-wanted", askWanted);
if (Seg.state.leadsElsewhere(props.first)) askWanted();
linkPalette();
element.dataset.ready = "yes";
