// @ts-check
// The visitor's own photo over a reload: the file as it was chosen, so that it decodes to the same pixels again. A photo
// is stored before it is sent, under a number. In sessionStorage, "sending" and "shown" say which photo is on its way and
// which is on the page, "photos" which numbers there are.
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

/** @returns {number[]} */
const stored = () => small.get("photos") ?? [];

/**
 * Stores a photo that is about to be sent.
 * @param {File} file
 * @returns {Promise<number>}
 */
export async function storePhoto(file) {
  const number = Math.max(0, ...stored()) + 1;
  small.set("photos", [...stored(), number]);
  await write([[["photo", number], { name: file.name, type: file.type, bytes: await file.arrayBuffer() }]]);
  small.set("sending", number);
  return number;
}

/**
 * The page shows the stored photo of this number, or with null an example. The others go.
 * @param {number | null} number
 */
export function photoShown(number) {
  small.set("shown", number);
  if (small.get("sending") === number) small.set("sending", null);
  const needed = [number, small.get("sending")];
  const gone = stored().filter((one) => !needed.includes(one));
  if (!gone.length) return;
  small.set(
    "photos",
    stored().filter((one) => needed.includes(one)),
  );
  write(
    [],
    gone.map((one) => ["photo", one]),
  );
}

/** Nothing is on its way any more. */
export const nothingSent = () => small.set("sending", null);

/**
 * @param {number | null} number
 * @returns {Promise<File | null>}
 */
export async function storedPhoto(number) {
  const photo = number === null ? undefined : await read(["photo", number]);
  return photo ? new File([photo.bytes], photo.name, { type: photo.type }) : null;
}
