// The six stops. Every sentence is true of any photo: what it says of this one is read from the page as it stands.
//
//   tab, title        where it is, and its heading
//   target(now)       selector of what the visitor is asked to touch; ringed and scrolled into view
//   show              selector of what should be in view with it, where there is room
//   reads             selectors of what the reaction is about: the first that is on the page is in view once it is said
//   focus(now)        what of the target takes the keyboard; goes: the words of the button that leads there
//   slow              the page asks the server for something first
//   enter()           done when the stop begins
//   why(now)          what this is about; ask(now, origin): the one thing to do
//   read(now, origin) what the page says: null while it is not ready, or {at, says, done}. `at` names the state, null for
//                     none; `says` is the reaction, null while it is worked out; done: whether that is what was asked for
//
// now: page.current. origin: `at` of when the stop began; only another state is the visitor's doing.
import { classes } from "../../shared/classes.js";
import { page } from "../../shared/page.js";
import { byTouch, tapped } from "../../shared/touch.js";
import { number, percent, plural } from "../../shared/words.js";

export const seek = (selector) => document.querySelector(selector);
const readyIn = (view) =>
  seek(view + " [data-ready='" + page.revision + "'], " + view + "[data-ready='" + page.revision + "']");
const nameOf = (id) => classes[id]?.name ?? "unsure";
const coarse = (share) => percent(share, share >= 0.0995 ? 0 : 1); // as the tab "Region growing" writes shares

