"""The one still picture in a photo file, taken out of everything else the file holds.

A file is rebuilt from the parts that carry pixels and nothing else: no EXIF, GPS, comment, second frame, or data behind
the picture ever reaches a decoder, and the rebuilt file is well formed. Notes for what comes after decoding (which side
is up, the colour profile) are kept apart. All functions raise DamagedError, struct.error or IndexError for files that
break their format's rules.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from seg.photo.limits import FRAMES, DamagedError, jpeg_segments, read_size

MAX_PROFILE = 1_000_000  # bytes of a colour profile
# A progressive JPEG has about ten scans. Each scan costs a pass over the whole picture, so a small file with
# thousands of them would keep a processor busy for minutes.
MAX_SCANS = 60
MAX_SCANNED = 800_000_000  # pixels times scans: 20 scans of the largest photo

JPEG_KEPT = FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, 0xE0, 0xEE}  # tables, restart interval, JFIF and Adobe (colour space)
NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in compressed data: not stuffing, a restart or a fill byte
END = b"\xff\xd9"


@dataclass(frozen=True)
class Picture:
    """One still picture. Sizes are in pixels, as stored (before the orientation is applied).

    data         a whole file of the same format holding only this picture, height x width
    left, top    its place on the photo; only of animated files' first frames is it another than 0, 0
    orientation  1 to 8 (Exif 2.3, tag 274)
    profile      ICC profile, b"" for none
    gamma        of a PNG without profile: 1 / the exponent its values were encoded with; 0 for none
    complete     False: the end mark is missing, and maybe pixels
    clear        a PNG's one transparent colour, gray or RGB, in the file's own depth
    palette      a PNG's, three bytes a colour
    """

    data: bytes
    height: int
    width: int
    left: int = 0
    top: int = 0
    orientation: int = 1
    profile: bytes = b""
    gamma: float = 0.0
    complete: bool = True
    clear: tuple[int, ...] = ()
    palette: bytes = b""


def orientation(tiff: bytes) -> int:
    """The orientation 1 to 8 in an EXIF block; 1 when absent or nonsense: no reason to refuse a good photo."""
    exif = Image.Exif()
    try:
        exif.load(tiff)
        turn = exif.get(274, 1)
    except Exception:  # Pillow raises half a dozen kinds for a damaged block
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def jpeg(data: bytes) -> Picture:
    """Segments up to the first scan, then compressed pixels up to the first end mark. A phone's motion video or second
    picture behind it is no part of the photo."""
    kept, turn, profile, found = [data[:2]], 1, {}, False
    for marker, start, end in jpeg_segments(data):
        payload = data[start + 4 : end]
        if marker in JPEG_KEPT or marker == 0xDA:
            kept.append(data[start:end])
        elif marker == 0xE1 and not found and payload.startswith(b"Exif\0\0"):
            turn, found = orientation(payload), True
        elif marker == 0xE2 and payload.startswith(b"ICC_PROFILE\0") and len(payload) > 14:
            profile[payload[12]] = payload[14:]
    height, width = read_size(data, "JPEG")
    at, scans, complete = end, 1, False
    while (found := NEXT_MARKER.search(data, at)) is not None:
        marker, at = data[found.start() + 1], found.start()
        if not 0xC0 <= marker <= 0xFE or marker in (0xD8, 0xD9) or at + 4 > len(data):
            complete = marker == 0xD9
            break
        scans += marker == 0xDA
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    else:
        at = len(data)
    if scans > MAX_SCANS or scans * width * height > MAX_SCANNED:
        raise DamagedError(f"{scans} scans")
    whole = b"".join([*kept, data[end:at], END])
    return Picture(whole, height, width, orientation=turn, profile=_bounded(profile), complete=complete)


def _bounded(parts: dict[int, bytes]) -> bytes:
    """The pieces of a profile in their order; nothing where one is missing or they are too long."""
    whole = b"".join(parts[i] for i in sorted(parts))
    return whole if sorted(parts) == list(range(1, len(parts) + 1)) and len(whole) <= MAX_PROFILE else b""


def png(data: bytes) -> Picture:
    """The chunks that carry pixels. Of an animation whose first picture is hidden, the first frame that is shown."""
    height, width = read_size(data, "PNG")
    found, stream, frame, moves = {}, [], None, False
    for kind, payload in png_chunks(data):
        if kind == b"acTL":
            moves = not stream
        elif kind == b"fcTL":
            if frame and frame[1]:
                break  # the second frame shown
            if moves and stream:
                frame = payload, []
            moves = moves and bool(stream)  # a frame before the pixels: they are the first frame
        elif kind == b"fdAT" and frame:
            frame[1].append(payload[4:])
        elif kind == b"IDAT":
            stream.append(payload)
        elif kind in found and kind == b"IHDR":
            raise DamagedError("two headers")
        else:
            found.setdefault(kind, payload)
    header = found.get(b"IHDR", b"")
    depth, color, *rest = struct.unpack_from(">5B", header, 8)
    allowed = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    if depth not in allowed.get(color, ()) or not stream or rest[:2] != [0, 0] or rest[2] > 1:
        raise DamagedError("no pixels, or pixels of a kind that cannot be")
    if color == 3 and (not found.get(b"PLTE") or len(found[b"PLTE"]) % 3):
        raise DamagedError("no palette")
    place = {"height": height, "width": width}
    if frame and frame[1]:
        wide, high, left, top = struct.unpack_from(">4I", frame[0], 4)
        if not wide or not high or left + wide > width or top + high > height:
            raise DamagedError("a frame outside the picture")
        place = {"height": high, "width": wide, "left": left, "top": top}
        stream, header = frame[1], struct.pack(">II", wide, high) + header[8:]
    chunks = {b"IHDR": header, b"PLTE": found.get(b"PLTE", b""), b"tRNS": b"", b"IDAT": b"".join(stream)}
    clear, trns = (), found.get(b"tRNS", b"")
    if color == 3:
        chunks[b"tRNS"] = trns[:256]
    elif color in (0, 2) and trns:
        clear = struct.unpack_from(">H" if color == 0 else ">3H", trns)
    body = b"".join(_chunk(kind, payload) for kind, payload in chunks.items() if payload)
    profile, gamma = _inflated(found.get(b"iCCP", b"")), 0.0
    if not profile and b"sRGB" not in found and len(found.get(b"gAMA", b"")) == 4:
        gamma = struct.unpack(">I", found[b"gAMA"])[0] / 100_000
    turn = orientation(found.get(b"eXIf", b""))
    whole = data[:8] + body + _chunk(b"IEND", b"")
    return Picture(whole, **place, orientation=turn, profile=profile, gamma=gamma, clear=clear, palette=chunks[b"PLTE"])


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, payload) of each chunk up to the end mark or the end of the file. One without pixels whose checksum is
    wrong is passed over; of pixels that break off, what is there is handed on."""
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        payload, check = data[at + 8 : at + 8 + length], data[at + 8 + length : at + 12 + length]
        right = len(check) == 4 and zlib.crc32(kind + payload) == struct.unpack(">I", check)[0]
        if kind == b"IEND":
            return
        if right or (kind == b"IDAT" and len(check) < 4):
            yield kind, payload
        elif kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT"):
            raise DamagedError("a checksum is wrong")
        at += 12 + length


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def _inflated(payload: bytes) -> bytes:
    """The profile in an iCCP chunk "name 00 method stream"; nothing where it is damaged or too long."""
    stream = zlib.decompressobj()
    try:
        profile = stream.decompress(payload.partition(b"\0")[2][1:], MAX_PROFILE)
    except zlib.error:
        return b""
    return profile if stream.eof else b""


