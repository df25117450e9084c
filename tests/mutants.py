"""Thousands of damaged photos, all from one seed, and what `load_photo` does with each.

    python -m tests.mutants --count 50000 --seed 7     prints one line of JSON; the exit code is 0 when all is well

Every accepted kind of file is changed in the ways that reach different code: bits flipped, numbers of the header set to
extremes, pieces cut out, doubled or taken from another file. A changed PNG gets right checksums again, and its packed
rows are changed inside the packing, or nothing but the checksum test would ever run.

It runs in a process of its own, so that a decoder that ends the process is seen and not suffered; a file that takes
longer than STUCK seconds ends it with a traceback of where it hangs.
"""

import argparse
import faulthandler
import io
import json
import random
import re
import resource
import struct
import sys
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms

from seg.photo.decode import LONG_SIDE, load_photo

STUCK = 60  # seconds; an honest file of this size takes milliseconds
EXTREMES = (0, 1, 2, 15, 16, 17, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def originals() -> dict[str, bytes]:
    """One good file of every kind a visitor may send: {kind: bytes}."""
    rows, cols = np.mgrid[0:90, 0:120]
    noise = np.random.default_rng(0).integers(0, 40, (90, 120, 3))
    array = (np.stack([cols * 1.7, rows * 2.2, (rows + cols) % 200], -1) + noise).clip(0, 255).astype(np.uint8)
    picture = Image.fromarray(array)
    clear = picture.copy()
    clear.putalpha(Image.fromarray((cols * 2).clip(0, 255).astype(np.uint8)))
    frames = [picture.rotate(angle) for angle in (90, 180)]
    exif = Image.Exif()
    exif[274] = 6
    exif[0x010E] = "the secret garden"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (59.0, 20.0, 0.0)

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes(12)  # when it was made

    def saved(image, kind, **options):
        file = io.BytesIO()
        image.save(file, kind, **options)
        return file.getvalue()

    return {
        "jpeg": saved(picture, "JPEG", quality=88),
        "jpeg progressive": saved(picture, "JPEG", progressive=True, subsampling=0),
        "jpeg gray": saved(picture.convert("L"), "JPEG"),
        "jpeg cmyk": saved(picture.convert("CMYK"), "JPEG"),
        "jpeg exif": saved(picture, "JPEG", exif=exif, restart_marker_blocks=3),
        "png": saved(picture, "PNG", exif=exif),
        "png 16": png(120, 90, 16, 2, b"".join(b"\0" + (row.astype(">u2") * 257).tobytes() for row in array)),
        "png 16 clear": png(
            120, 90, 16, 2, b"".join(b"\0" + row.astype(">u2").tobytes() for row in array), clear=(9, 9, 9)
        ),
        "png profile": saved(picture, "PNG", icc_profile=bytes(profile)),
        "jpeg profile": saved(picture, "JPEG", icc_profile=bytes(profile)),
        "webp profile": saved(picture, "WEBP", icc_profile=bytes(profile)),
        "png animated": saved(picture, "PNG", save_all=True, append_images=frames, default_image=True),
        "png palette": saved(picture.quantize(30), "PNG", transparency=bytes([0, 90])),
        "png alpha": saved(clear, "PNG"),
        "png bilevel": saved(picture.convert("1"), "PNG"),
        "png interlaced": interlaced(array[:64, :64, 0]),
        "webp lossy": saved(picture, "WEBP", exif=exif),
        "webp lossy alpha": saved(clear, "WEBP"),
        "webp lossless": saved(clear, "WEBP", lossless=True),
        "webp animated": saved(picture, "WEBP", save_all=True, append_images=frames),
        "gif": saved(picture, "GIF"),
        "gif interlaced": saved(picture.quantize(9), "GIF", transparency=2, interlace=1),
        "gif animated": saved(picture, "GIF", save_all=True, append_images=frames),
    }


def png(width: int, height: int, depth: int, color: int, raw: bytes, interlace: int = 0, clear: tuple = ()) -> bytes:
    """A PNG made by hand; raw holds the rows with their filter bytes; clear: its one transparent colour."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    trns = [(b"tRNS", struct.pack(f">{len(clear)}H", *clear)), (b"gAMA", b"\0\1\x86\xa0")] if clear else []
    return joined([(b"IHDR", header), *trns, (b"IDAT", zlib.compress(raw)), (b"IEND", b"")])


def interlaced(gray: np.ndarray) -> bytes:
    """An Adam7 PNG of an HxW uint8 array."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    raw = b"".join(b"\0" + row.tobytes() for r, c, down, across in passes for row in gray[r::down, c::across])
    return png(gray.shape[1], gray.shape[0], 8, 0, raw, 1)


def joined(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG of these chunks, with right lengths and checksums."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a good PNG."""
    chunks, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def changed(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """`data` with one to four changes; pieces may come from `other`."""
    result = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        if not result:
            break
        # Headers decide most of what a decoder does: half of all changes fall into the first 100 bytes.
        at = rng.randrange(min(len(result), 100) if rng.random() < 0.5 else len(result))
        length = rng.choice((1, 2, 4, 16, 100, 1000))
        match rng.randrange(8):
            case 0:
                result[at] ^= 1 << rng.randrange(8)
            case 1:
                result[at : at + length] = rng.randbytes(min(length, len(result) - at))
            case 2:
                form = rng.choice((">H", "<H", ">I", "<I"))
                number = struct.pack(form, rng.choice(EXTREMES) & (0xFFFF if form[1] == "H" else 0xFFFFFFFF))
                result[at : at + len(number)] = number
            case 3:
                del result[at : at + length]
            case 4:
                result[at:at] = result[at : at + length] * rng.choice((1, 3))
            case 5:
                start = rng.randrange(len(other))
                result[at : at + length] = other[start : start + length]
            case 6:
                result[at] = rng.choice((0, 255, 0x7F, 0x80))
            case 7:
                del result[at + len(result) // 4 :]
    return bytes(result)


def changed_png(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """A changed PNG whose checksums are right, so that the change reaches the decoder."""
    chunks = chunks_of(data)
    i = rng.randrange(len(chunks))
    kind, content = chunks[i]
    if kind == b"IDAT" and rng.random() < 0.6:
        content = zlib.compress(changed(zlib.decompress(content), other, rng))
    elif content:
        content = changed(content, other, rng)
    chunks[i] = (kind, content)
    if rng.random() < 0.2:
        chunks.insert(rng.randrange(len(chunks)), chunks[rng.randrange(len(chunks))])
    return joined(chunks)


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """(kind, damaged file) `count` times, every kind in turn."""
    files = originals()
    kinds = list(files)
    for i in range(count):
        rng = random.Random(seed * 1_000_003 + i)  # file i is the same in a run of any length
        kind = kinds[i % len(kinds)]
        other = files[rng.choice(kinds)]
        sealed = kind.startswith("png") and rng.random() < 0.8
        yield kind, (changed_png if sealed else changed)(files[kind], other, rng)


def complaint(data: bytes) -> tuple[str, str]:
    """("read" or "refused", "") when `load_photo` does as it promises; else ("wrong", what it did)."""
    try:
        photo = load_photo(data)
    except ValueError as error:
        sentence = str(error)
        plain = sentence.endswith(".") and len(sentence) < 250 and not re.search(r"\. [A-Z]|[\n<>_{}\\]", sentence)
        return ("refused", "") if plain else ("wrong", f"not a sentence: {sentence!r}")
    except Exception as error:
        return "wrong", f"{type(error).__name__}: {error}"
    good = photo.dtype == np.uint8 and photo.ndim == 3 and photo.shape[2] == 3 and 0 < max(photo.shape) <= LONG_SIDE
    return ("read", "") if good else ("wrong", f"{photo.dtype} {photo.shape}")


def resident() -> float:
    """Megabytes of memory this process holds now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def run(count: int, seed: int) -> dict:
    """Read `count` mutants: {read, refused, wrong, complaints, slowest_ms, grown_mb: since the first tenth}."""
    outcomes, complaints, slowest, start = Counter(), [], 0.0, 0.0
    for i, (kind, data) in enumerate(mutants(count, seed)):
        faulthandler.dump_traceback_later(STUCK, exit=True)
        began = time.perf_counter()
        outcome, words = complaint(data)
        slowest = max(slowest, time.perf_counter() - began)
        outcomes[outcome] += 1
        if words:
            complaints.append(f"{kind} {i}: {words}")
        if i == count // 10:
            start = resident()
        if i % 1000 == 0:
            print(i, file=sys.stderr, flush=True)  # a crash is then known to within a thousand files
    faulthandler.cancel_dump_traceback_later()
    return {
        **{name: outcomes[name] for name in ("read", "refused", "wrong")},
        "complaints": complaints[:20],
        "slowest_ms": round(1000 * slowest, 1),
        "grown_mb": round(resident() - start, 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    faulthandler.enable()
    result = run(arguments.count, arguments.seed)
    print(json.dumps(result))
    sys.exit(result["wrong"] > 0)
