// Every family's head on this photo: small label maps side by side, FCN's stages, MaskFormer's masks.
import { inflate } from "../../shared/codec.js";
import { number, percent } from "../../shared/words.js";
import {
  className,
  describePicture,
  drawBytes,
  labelColors,
  make,
  picture,
  rgba,
  score,
  verdicts,
} from "./canvases.js";

const WAITING = "The heads are asked when this part of the page comes into view.";

export function familiesFigure(slot) {
  // answer: as seg/lessons/families.py makes it, or null while it is under way
  return async ({ now, families }) => {
    delete slot.dataset.heads;
    if (!families) return slot.replaceChildren(make("p.seg-note", { role: "status" }, WAITING));
    const unpack = (packed) => inflate(packed, now.height * now.width);
    const heads = await Promise.all(
      families.heads.map(async (head) => ({ ...head, labels: await unpack(head.labels) })),
    );
    const stages = await Promise.all(
      families.stages.map(async (stage) => ({ ...stage, labels: await unpack(stage.labels) })),
    );
    const masks = await Promise.all(families.masks.map(async (each) => ({ ...each, mask: await unpack(each.mask) })));
    const [own] = heads;
    slot.replaceChildren(
      make("div.pictures.four", {}, ...heads.map((head) => headPicture(head, own, now))),
      ...(stages.length ? stageRow(stages, now) : []),
      ...(masks.length ? maskRow(masks, now) : []),
    );
    slot.dataset.heads = heads.length;
  };
}

function drawLabels(canvas, labels, now) {
  const colors = labelColors(0.75, 0);
  drawBytes(canvas, now.height, now.width, (i) => colors[labels[i]], now.image);
}

// One head. Pointing at its picture, or its button, shows where it differs from DeepLabV3+.
function headPicture(head, own, now) {
  const { labels } = head;
  const drawn = picture(head.title);
  const usual = () => drawLabels(drawn.canvas, labels, now);
  usual();
  const facts =
    head.mean_iou === null
      ? ""
      : " Mean IoU " + score(head.mean_iou, 2) + ", boundary IoU " + score(head.boundary_iou, 2) + ".";
  const size = head.parameters ? " " + number(head.parameters / 1000) + " thousand parameters," : "";
  const time = number(Math.max(1, Math.round(head.milliseconds)));
  describePicture(drawn, head.key_move + facts + size + " " + time + " ms" + (head === own ? " with the trunk." : "."));
  if (head === own) return drawn.figure;

  let differ = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] !== own.labels[i]) differ++;
  const share = differ / labels.length;
  const toggle = make("button.seg-button.apart", { type: "button", "aria-pressed": "false" });
  toggle.append(differ ? percent(share) + " unlike DeepLabV3+" : "Just like DeepLabV3+");
  toggle.disabled = !differ;
  drawn.figure.dataset.head = head.name;
  Object.assign(drawn.figure.dataset, { differ, apart: false });

  let pointed = false;
  const follow = () => {
    const apart = pointed || toggle.getAttribute("aria-pressed") === "true";
    drawn.figure.dataset.apart = apart;
    if (!apart) return usual();
    const [bad, pale] = [rgba(verdicts().bad.color, 0.8), rgba([255, 255, 255], 0.55)];
    drawBytes(drawn.canvas, now.height, now.width, (i) => (labels[i] !== own.labels[i] ? bad : pale), now.image);
  };
  toggle.addEventListener("click", () => {
    toggle.setAttribute("aria-pressed", String(toggle.getAttribute("aria-pressed") !== "true"));
    follow();
  });
  drawn.canvas.addEventListener("pointerenter", ({ pointerType }) => {
    pointed = pointerType === "mouse";
    follow();
  });
  drawn.canvas.addEventListener("pointerleave", () => {
    pointed = false;
    follow();
  });
  drawn.figure.append(toggle);
  return drawn.figure;
}

const found = (labels) => {
  const seen = new Uint32Array(256);
  for (const label of labels) seen[label]++;
  const ids = [...seen.keys()].filter((id) => id && id !== 255 && seen[id]).sort((a, b) => seen[b] - seen[a]);
  return ids.length ? ids.slice(0, 4).map(className).join(", ") + (ids.length > 4 ? " and more" : "") : "nothing";
};

function stageRow(stages, now) {
  const words = [
    "From features at every 32nd pixel.",
    "The scores of every 16th pixel added.",
    "Those of every 8th pixel added: the answer above.",
  ];
  const pictures = stages.map(({ title, labels }, k) => {
    const drawn = picture(title);
    drawLabels(drawn.canvas, labels, now);
    describePicture(drawn, words[k] + " It finds: " + found(labels) + ".");
    return drawn.figure;
  });
  return [
    make("p.seg-label.row-title", {}, "FCN, stage by stage: finer scores are added to coarser ones"),
    make("div.pictures.three.stages", {}, ...pictures),
  ];
}

function maskRow(masks, now) {
  const colors = labelColors(0.75, 0);
  const veil = rgba([255, 255, 255], 0.55);
  const pictures = masks.map(({ name, label, score: sure, mask }) => {
    const drawn = picture(name);
    const color = label ? colors[label] : rgba([90, 90, 96], 0.6);
    drawBytes(drawn.canvas, now.height, now.width, (i) => (mask[i] ? color : veil), now.image);
    describePicture(drawn, "One query, " + percent(sure) + " sure of its class.");
    return drawn.figure;
  });
  const title =
    "MaskFormer, mask by mask: each query gives one mask and one class; a pixel’s label is what the masks over it say together";
  return [make("p.seg-label.row-title", {}, title), make("div.pictures.four.masks", {}, ...pictures)];
}
