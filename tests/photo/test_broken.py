"""Files that break off, lie or were mutated: a photo or a sentence, and the process lives."""

import contextlib
import random
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from seg.photo.decode import load_photo
from tests.photo.files import STILL, png, refusal, same

EXAMPLES = Path(__file__).parents[2] / "examples"
pytestmark = pytest.mark.filterwarnings("ignore:The image decoding and encoding:DeprecationWarning")


@pytest.mark.parametrize("name", STILL)
def test_files_that_break_off_are_refused_or_shown_whole(name):
    """Where only an end mark or a checksum is missing, no pixel is."""
    data = STILL[name]
    whole = load_photo(data)
    offsets = {*range(min(60, len(data))), *np.linspace(0, len(data) - 1, 40, dtype=int).tolist(), len(data) - 1}
    for offset in sorted(offsets):
        found = None
        with contextlib.suppress(ValueError):
            found = load_photo(data[:offset])
        if found is not None:
            assert offset > len(data) * 0.6
            same(found, whole)


def test_a_photo_that_lacks_pixels_is_refused():
    data = (EXAMPLES / "horses.jpg").read_bytes()
    for offset in (1000, len(data) // 3, len(data) // 2, len(data) * 9 // 10):
        assert refusal(data[:offset]) == (
            "This JPEG file is damaged or incomplete: please try another copy of the photo."
        )


def test_png_with_a_wrong_checksum():
    row = b"\0" + bytes(range(20))
    good = png(20, 20, 8, 0, row * 20)
    assert load_photo(good).shape == (20, 20, 3)
    assert "damaged" in refusal(good[:-20] + bytes([good[-20] ^ 1]) + good[-19:])


def test_rows_a_whole_png_never_had_are_black():
    """Not a truncated file: every chunk and checksum is right, there are just too few rows. Never someone's memory."""
    result = load_photo(png(700, 700, 8, 2, (b"\0" + b"\xff" * 2100) * 10))
    assert (result[:10] == 255).all()
    assert (result[10:] == 0).all()


def test_broken_rows_of_a_png_do_not_end_the_process():
    """torchvision 0.29 ends the process here: "invalid distance too far back"."""
    compressed = zlib.compressobj(wbits=9)
    raw = compressed.compress(bytes(range(200)) * 20) + compressed.flush()
    broken = b"\x78\x9c" + b"\x4b\x04\x42\x00" + raw[2:]
    data = png(96, 40, 8, 0, b"")
    chunk = struct.pack(">I", len(broken)) + b"IDAT" + broken + struct.pack(">I", zlib.crc32(b"IDAT" + broken))
    at = data.index(b"IDAT") - 4
    assert "damaged" in refusal(data[:at] + chunk + data[-12:])


def test_jpeg_with_thousands_of_scans():
    data = STILL["jpeg progressive"]
    at = data.index(b"\xff\xda")
    assert "damaged" in refusal(data[:-2] + data[at:-2] * 20 + data[-2:])


def test_mutated_files_give_a_photo_or_a_sentence():
    pick = random.Random(2)
    seeds = list(STILL.values())
    sentences, photos = [], 0
    for _ in range(1500):
        data = bytearray(pick.choice(seeds))
        for _ in range(pick.choice((1, 1, 2, 8))):
            at = pick.randrange(len(data)) if pick.random() < 0.5 else pick.randrange(min(200, len(data)))
            match pick.randrange(4):
                case 0 | 1:
                    data[at] = pick.choice((0, 127, 255, pick.randrange(256)))
                case 2:
                    del data[at : at + pick.randrange(1, 20)]
                case 3:
                    data[at:at] = pick.randbytes(pick.randrange(1, 9))
        try:
            result = load_photo(mended(bytes(data)))
        except ValueError as error:
            sentences.append(str(error))
        else:
            assert result.dtype == np.uint8
            assert result.ndim == 3
            assert max(result.shape) <= 1024
            photos += 1
    assert photos > 50
    assert len(sentences) > 50
    assert all(re.match(r"This .*\.$", sentence) for sentence in sentences)


def mended(data):
    """A mutated PNG with its checksums made right, so that the damage gets past them."""
    if not data.startswith(b"\x89PNG"):
        return data
    data, at = bytearray(data), 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            break
        data[end - 4 : end] = struct.pack(">I", zlib.crc32(bytes(data[at + 4 : end - 4])))
        at = end
    return bytes(data)
