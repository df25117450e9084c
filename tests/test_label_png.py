"""Label maps as PNG files, out and in again, whatever palette they come with: compared with Pillow."""

import io
import random
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from PIL import Image

from seg import label_png as png
from seg.classes import COUNT, IGNORE, PALETTE
from tests.label_maps import IDS, LABELS, blobby


def saved(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@given(LABELS)
def test_png_round_trip(labels):
    assert np.array_equal(png.decode_png(png.encode_png(labels)), labels)


def test_png_is_indexed_in_voc_colours_as_pillow_reads_it():
    labels = np.resize(IDS, (8, 11))
    data = png.encode_png(labels)
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "P"
        assert not {"exif", "icc_profile", "transparency"} & set(image.info)
        assert np.array_equal(np.asarray(image), labels)
        assert np.array_equal(np.asarray(image.convert("RGB")), PALETTE[labels])


def test_decode_takes_gray_and_palettes_of_any_depth_and_colour():
    labels = np.resize(np.array([0, 1, 2, 3], np.uint8), (9, 13))
    assert np.array_equal(png.decode_png(saved(Image.fromarray(labels))), labels)
    image = Image.fromarray(labels)
    image.putpalette([9, 9, 9] * 4)  # one colour four times: only the index counts
    for bits in (2, 4, 8):
        data = saved(image, bits=bits)
        assert data[24] == bits
        assert np.array_equal(png.decode_png(data), labels)
    assert np.array_equal(png.decode_png(saved(image, transparency=0)), labels)
    bit = Image.fromarray(labels & 1)
    bit.putpalette([0, 0, 0, 255, 255, 255])
    assert np.array_equal(png.decode_png(saved(bit, bits=1)), labels & 1)


def mask_refusal(data):
    with pytest.raises(ValueError, match=r"^This .*\.$") as caught:
        png.decode_png(data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_decode_refuses_other_files():
    labels = blobby(1)
    for data in (b"", b"text", saved(Image.fromarray(labels), "BMP"), saved(Image.fromarray(labels), "JPEG")):
        assert "not a PNG file" in mask_refusal(data)
    for mode in ("RGB", "RGBA", "LA", "1", "I;16"):
        assert "not class ids" in mask_refusal(saved(Image.fromarray(labels).convert(mode)))
    for value in (COUNT, 254):
        data = saved(Image.fromarray(np.full((5, 5), value, np.uint8)))
        assert f"holds the value {value};" in mask_refusal(data)


def test_decode_refuses_bombs_before_decoding(monkeypatch):
    monkeypatch.setattr(png, "png_values", lambda *_: pytest.fail("decoded"))
    header = struct.pack(">IIBBBBB", 13000, 13000, 8, 3, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header
    assert "13,000 x 13,000" in mask_refusal(data + struct.pack(">I", zlib.crc32(b"IHDR" + header)))
    assert "20 MB" in mask_refusal(png.encode_png(blobby(1)) + bytes(png.MAX_BYTES))


def test_decode_refuses_truncated_and_survives_mutated_files():
    data = png.encode_png(blobby(2))
    for offset in np.linspace(8, len(data) - 21, 60, dtype=int):  # behind it, only checksums and the end mark
        assert "damaged" in mask_refusal(data[:offset])
    assert np.array_equal(png.decode_png(data[:-12]), blobby(2))
    pick = random.Random(3)
    refused = 0
    for _ in range(300):
        broken = bytearray(data)
        for _ in range(pick.choice((1, 2, 8))):
            broken[pick.randrange(8, len(data))] = pick.randrange(256)
        try:
            labels = png.decode_png(bytes(broken))
        except ValueError:
            refused += 1
        else:
            assert np.isin(labels, IDS).all()
    assert refused > 200


def renumbered(labels, order, palette=PALETTE) -> bytes:
    """The same picture with the palette's entries in another order: order[k] is the value whose colour stands at k."""
    indices = np.zeros(labels.shape, np.uint8)
    for k, value in enumerate(order):
        indices[labels == value] = k
    image = Image.fromarray(indices)
    image.putpalette(palette[list(order)].tobytes())
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("seed", range(3))
def test_a_renumbered_palette_is_read_by_its_colours(seed):
    labels = blobby(seed, 90, 120, range(6))
    values = np.unique(labels).tolist()
    for order in (values, values[::-1], [*values[1:], values[0]]):
        assert np.array_equal(png.decode_png(renumbered(labels, order)), labels)


def test_one_class_alone_and_unsure_pixels_are_read_by_their_colours_too():
    for value in (0, 7, IGNORE):
        labels = np.full((20, 30), value, np.uint8)
        assert np.array_equal(png.decode_png(renumbered(labels, [3, value] if value != 3 else [value])), labels)


def test_a_palette_of_other_colours_says_nothing():
    """The index is the class, whatever it looks like: shades of gray, one colour for all, any bright ones."""
    labels = np.array([[0, 1, 15], [20, 5, 0]], np.uint8).repeat(8, 0)
    shades = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    for palette in (
        shades,
        np.zeros((256, 3), np.uint8),
        255 - shades,
        np.roll(shades * [1, 3, 7], 2, 0).astype(np.uint8),
    ):
        image = Image.fromarray(labels)
        image.putpalette(palette.tobytes())
        file = io.BytesIO()
        image.save(file, "PNG")
        assert np.array_equal(png.decode_png(file.getvalue()), labels)


def test_a_palette_that_mixes_both_is_refused():
    palette = PALETTE.copy()
    palette[8] = (1, 2, 3)
    labels = np.array([[0, 8, 15]], np.uint8).repeat(9, 0)
    assert "unclear" in mask_refusal(renumbered(labels, [15, 0, 8], palette))
