"""What an image file says about itself, read before any pixel is decoded: format, size, orientation.

`read_header` costs a few bytes. `read_parts` walks the whole file and returns it rebuilt from the parts that carry
pixels and nothing else: no EXIF, GPS, colour profile, comment or second frame ever reaches a decoder, and the rebuilt
file is well formed, so that this reader and the decoder (`seg.photo.pixels`) cannot disagree about its size or
channels.

Formats: ITU-T T.81 annex B (JPEG), W3C PNG third edition, RFC 9649 (WebP), GIF89a specification; the orientation is
tag 274 of TIFF 6.0. Every function raises `DamagedError` (a ValueError) where a file breaks its own format's rules.
"""

import struct
import zlib
from dataclasses import dataclass, field

FORMATS = ("JPEG", "PNG", "WebP", "GIF")
# A progressive JPEG has about ten scans. Each scan costs a pass over the whole picture, so a small file with
# thousands of them would keep a processor busy for minutes.
MAX_SCANS = 60
MAX_SCANNED = 800_000_000  # pixels times scans: 20 scans of the largest photo


class DamagedError(ValueError):
    """The bytes break the rules of the file's own format."""


@dataclass(frozen=True)
class Parts:
    """One still picture. Sizes are in pixels, as stored (before the orientation is applied).

    `rebuilt` is a whole file of the same format holding only this picture, `width` x `height`. It lies with its top
    left corner at `left`, `top` of the canvas that `read_header` gave; smaller only for GIF and animated WebP.
    """

    rebuilt: bytes
    width: int
    height: int
    left: int = 0
    top: int = 0
    orientation: int = 1  # 1 to 8
    alpha: bool = False  # the pixels carry an alpha channel
    palette: list[tuple[int, int, int, int]] = field(default_factory=list)  # PNG: RGBA of each index
    transparent: tuple[int, ...] = ()  # PNG without palette: the one gray or RGB value that means "nothing here"


def sniff(data: bytes) -> str | None:
    """The format by its first bytes, one of FORMATS, or "HEIC" or "AVIF" (named, not read), or None. Names never count.

    >>> sniff(b"GIF89a..."), sniff(b"hello, I am a photo.jpg")
    ('GIF', None)
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if data[4:8] == b"ftyp":
        brands = data[8:40]
        if b"avif" in brands or b"avis" in brands:
            return "AVIF"
        if any(b in brands for b in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")):
            return "HEIC"
    return None


def read_header(data: bytes, kind: str) -> tuple[int, int]:
    """(width, height) of the canvas in pixels, from the header alone; kind is what `sniff` said.

    >>> read_header(b"GIF89a" + bytes([44, 1, 200, 0, 0, 0, 0]), "GIF")
    (300, 200)
    """
    width, height = _guarded(_SIZES[kind], data)
    if width < 1 or height < 1:
        raise DamagedError(f"a {kind} of {width} x {height} pixels")
    return width, height


def read_parts(data: bytes, kind: str) -> Parts:
    """The file's first picture, rebuilt from what carries pixels; kind is what `sniff` said."""
    return _guarded(_PARTS[kind], data)


def orientation(tiff: bytes) -> int:
    """The EXIF orientation 1 to 8 in a TIFF block (without "Exif\\0\\0"); 1 when absent or nonsense.

    >>> orientation(b"MM\\0*\\0\\0\\0\\x08\\0\\x01" + b"\\x01\\x12\\0\\x03\\0\\0\\0\\x01\\0\\x06\\0\\0")
    6
    """
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        (first,) = struct.unpack_from(order + "4xI", tiff)
        (count,) = struct.unpack_from(order + "H", tiff, first)
        for i in range(min(count, 512)):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, first + 2 + 12 * i)
            if tag == 274 and kind == 3:
                return value if 1 <= value <= 8 else 1
    except (struct.error, TypeError):
        pass  # a damaged EXIF block is no reason to refuse a good photo
    return 1


def _guarded(reader, data):
    """Run a reader; running off the end of the file is damage."""
    try:
        return reader(data)
    except (struct.error, IndexError) as error:
        raise DamagedError("the file ends too early") from error


def _u24(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


# JPEG: segments "FF marker length payload" up to the first SOS, then compressed pixels up to EOI.

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15
_KEPT = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, 0xE0, 0xEE}  # tables, restart interval, JFIF and Adobe (colour space)


