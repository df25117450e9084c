"""What is no photo, or too large a one: one sentence each, before anything is decoded."""

import struct

import numpy as np
import pytest

from seg.photo import decode as photo
from seg.photo import pixels
from seg.photo.decode import load_photo
from tests.photo.files import PICTURE, SMOOTH, STILL, png, refusal, saved

pytestmark = pytest.mark.filterwarnings("ignore:The image decoding and encoding:DeprecationWarning")


def test_the_refusals():
    assert refusal(b"") == "This file is empty: please use a JPEG, PNG, WebP or GIF."
    nonsense = "This file is not a photo we can read: please use a JPEG, PNG, WebP or GIF."
    for data in (b"hello", b"%PDF-1.7", b"<svg>", saved(PICTURE, "TIFF"), saved(PICTURE, "BMP"), b"\0" * 5000, b"RIFF"):
        assert refusal(data) == nonsense
    assert refusal(42) == refusal(None) == "This is not a photo we can read: please use a JPEG, PNG, WebP or GIF."


def test_text_named_jpg(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_text("not a photo at all")
    assert "not a photo we can read" in refusal(path)


def test_files_that_are_not_there(tmp_path):
    for path in (tmp_path / "no.jpg", tmp_path, "/dev/zero", "a\0b", "x" * 5000):
        assert refusal(path) == "This photo could not be opened: please choose it again."


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"heix"])
def test_heic_has_its_own_sentence(brand):
    assert "HEIC" in refusal(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + b"heic" + b"\0" * 100)
    assert "JPEG" in refusal(b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf" + b"\0" * 100)


def test_heavy_files(tmp_path):
    data = STILL["jpeg"] + b"\0" * photo.MAX_BYTES
    assert refusal(data) == "This file has 20.1 MB; the limit is 20: please use a smaller copy."
    path = tmp_path / "heavy.jpg"
    path.write_bytes(data)
    assert refusal(path) == refusal(data)


def bombs():
    """Files of a few bytes whose header claims 13,000 x 13,000 pixels."""
    huge_png = png(13000, 13000, 8, 2, b"\0" * 100)
    yield "png", huge_png
    yield "png header only", huge_png[:33]
    jpeg = bytearray(STILL["jpeg"])
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 13000, 13000)
    yield "jpeg", bytes(jpeg)
    gif = bytearray(STILL["gif"])
    gif[6:10] = struct.pack("<HH", 13000, 13000)
    yield "gif", bytes(gif)
    webp = bytearray(STILL["webp lossy alpha"])
    webp[24:30] = (12999).to_bytes(3, "little") * 2
    yield "webp", bytes(webp)


@pytest.mark.parametrize(("name", "data"), list(bombs()))
def test_header_bombs_are_refused_before_any_decoding(name, data, monkeypatch):
    monkeypatch.setattr(photo, "decode", lambda *_: pytest.fail("decoded"))
    assert refusal(data) == "This photo has 169 megapixels; the limit is 40: please use a smaller copy."


def test_a_large_jpeg_of_many_scans_is_refused_before_it_is_decoded(monkeypatch):
    """Each scan goes over the whole picture: half a megabyte would take a processor for minutes."""
    data = bytearray(STILL["jpeg progressive"])
    last = data.rindex(b"\xff\xda")
    many = data[:-2] + data[last:-2] * 20 + data[-2:]
    assert load_photo(bytes(many)).shape == SMOOTH.shape
    at = many.index(b"\xff\xc2")
    many[at + 5 : at + 9] = struct.pack(">HH", 5000, 8000)
    monkeypatch.setattr(pixels, "_torchvision", lambda *_: pytest.fail("decoded"))
    assert "damaged" in refusal(bytes(many))


def test_gif_whose_picture_is_larger_than_its_screen_claims(monkeypatch):
    data = bytearray(STILL["gif"])
    at = data.index(b"\x2c\0\0\0\0" + struct.pack("<HH", 96, 72))
    data[at + 5 : at + 9] = struct.pack("<HH", 13000, 13000)
    monkeypatch.setattr(photo, "decode", lambda *_: pytest.fail("decoded"))
    assert "169 megapixels" in refusal(bytes(data))


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((50, 50), float), ((50, 50), bool), ((50, 50, 2), "u1"), (50, "u1"), ((3, 50, 50), "u1"), ((0, 0), "u4")],
)
def test_arrays_of_another_kind(shape, dtype):
    assert "HxWx3" in refusal(np.zeros(shape, dtype))