export const STOPS = [
  {
    tab: "segment",
    title: "One pixel, one answer",
    target: () => "#segment-view .stage",
    show: "#segment-view .left",
    reads: ["#segment-view .readout"],
    focus: () => "#segment-view .frame",
    goes: "Go to the photo",
    why: () => "The network gave every pixel one of 21 labels.",
    ask: () => (byTouch ? "Tap any pixel of the photo." : "Point at any pixel of the photo."),
    read(now) {
      if (!readyIn("#segment-view")) return null;
      const { row, column, label, confidence } = seek("#segment-view .readout").dataset;
      if (row === undefined) return { at: null };
      const percent = Math.round((100 * confidence) / 255);
      const doubt = percent < 70 ? " A doubtful one." : "";
      const place =
        "Row " +
        number(row) +
        ", column " +
        number(column) +
        ": " +
        nameOf(label) +
        ", " +
        percent +
        " % sure." +
        doubt;
      return {
        at: row + "," + column,
        done: true,
        says: place + " You just read one of " + number(now.height * now.width) + " decisions.",
      };
    },
  },
  {
    tab: "segment",
    title: "Who came second?",
    target: () => "#segment-view .stage",
    reads: ["#segment-view .inspector"],
    focus: () => "#segment-view .frame",
    goes: "Go to the photo",
    why: () => "Behind each label are 21 scores. The largest one wins.",
    ask: (now, origin) =>
      tapped(origin ? "You have a pixel pinned already: click another one." : "Click a pixel to pin it."),
    read(now) {
      if (!readyIn("#segment-view")) return null;
      const { pin } = page;
      if (!pin) return { at: null };
      const at = pin.row + "," + pin.column;
      const inspector = seek("#segment-view .inspector");
      const { state, row, column, winner } = inspector.dataset;
      if (state !== "shown" || row + "," + column !== at) return { at, says: null };
      const percent = Math.round((100 * now.confidence[pin.row * now.width + pin.column]) / 255);
      const margin = inspector.querySelector(".margin").textContent;
      return {
        at,
        done: true,
        says:
          "Here " + nameOf(winner) + " wins with " + percent + " %. " + margin + " All 21 scores stand under “Pixel”.",
      };
    },
  },
  {
    tab: "segment",
    title: "Let it say “I am not sure”",
    target: () => "#segment-view .seg-slider:has(.unsure)",
    show: "#segment-view .left",
    focus: () => "#segment-view input.unsure",
    goes: "Go to the slider",
    why: () => "Some labels are firm, some are guesses.",
    ask: (now, origin) =>
      Number(origin)
        ? "“Unsure below” stands at " + origin + " %: move it."
        : "Slide “Unsure below” to the right until something is striped.",
    enter: () => seek("#segment-view input.unsure").disabled && seek("#segment-view .views input").click(), // not in that view
    read(now) {
      if (!readyIn("#segment-view")) return null;
      const value = Number(seek("#segment-view input.unsure").value);
      const least = Math.ceil((value * 255) / 100);
      let unsure = 0;
      for (const sure of now.confidence) if (sure < least) unsure++;
      const count = now.confidence.length;
      if (!value) return { at: "0", says: "Off: every pixel keeps its label, however doubtful." };
      if (unsure) {
        const kept =
          unsure === count ? "None keeps its label." : percent(1 - unsure / count) + " of the photo keeps its label.";
        return {
          at: String(value),
          done: true,
          says:
            plural(unsure, "pixel") +
            " fell below " +
            value +
            " % and " +
            (unsure === 1 ? "is" : "are") +
            " “unsure” now. " +
            kept,
        };
      }
      const none = "Not one of the " + number(count) + " pixels is below " + value + " %.";
      return {
        at: String(value),
        done: value >= 90,
        says: none + (value < 90 ? " Slide further." : " This photo leaves the network in no doubt."),
      };
    },
  },
  {
    tab: "paint",
    title: "Now you label, and are graded",
    target: () => "#paint-view .stage.on-photo",
    show: "#paint-view .work",
    reads: ["#paint-view .live", "#paint-view .panel .iou"],
    focus: () => "#paint-view .stage.on-photo",
    goes: "Go to the photo",
    why: () => "Your brush paints one class. A model’s labels are the answer key.",
    ask: () => "Paint one stroke on the photo.",
    read(now) {
      const { painting } = page;
      const panel = readyIn("#paint-view") && seek("#paint-view .panel");
      if (!panel || !painting) return null;
      const at = String(painting.sequence);
      const { state, sequence, iou } = panel.dataset;
      if (sequence !== at || (state !== "scored" && state !== "perfect")) return { at, says: null };
      if (state === "perfect")
        return {
          at,
          done: true,
          says:
            "Every pixel agrees with the answer key: mean IoU " + Number(iou).toFixed(3) + ". Nothing left to improve.",
        };
      const accuracy = panel.querySelector(".accuracy strong").textContent;
      const numbers = "Mean IoU " + Number(iou).toFixed(3) + ", pixel accuracy " + accuracy + ".";
      const largest = now.classes.reduce((a, b) => (b.pixels > a.pixels ? b : a));
      const other = seek("#paint-view .judge select")?.value === "second"; // graded against another model's labels
      const accurate = parseFloat(accuracy.replace(/[<>]/, "")) / 100;
      const flattered =
        " Accuracy is flattered by " +
        largest.name +
        ", " +
        percent(largest.share) +
        " of the photo. IoU grades each class alone.";
      const plain = now.classes.some(({ id }) => id)
        ? " IoU grades each class alone, accuracy all pixels together."
        : " The answer key is background alone, so every pixel of another class is wrong.";
      return {
        at,
        done: true,
        says:
          numbers + (!other && largest.id === 0 && now.classes.length > 1 && accurate - iou > 0.1 ? flattered : plain),
      };
    },
  },
  {
    tab: "region",
    slow: true,
    title: "Before networks: growing by colour",
    target: () => "#grow-view .seg-slider:has(.tau)",
    show: "#grow-view .left",
    reads: ["#grow-view .live", "#grow-view .answers"],
    focus: () => "#grow-view input.tau",
    goes: "Go to the slider",
    why: () => "This region began at one pixel and took in neighbours of similar colour.",
    ask(now, origin) {
      const leak = this.leak();
      if (leak !== null && Number(origin) >= leak) return "Drag tau to the left and watch it shrink.";
      if (leak === null) return "Drag tau and see what the region does.";
      return "Drag tau to the right until the region bursts out.";
    },
    // The tau at which the region spills more than it gains; null where it does not, or it is not known yet.
    leak: () => (seek("#grow-view .frame").dataset.leak ? Number(seek("#grow-view .frame").dataset.leak) : null),
    read(now, origin) {
      if (!readyIn("#grow-view")) return null;
      const { tau, area, iou, label, individual, story } = seek("#grow-view .frame").dataset;
      const leak = this.leak();
      const region =
        "Tau " +
        tau +
        ": the region is " +
        coarse(area / (now.height * now.width)) +
        " of the photo, IoU " +
        Number(iou).toFixed(2) +
        (individual === "0" ? " with the network’s " : " with this ") +
        nameOf(label) +
        ".";
      if (leak !== null && Number(tau) >= leak)
        return {
          at: tau,
          done: true,
          says: region + " At tau " + leak + " it burst out: it knows colours, not things.",
        };
      if (leak !== null && Number(origin) >= leak)
        return {
          at: tau,
          done: true,
          says: region + " It bursts out at tau " + leak + ": it knows colours, not things.",
        };
      if (leak !== null) return { at: tau, done: false, says: region + " It still holds. Go on to the right." };
      const thing = now.classes.some(({ id }) => id);
      const end = thing
        ? " It knows colours, not things."
        : " All here is background, so there is nothing to leak off.";
      return { at: tau, done: Boolean(story), says: region + (story ? end : "") };
    },
  },
  {
    tab: "learn",
    slow: true,
    title: "Put a claim to the test",
    ...learnStop(),
  },
];