def _jpeg_segments(data: bytes):
    """Yield (marker, start, end) of each segment, FF included, up to and including the first SOS."""
    at = 2
    while True:
        at = data.find(b"\xff", at)  # stray bytes between segments are skipped, as every decoder does
        if at < 0:
            raise DamagedError("the file ends before its pixels")
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD7:  # stuffing, TEM, RST: no payload
            at += 2
        else:
            end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
            if end < at + 4 or end > len(data) or marker < 0xC0 or marker in (0xD8, 0xD9):
                raise DamagedError("a segment that cannot be")
            yield marker, at, end
            if marker == 0xDA:
                return
            at = end


def _jpeg_size(data: bytes) -> tuple[int, int]:
    for marker, start, _ in _jpeg_segments(data):
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, start + 5)
            return width, height
    raise DamagedError("no frame header before the pixels")


def _jpeg_parts(data: bytes) -> Parts:
    kept, turn = [data[:2]], 1
    for marker, start, end in _jpeg_segments(data):
        if marker in _KEPT:
            kept.append(data[start:end])
        elif marker == 0xE1 and turn == 1 and data[start + 4 : start + 10] == b"Exif\0\0":
            turn = orientation(data[start + 10 : end])
    width, height = _jpeg_size(data)
    scans = data.count(b"\xff\xda", start)  # compressed data never holds FF DA: FF is followed by 00 there
    if scans > MAX_SCANS or scans * width * height > MAX_SCANNED:
        raise DamagedError(f"{scans} scans")
    return Parts(b"".join([*kept, data[start:]]), width, height, orientation=turn)


# PNG: chunks "length type payload crc".


def _png_size(data: bytes) -> tuple[int, int]:
    length, kind, width, height = struct.unpack_from(">I4sII", data, 8)
    if (length, kind) != (13, b"IHDR"):
        raise DamagedError("no IHDR first")
    return width, height


def _png_chunks(data: bytes):
    """Yield (type, payload) of the chunks that matter, checksums verified, up to IEND."""
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise DamagedError("a chunk is cut off")
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT"):
            if zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
                raise DamagedError("a checksum is wrong")
            yield kind, data[at + 8 : end - 4]
        at = end


def _png_parts(data: bytes) -> Parts:
    """A palette is taken out: the rebuilt file's palette maps index i to gray i, so decoding it gives indices."""
    width, height = _png_size(data)
    found: dict[bytes, bytes] = {}
    stream = []
    for kind, payload in _png_chunks(data):
        if kind == b"IDAT":
            stream.append(payload)
        elif kind in found and kind == b"IHDR":
            raise DamagedError("two headers")
        else:
            found.setdefault(kind, payload)
    header, trns = found.get(b"IHDR", b""), found.get(b"tRNS", b"")
    depth, color, *rest = struct.unpack_from(">5B", header, 8)
    allowed = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    if depth not in allowed.get(color, ()) or not stream or rest[:2] != [0, 0] or rest[2] > 1:
        raise DamagedError("no pixels, or pixels of a kind that cannot be")
    chunks, palette, transparent = [(b"IHDR", header)], [], ()
    if color == 3:
        colors = found.get(b"PLTE", b"")
        if not colors or len(colors) % 3:
            raise DamagedError("no palette")
        size = 1 << depth
        colors = colors[: 3 * size].ljust(3 * size, b"\0")
        alphas = trns[:size].ljust(size, b"\xff")
        palette = [(*colors[3 * i : 3 * i + 3], alphas[i]) for i in range(size)]
        chunks.append((b"PLTE", bytes(i for i in range(size) for _ in range(3))))
    elif color in (0, 2) and trns:
        transparent = struct.unpack_from(">H" if color == 0 else ">3H", trns)
        if depth < 8:  # decoding spreads 1, 2 and 4 bits over 0 to 255
            transparent = (transparent[0] * 255 // ((1 << depth) - 1),)
        elif depth == 16 and color == 2:  # decoding keeps the high byte of each channel
            transparent = tuple(value >> 8 for value in transparent)
    chunks += [(b"IDAT", b"".join(stream)), (b"IEND", b"")]
    rebuilt = data[:8] + b"".join(
        struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))
        for kind, payload in chunks
    )
    turn = orientation(found.get(b"eXIf", b""))
    return Parts(
        rebuilt,
        width,
        height,
        orientation=turn,
        alpha=color in (4, 6),
        palette=palette,
        transparent=transparent,
    )


# WebP: RIFF chunks "type length payload", padded to even. Sizes are stored less one, in 24 or 14 bits.


def _webp_chunks(data: bytes, at: int, end: int):
    """Yield (type, payload) of the chunks in data[at:end]."""
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise DamagedError("a chunk is cut off")
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)


