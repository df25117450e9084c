// @ts-check
// What is dropped or pasted, anywhere on the page: one photo, or a sentence that says why it is none. The browser never
// opens what was dropped.
import { say } from "../../shared/page.js";

const FOLDER = "That is a folder: please open it and drop one photo out of it.";
const SEVERAL = "One photo at a time: please drop just one of them.";
const ELSEWHERE = "That picture belongs to another page: please save it first, then drop the file here.";
const LINK = "That is a link, and this page fetches nothing from elsewhere: please save the photo, then drop the file.";
const TEXT = "That is text, and this page labels photos: please drop a JPEG, PNG, WebP or GIF file.";
const NOTHING = "There was no photo in that: please drop a JPEG, PNG, WebP or GIF file.";

/** @param {DataTransfer | null} transfer */
const carriesFile = (transfer) => Boolean(transfer?.types.includes("Files"));

/**
 * The photo in what was dropped, or the sentence that says why there is none.
 * @param {DataTransfer} transfer
 * @returns {{ file: File } | { problem: string }}
 */
function photoIn(transfer) {
  const { types, files } = transfer;
  const carries = (/** @type {string} */ type) => types.includes(type);
  if (!carriesFile(transfer)) {
    if (/<img\b/i.test(transfer.getData("text/html"))) return { problem: ELSEWHERE };
    return { problem: carries("text/uri-list") ? LINK : carries("text/plain") ? TEXT : NOTHING };
  }
  if (carries("text/html")) return { problem: ELSEWHERE }; // browsers make a file of a dragged picture
  if ([...transfer.items].some((item) => item.webkitGetAsEntry?.()?.isDirectory)) return { problem: FOLDER };
  if (files.length !== 1) return { problem: files.length ? SEVERAL : NOTHING };
  return { file: files[0] };
}

/** Where text may be dropped as everywhere else. @param {EventTarget | null} target */
const takesText = (target) =>
  target instanceof Element &&
  Boolean(target.closest("textarea, input:not([type=file], [type=range]), [contenteditable]"));

/**
 * @param {HTMLElement} target covers the page while a file is over it
 * @param {(file: File) => void} take
 */
export function listenForPhotos(target, take) {
  let ours = false; // what is dragged began on this page: nobody means a photo by it
  document.addEventListener("dragstart", () => (ours = true));
  document.addEventListener("dragend", () => (ours = false));
  document.addEventListener("dragover", (event) => {
    const file = carriesFile(event.dataTransfer) && !ours;
    if (!file && takesText(event.target)) return;
    event.preventDefault();
    target.hidden = !file;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) target.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    const { dataTransfer } = event;
    target.hidden = true;
    if (!dataTransfer || (takesText(event.target) && !carriesFile(dataTransfer))) return;
    event.preventDefault();
    if (ours) return;
    const found = photoIn(dataTransfer);
    if ("file" in found) take(found.file);
    else say(found.problem);
  });
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData || !carriesFile(event.clipboardData)) return;
    event.preventDefault();
    if (event.clipboardData.files[0]) take(event.clipboardData.files[0]);
  });
}