def webp(data: bytes) -> Picture:
    """The chunks of the picture, or of an animation's first frame. The file's length is not believed: one that is a
    byte too long is common."""
    canvas = read_size(data, "WebP")
    end = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    turn, profile, place, chunks = 1, b"", (0, 0, canvas), {}
    for kind, payload in _webp_chunks(data, 12, end):
        if kind == b"EXIF":
            turn = orientation(payload)
        elif kind == b"ICCP" and len(payload) <= MAX_PROFILE:
            profile = payload
        elif kind == b"ANMF" and not chunks:
            left, top, width, height = (int.from_bytes(payload[i : i + 3], "little") for i in (0, 3, 6, 9))
            place = 2 * left, 2 * top, (height + 1, width + 1)
            for inner, content in _webp_chunks(payload, 16, len(payload)):
                chunks.setdefault(inner, content)
        elif kind in (b"ALPH", b"VP8 ", b"VP8L"):
            chunks.setdefault(kind, payload)
    kind = b"VP8 " if b"VP8 " in chunks else b"VP8L"
    kept = [(kind, chunks.get(kind, b""))]
    height, width = size = read_size(_riff(kept), "WebP")
    left, top, framed = place
    if size != framed or left + width > canvas[1] or top + height > canvas[0]:
        raise DamagedError("the picture does not fit its canvas")
    if kind == b"VP8 " and b"ALPH" in chunks:
        header = b"\x10\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        kept = [(b"VP8X", header), (b"ALPH", chunks[b"ALPH"]), *kept]
    return Picture(_riff(kept), height, width, left, top, turn, profile)


def _webp_chunks(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """(type, payload) of the chunks in data[at:end]; the last one may break off."""
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : min(end, at + 8 + length)]
        at += 8 + length + (length & 1)


def _riff(chunks: list[tuple[bytes, bytes]]) -> bytes:
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) & 1) for kind, payload in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body