def _webp_bitstream_size(kind: bytes, payload: bytes) -> tuple[int, int]:
    if kind == b"VP8 " and payload[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", payload, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and payload[:1] == b"\x2f":
        (bits,) = struct.unpack_from("<I", payload, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise DamagedError("no VP8 or VP8L picture")


def _webp_size(data: bytes) -> tuple[int, int]:
    if data[12:16] == b"VP8X":
        data[29]  # the header's last byte must be there
        return _u24(data, 24) + 1, _u24(data, 27) + 1
    return _webp_bitstream_size(data[12:16], data[20:30])


def _webp_parts(data: bytes) -> Parts:
    canvas = _webp_size(data)
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise DamagedError("the file ends too early")
    turn, left, top, framed, chunks = 1, 0, 0, canvas, {}
    for kind, payload in _webp_chunks(data, 12, end):
        if kind == b"EXIF":
            turn = orientation(payload.removeprefix(b"Exif\0\0"))
        elif kind == b"ANMF" and not chunks:
            payload[15]
            left, top, framed = 2 * _u24(payload, 0), 2 * _u24(payload, 3), (_u24(payload, 6) + 1, _u24(payload, 9) + 1)
            for inner, content in _webp_chunks(payload, 16, len(payload)):
                chunks.setdefault(inner, content)
        elif kind in (b"ALPH", b"VP8 ", b"VP8L"):
            chunks.setdefault(kind, payload)
    kind = b"VP8 " if b"VP8 " in chunks else b"VP8L"
    width, height = _webp_bitstream_size(kind, chunks.get(kind, b""))
    if (width, height) != framed or left + width > canvas[0] or top + height > canvas[1]:
        raise DamagedError("the picture does not fit its canvas")
    kept = [(kind, chunks[kind])]
    if kind == b"VP8 " and b"ALPH" in chunks:
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        kept = [(b"VP8X", b"\x10\0\0\0" + size), (b"ALPH", chunks[b"ALPH"]), *kept]
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1) for name, content in kept
    )
    rebuilt = b"RIFF" + struct.pack("<I", len(body)) + body
    return Parts(rebuilt, width, height, left, top, turn)


# GIF: a screen size, then extensions (21), pictures (2C) with their own rectangle, and a trailer (3B).


def _gif_size(data: bytes) -> tuple[int, int]:
    data[12]
    return struct.unpack_from("<HH", data, 6)


def _gif_skip(data: bytes, at: int) -> int:
    """The position after a chain of sub-blocks "length bytes ... 00"."""
    while data[at]:
        at += data[at] + 1
    return at + 1


def _gif_parts(data: bytes) -> Parts:
    """The first picture alone; its colour table is padded to 256 so that no index can point outside it.

    The transparent index is painted white in the table, since photos lie on white here. What follows the first
    picture is not looked at: a GIF cut off after it still has a whole first picture.
    """
    flags = data[10]
    table, at = b"", 13
    if flags & 0x80:
        at += 3 << (flags & 7) + 1
        table = data[13:at]
    clear = None
    while data[at] != 0x2C:
        if data[at] != 0x21:
            raise DamagedError("no picture inside")
        if data[at + 1] == 0xF9 and data[at + 2] >= 4 and data[at + 3] & 1:
            clear = data[at + 6]
        at = _gif_skip(data, at + 2)
    left, top, width, height, flags = struct.unpack_from("<4HB", data, at + 1)
    at += 10
    if flags & 0x80:
        size = 3 << (flags & 7) + 1
        table = data[at : at + size]
        at += size
    if not table or not width or not height:
        raise DamagedError("no colours or no pixels")
    end = _gif_skip(data, at + 1)
    colors = bytearray(table.ljust(768, b"\0"))
    if clear is not None:
        colors[3 * clear : 3 * clear + 3] = b"\xff\xff\xff"
    shape = struct.pack("<HH", width, height)
    rebuilt = b"".join(
        (b"GIF89a", shape, b"\xf7\0\0", colors, b"\x2c\0\0\0\0", shape, bytes([flags & 0x40]), data[at:end], b"\x3b")
    )
    return Parts(rebuilt, width, height, left, top)


_SIZES = {"JPEG": _jpeg_size, "PNG": _png_size, "WebP": _webp_size, "GIF": _gif_size}
_PARTS = {"JPEG": _jpeg_parts, "PNG": _png_parts, "WebP": _webp_parts, "GIF": _gif_parts}
