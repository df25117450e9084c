// @ts-check
// The visitor's own photo over a reload: the file as it was chosen, so that it decodes to the same pixels again. A photo
// is stored before it is sent, under a number; "sending" and "shown" say which is on its way and which is on the page.
import { read, small, write } from "../../shared/storage.js";

/**
 * The file with its bytes in memory, or null where the browser cannot read it (a folder, a file that was moved).
 * @param {File} file
 */
export async function readPhoto(file) {
  try {
    return new File([await file.arrayBuffer()], file.name, { type: file.type });
  } catch {
    return null;
  }
}

/** @param {"sending" | "shown"} which @param {number | null} number */
function mark(which, number) {
  const before = small.get(which);
  small.set(which, number);
  if (before !== null && before !== number && before !== small.get("shown")) write([], [["photo", before]]);
}

/**
 * Stores a photo that is about to be sent.
 * @param {File} file
 */
export async function storePhoto(file) {
  const number = (small.get("photos") ?? 0) + 1;
  small.set("photos", number);
  await write([[["photo", number], { name: file.name, type: file.type, bytes: await file.arrayBuffer() }]]);
  mark("sending", number);
}

/** The photo that was sent is on the page. */
export function photoShown() {
  const number = small.get("sending");
  if (number === null) return;
  mark("shown", number);
  small.set("sending", null);
}

/** The photo that was sent was refused, or never was one. */
export const photoRefused = () => mark("sending", null);

/** An example is on the page. */
export const exampleShown = () => mark("shown", null);

/**
 * @param {"sending" | "shown"} which
 * @returns {Promise<File | null>}
 */
export async function storedPhoto(which) {
  const number = small.get(which);
  const photo = number === null ? undefined : await read(["photo", number]);
  return photo ? new File([photo.bytes], photo.name, { type: photo.type }) : null;
}
