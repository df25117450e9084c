"""What a photo file says about itself, and what is refused, before any pixel is decoded: format, size, limits.

Formats: ITU-T T.81 annex B (JPEG), W3C PNG third edition, RFC 9649 (WebP), the GIF89a specification.
"""

import math
import struct

FORMATS = ("JPEG", "PNG", "WebP", "GIF")
MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
MIN_SIDE = 16  # px, before scaling
MAX_ASPECT = 20  # long side / short side; a 20:1 strip is still 51 px high after scaling
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's SOF0 to SOF15: they hold the size


class DamagedError(ValueError):
    """The bytes break the rules of the file's own format."""


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
        if any(brand in brands for brand in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")):
            return "HEIC"
    return None


def read_size(data: bytes, kind: str) -> tuple[int, int]:
    """(height, width) of the picture in pixels, as stored, from the header alone; kind is one of FORMATS.

    Raises DamagedError where there is no such header.

    >>> read_size(b"GIF89a" + bytes([44, 1, 200, 0, 0, 0, 0]) + b",", "GIF")
    (200, 300)
    """
    try:
        width, height = {"JPEG": _jpeg_size, "PNG": _png_size, "WebP": _webp_size, "GIF": _gif_size}[kind](data)
    except (struct.error, IndexError) as error:
        raise DamagedError("the file ends too early") from error
    if width < 1 or height < 1:
        raise DamagedError(f"a {kind} of {width} x {height} pixels")
    return height, width


def jpeg_segments(data: bytes):
    """Yield (marker, start, end) of each segment before the pixels, FF included, up to and including the first scan's
    header (DA). Raises DamagedError, struct.error or IndexError where there is none.
    """
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
    for marker, start, _ in jpeg_segments(data):
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", data, start + 5)
            return width, height
    raise DamagedError("no frame header before the pixels")


def _png_size(data: bytes) -> tuple[int, int]:
    length, kind, width, height = struct.unpack_from(">I4sII", data, 8)
    if (length, kind) != (13, b"IHDR"):
        raise DamagedError("no IHDR first")
    return width, height


def _webp_size(data: bytes) -> tuple[int, int]:
    kind, payload = data[12:16], data[20:30]
    if kind == b"VP8X":  # sizes are stored less one, in 24 bits
        payload[9]
        return int.from_bytes(payload[4:7], "little") + 1, int.from_bytes(payload[7:10], "little") + 1
    if kind == b"VP8 " and payload[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", payload, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and payload[:1] == b"\x2f":
        (bits,) = struct.unpack_from("<I", payload, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise DamagedError("no VP8 or VP8L picture")


def _gif_size(data: bytes) -> tuple[int, int]:
    """The screen, or what the first picture needs where the screen is smaller, as browsers have it."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while data[at] == 0x21:  # extensions: chains of sub-blocks "length bytes ... 00"
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    if data[at] == 0x2C and len(data) >= at + 9:
        left, top, wide, high = struct.unpack_from("<4H", data, at + 1)
        width, height = max(width, left + wide), max(height, top + high)
    return width, height


def check_bytes(size: int) -> None:
    if size > MAX_BYTES:
        raise ValueError(
            f"This file has {_tenths_up(size)} MB; the limit is {MAX_BYTES // 10**6}: please use a smaller copy."
        )


def check_size(height: int, width: int) -> None:
    """Refuse what is too large, too small or too thin to segment. Raises ValueError, a sentence for the visitor."""
    if height * width > MAX_PIXELS:
        raise ValueError(
            f"This photo has {_tenths_up(height * width)} megapixels; the limit is {MAX_PIXELS // 10**6}: "
            "please use a smaller copy."
        )
    short, long = sorted((height, width))
    shape = f"This picture is {width:,} x {height:,} pixels"
    if short < MIN_SIDE:
        raise ValueError(f"{shape}; each side needs at least {MIN_SIDE} pixels.")
    if long > MAX_ASPECT * short:
        raise ValueError(f"{shape}, too long and thin; the limit is {MAX_ASPECT} times as long as wide.")


def _tenths_up(count: int) -> str:
    """Millions, rounded up to a tenth, so that what is over a limit also reads so.

    >>> _tenths_up(169_000_000), _tenths_up(40_000_001)
    ('169', '40.1')
    """
    return f"{math.ceil(count / 100_000) / 10:,.1f}".removesuffix(".0")
