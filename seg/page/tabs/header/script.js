// Choosing a photo: click, drop, paste or an example. The choice goes to the server as the component's value; the answer
// comes back through the Feed.
//   models.js  the choice of a model     own.js  the visitor's own photo, over a reload     transfer.js  drop and paste
//   present.js  for a projector
import { address } from "../../shared/address.js";
import { onPrediction, page, say, setWorking } from "../../shared/page.js";
import { FULL, onFailure } from "../../shared/request.js";
import { small } from "../../shared/storage.js";
import { byTouch } from "../../shared/touch.js";
import { megabytes } from "../../shared/words.js";
import { modelList } from "./models.js";
import { nothingSent, photoShown, readPhoto, storedPhoto, storePhoto } from "./own.js";
import { linkPalette } from "./palette.js";
import { addPresenting } from "./present.js";
import { listenForPhotos } from "./transfer.js";

export function mount({ element, props, facts, trigger, upload }) {
  const MAX_BYTES = 20000000; // as seg.photo.MAX_BYTES: a larger file is not even sent
  const PATIENCE = 90000; // ms without an answer before the page says so
  const RESTORE_PAUSE = 10000; // ms between two tries to bring a photo back that the server lost
  const UPLOAD_TRIES = 10; // after a reload; the visitor's own choice is sent once
  const UPLOAD_PAUSE = 2000; // ms between two of them

  const REFUSED = "The server did not take the question: please try again in a moment.";
  const BROKEN = "The connection broke. The page goes on by itself when the server answers again.";

  const GONE =
    "Your photo is gone: this browser had not kept it. Please choose it again; meanwhile here is an example.";
  const INVITATION = byTouch ? "Choose a photo" : "Click, drop or paste a photo";

  const find = (selector) => element.querySelector(selector);
  const input = find("input[type=file]");
  const list = modelList({ element, facts });
  const {
    select: models,
    here,
    byName,
    usableModel,
    shownModel,
    showModels,
    lookWhatIsHere,
    fetchModel,
    stopFetching,
  } = list;
  let count = 0;
  let waiting = 0;
  let sent = {}; // the question under way or asked last: {file: the visitor's own photo, number: it is stored
  // under, again: whether about the photo shown}
  let own = null; // the visitor's own photo on the page, as a File: the server may lose it
  let held = null; // the same, kept in this page while an example is shown: a stop of the round of photos
  let broken = false; // whether the connection is: gradio then reloads the page as soon as the server answers
  let restored = -Infinity; // when it was last brought back

  const ask = (choice, sentence, about) => {
    address.wanted = null; // the visitor's choice overrules what the address asked for
    say("");
    send(choice, sentence, about);
  };

  const send = (choice, sentence, about = {}) => {
    sent = about;
    setWorking(sentence);
    props.value = { model: usableModel(), ...choice, count: ++count };
    trigger("upload");
  };

  // The address asks for a photo or a model that is not on the page: on opening it, on back and forward. A link never
  // starts a download: where its model is not here, the photo comes with the model that the page has.
  let afterwards = ""; // the sentence to say once the photo is there
  const askWanted = async () => {
    const { wanted } = address;
    setWorking("Labelling every pixel …");
    if (!here.has(wanted.model)) await lookWhatIsHere();
    if (address.wanted !== wanted) return; // the visitor has picked something meanwhile
    if (!here.has(wanted.model)) {
      const { title, megabytes: size } = byName.get(wanted.model);
      wanted.model = shownModel();
      afterwards =
        "The link asks for " +
        title +
        ", which is not on this server. Pick it in the list of models to fetch it (" +
        megabytes(size) +
        ").";
    }
    send({ example: wanted.photo, model: wanted.model }, "Labelling every pixel …");
  };

  models.addEventListener("change", async () => {
    const name = models.value;
    stopFetching();
    models.value = name;
    say("");
    if (!here.has(name) && !(await fetchModel(name))) return;
    stopFetching();
    models.value = name;
    const now = page.current;
    const photo = !now
      ? {}
      : now.example
        ? { example: now.example }
        : { truth: now.truth, height: now.height, width: now.width };
    ask({ ...photo, model: name }, "Asking another model …", { file: own, again: true });
  });

  const choose = (file) => {
    if (!file) return;
    address.returning = ""; // the visitor's choice overrules what a reload brings back
    askWithFile(file);
  };

  const askWithFile = async (chosen, { sentence = "Sending the photo …", tries = 1, stored = 0 } = {}) => {
    if (chosen.size > MAX_BYTES) {
      const size = Math.ceil(chosen.size / 1e6);
      return say("This file has " + size + " MB and the limit is 20 MB: please choose a smaller photo.");
    }
    say("");
    setWorking(sentence);
    const file = await readPhoto(chosen);
    if (!file) return say("The browser cannot read this file. Was it moved or renamed? Please choose it again.");
    const number = stored || (await storePhoto(file));
    const model = address.get("model");
    const linked = address.returning && here.has(model) ? { model } : {}; // the list shows another one yet
    try {
      const name = [...crypto.getRandomValues(new Uint8Array(16))]
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join("");
      const { path } = await upload(new File([file], name, { type: file.type })); // see seg/page/uploads.py
      ask({ path, name: file.name, ...linked }, "Labelling every pixel …", { file, number });
    } catch {
      if (tries > 1)
        return setTimeout(
          () => address.returning && askWithFile(file, { sentence, tries: tries - 1, stored: number }),
          UPLOAD_PAUSE,
        );
      say(
        "The photo did not reach the server. The connection broke, or the server has no room: please try again in a moment.",
      );
    }
  };

  // After a reload: the visitor's own photo comes back by itself. Where it is not stored the page begins as usual.
  const bringBack = async () => {
    setWorking("Bringing your photo back …");
    if (!here.has(address.get("model"))) await lookWhatIsHere();
    const number = small.get(address.returning);
    const file = await storedPhoto(number);
    if (!address.returning) return; // the visitor has chosen something meanwhile
    if (file) return askWithFile(file, { sentence: page.working, tries: UPLOAD_TRIES, stored: number });
    address.returning = "";
    afterwards = GONE;
    if (address.leadsElsewhere(facts.first)) askWanted();
    else setWorking("");
  };

  // The server says that it has another photo for this page, or none: it was restarted, another one answers, or the visitor
  // was away for long. Picks the photo again as if the visitor had. False where the page cannot: its file is gone, or it
  // has just tried.
  page.restore = () => {
    const now = page.current;
    if (page.working && !sent.again) return true; // a photo is on its way already
    if (!now || !(now.example || own) || performance.now() - restored < RESTORE_PAUSE) return false;
    restored = performance.now();
    const sentence = "The server had forgotten this photo: sending it again …";
    if (now.example) ask({ example: now.example }, sentence);
    else askWithFile(own, { sentence, stored: small.get("shown") });
    return true;
  };
  document.addEventListener("seg-model", ({ detail }) => {
    if (models.value === detail || ![...models.options].some((option) => option.value === detail)) return;
    models.value = detail;
    models.dispatchEvent(new Event("change"));
  });
  find(".device").textContent = facts.device;
  find("strong").textContent = page.working || INVITATION;

  input.addEventListener("change", () => {
    choose(input.files[0]);
    input.value = ""; // the same file may be chosen again
  });

  for (const example of facts.examples) {
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
    button.addEventListener("click", () => {
      address.returning = "";
      ask({ example: example.name }, "Labelling every pixel …");
    });
    find(".strip").append(button);
  }

  const on = (type, listener) => document.addEventListener(type, listener);
  listenForPhotos(find(".target"), choose);

  on("seg-working", ({ detail }) => {
    find(".bar").hidden = !detail;
    find("strong").textContent = detail || INVITATION;
    clearTimeout(waiting);
    if (!detail && !broken) nothingSent();
    if (!detail) showModels(); // what did not work leaves the model that the page has
    if (detail)
      waiting = setTimeout(() => say("No answer came. Is the server still there? Please try again."), PATIENCE);
  });

  // Where the question itself fails, nobody answers: stop waiting. A photo whose connection broke is sent after the reload.
  onFailure((why) => {
    broken ||= why === "broken";
    if (page.working) say(why === "full" ? FULL : why === "broken" ? BROKEN : REFUSED);
  });

  onPrediction(element, (now) => {
    find(".device").textContent = now.device;
    find(".time").textContent = (now.milliseconds / 1000).toFixed(2) + " s";
    for (const button of element.querySelectorAll(".example")) {
      button.setAttribute("aria-pressed", String(button.dataset.example === now.example));
    }
    showModels();
    own = now.example ? null : (sent.file ?? own);
    held = own ?? held;
    if (now.example) photoShown(null);
    else if (sent.number) photoShown(sent.number);
    if (address.wanted)
      askWanted(); // this was the answer to an earlier question
    else if (afterwards) say(afterwards);
    afterwards = "";
  });
  on("seg-wanted", askWanted);
  if (address.returning) bringBack();
  else if (address.leadsElsewhere(facts.first)) askWanted();
  linkPalette(element);
  addPresenting(element, () => held && (() => choose(held)));
  element.dataset.ready = "yes";
}
