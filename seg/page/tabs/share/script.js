// "Save and share": asks the server for one file at a time and hands the answer to the browser's downloads; the link is
// the page's own address. Nothing is kept on the server: a file comes back as the component's value.
import { address } from "../../shared/address.js";
import { deflate } from "../../shared/codec.js";
import { shortcutOf } from "../../shared/keys.js";
import { onPrediction, page, say } from "../../shared/page.js";
import { requester } from "../../shared/request.js";
import { linkTabs } from "./tabs.js";

export function mount({ element, props, trigger, watch }) {
  const find = (selector) => element.querySelector(selector);
  const buttons = [...element.querySelectorAll("[data-file]")];
  const ask = requester({ element, props, trigger, watch });
  let again = null; // the button to press again when the server has the photo back
  let pending = null; // the button that waits for its file

  // What the visitor painted on this photo, if anything.
  function painted() {
    const painting = page.painting;
    const now = page.current;
    const usable = painting && now && painting.height === now.height && painting.width === now.width;
    return usable && painting.undo.length ? painting : null;
  }

  function refresh() {
    const idle = page.current && !page.working && !pending;
    for (const button of buttons) button.disabled = !idle;
    find('[data-file="grades"]').hidden = !painted();
  }

  // The request, as seg/page/share.py reads it.
  async function describe(file) {
    const { name, example, model, height, width } = page.current;
    const { get } = address;
    const asked = {
      file,
      shown: { name, example, model, height, width },
      opacity: get("opacity"),
      unsure: get("unsure"),
      tab: get("tab"),
      palette: page.palette,
    };
    const painting = painted();
    if (painting && (file === "grades" || file === "card")) {
      asked.against = painting.truth;
      asked.painting = await deflate(painting.bytes);
    }
    const seed = get("seed");
    if (seed && get("tau") !== null && file === "card") asked.region = { ...seed, tau: get("tau"), rule: get("rule") };
    return asked;
  }

  async function save(button) {
    if (pending || !page.current) return;
    pending = button;
    button.setAttribute("aria-busy", "true");
    refresh();
    const drawing = button.dataset.file === "overlay" && page.drawings[address.get("tab")]?.();
    if (drawing) return saveDrawing(drawing);
    const answer = await ask(await describe(button.dataset.file));
    if (answer) receive(answer);
  }

  // What lies over the photo on the screen and the server knows nothing of: a painting, a region, another view.
  function saveDrawing({ canvas, word }) {
    canvas.toBlob((blob) => {
      hand(blob, (page.current.example || "photo") + "-" + word + ".png");
      done("");
    }, "image/png");
  }

  // A file to the browser's downloads.
  function hand(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    find(".spoken").textContent = "Saved " + name;
    element.dataset.saved = name;
  }

  function done(problem) {
    const button = pending;
    pending = null;
    button.removeAttribute("aria-busy");
    if (problem) say(problem);
    refresh();
  }

  // answer: {name, type, data: base64} or {problem: a sentence, forgotten}
  function receive(answer) {
    if (answer.data) {
      const bytes = Uint8Array.from(atob(answer.data), (letter) => letter.charCodeAt(0));
      hand(new Blob([bytes], { type: answer.type }), answer.name);
    }
    const button = pending;
    if (answer.forgotten && page.restore()) {
      again = button;
      done("");
    } else done(answer.problem);
  }

  // The link

  async function copy() {
    const link = address.link();
    const word = find(".link .word");
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      // no permission, or no https: the old way
      const field = document.createElement("textarea");
      field.value = link;
      element.append(field);
      field.select();
      const worked = document.execCommand("copy");
      field.remove();
      if (!worked) return showLink(link);
    }
    find(".link").dataset.done = "yes";
    word.textContent = address.own ? "Copied, without your photo" : "Copied";
    find(".spoken").textContent = "The link is copied";
    setTimeout(() => {
      delete find(".link").dataset.done;
      word.textContent = "Copy link";
    }, 2500);
  }

  // The last way: the link itself, selected, to be copied by hand.
  function showLink(link) {
    const label = find(".by-hand");
    const field = label.querySelector("input");
    label.hidden = false;
    field.value = link;
    field.focus();
    field.select();
  }
  find(".by-hand input").addEventListener("blur", () => (find(".by-hand").hidden = true));
  find(".by-hand input").addEventListener(
    "keydown",
    (event) => shortcutOf(event) === "Escape" && find(".link").focus(),
  );

  for (const button of buttons) button.addEventListener("click", () => save(button));
  document.addEventListener("seg-save", ({ detail }) => save(detail)); // a button elsewhere on the page, with data-file
  find(".link").addEventListener("click", copy);
  onPrediction(element, (now) => {
    const own = !now.example;
    find(".own").hidden = !own;
    find(".link").title = own
      ? "The link opens this page with an example: your own photo does not travel by link"
      : "The address of exactly this: photo, model, tab and settings";
    refresh();
    const button = again;
    again = null;
    if (button) save(button);
  });
  document.addEventListener("seg-working", refresh);
  const followPalette = () => (find(".voc").hidden = page.palette === "voc"); // the mask file keeps the colours that programs expect
  document.addEventListener("seg-palette", followPalette);
  followPalette();
  document.addEventListener("pointerup", () => setTimeout(refresh)); // a stroke may have begun or ended a painting
  document.addEventListener("keyup", refresh);
  document.addEventListener("seg-painting", refresh);
  linkTabs(element);
  refresh();
  element.dataset.ready = "yes";
}