// On a photo with an object, the claim that too much is better than too little; on any other, that colour alone will do.
function learnStop() {
  const figure = (now) => (now.classes.length > 1 && now.classes.some(({ id }) => id) ? "superset" : "speckles");
  const slot = (now) => "#learn-view .figure[data-figure='" + figure(now) + "']";
  return {
    target: (now) => slot(now) + " .seg-slider",
    show: (now) => slot(now),
    focus: (now) => slot(now) + " input[type=range]",
    goes: "Go to the slider",
    // On a phone the article is folded.
    enter: () =>
      document.dispatchEvent(new CustomEvent("seg-reveal", { detail: page.current && seek(slot(page.current)) })),
    why: (now) =>
      figure(now) === "superset"
        ? "“Better too much than too little.” Is that safe?"
        : "Can a classifier that sees one pixel’s colour at a time keep up?",
    ask: (now) =>
      figure(now) === "superset"
        ? "Drag the slider: it grows the model’s mask all round."
        : "Drag the slider: it changes how many shades the classifier tells apart.",
    read(now) {
      const place = readyIn("#learn-view") && seek(slot(now));
      if (!place) return null;
      const { n, iou, label, levels, blobs } = place.dataset;
      if (figure(now) === "speckles") {
        const network = now.classes.reduce((sum, found) => sum + found.blobs, 0);
        const other =
          plural(Number(blobs), "separate blob") +
          " with " +
          levels +
          " shades of red, green and blue. The network: " +
          number(network) +
          ".";
        const end =
          Number(blobs) > network
            ? " It looks at more than one pixel’s colour."
            : " On a photo as plain as this, colour alone leaves no more.";
        return { at: levels, done: true, says: other + end };
      }
      if (n === "0") return { at: n, done: false, says: "At 0 px this is the model’s own mask, so IoU is 1. Grow it." };
      return {
        at: n,
        done: true,
        says:
          "Grown by " +
          n +
          " px it still covers every " +
          nameOf(label) +
          " pixel, yet IoU is " +
          Number(iou).toFixed(3) +
          ": truth divided by mask. Too much costs as well.",
      };
    },
  };
}
