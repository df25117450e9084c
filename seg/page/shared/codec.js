// @ts-check
// Label maps as text: base64 of a zlib stream of the raw row-major bytes (seg/labels/codec.py).

/**
 * What a stream of the browser's makes of some bytes. Read piece by piece: by way of a Blob and a Response it takes four
 * times as long.
 * @param {CompressionStream | DecompressionStream} stream
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
async function sendThrough(stream, bytes) {
  const writer = stream.writable.getWriter();
  for (const written of [writer.write(bytes), writer.close()]) written.catch(() => {}); // the reader hears of it too
  const pieces = [];
  const reader = stream.readable.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) pieces.push(piece.value);
  const all = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/**
 * The bytes of a text. Throws where they are not exactly `length`.
 * @param {string} text
 * @param {number} length
 */
export async function inflate(text, length) {
  const letters = atob(text);
  const packed = new Uint8Array(letters.length);
  for (let i = 0; i < packed.length; i++) packed[i] = letters.charCodeAt(i);
  const bytes = await sendThrough(new DecompressionStream("deflate"), packed);
  if (bytes.length !== length) throw new Error("expected " + length + " bytes, got " + bytes.length);
  return bytes;
}

/**
 * The text of bytes, as seg.labels.codec.unpack reads it.
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export async function deflate(bytes) {
  const packed = await sendThrough(new CompressionStream("deflate"), bytes);
  let letters = "";
  for (let i = 0; i < packed.length; i += 32768) letters += String.fromCharCode(...packed.subarray(i, i + 32768));
  return btoa(letters);
}

/**
 * The way back from seg.labels.codec.pack_smooth: sums along each row, then down each column; uint8 wraps as it should.
 * @param {string} text
 * @param {number} height
 * @param {number} width
 */
export async function inflateSmooth(text, height, width) {
  const bytes = await inflate(text, height * width);
  for (let row = 0, i = 0; row < height; row++) {
    i++;
    for (let column = 1; column < width; column++, i++) bytes[i] += bytes[i - 1];
  }
  for (let i = width; i < bytes.length; i++) bytes[i] += bytes[i - width];
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/**
 * CRC-32, as Python's zlib.crc32 computes it: it names a label map in requests to the server.
 * @param {Uint8Array} bytes
 */
export function checksum(bytes) {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
