"""Label maps in and out, counted and reshaped: compared with Pillow, scikit-image, scipy and brute force."""

import base64
import io
import json
import random
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image
from scipy import ndimage
from skimage import measure, segmentation

from seg.classes import CLASSES, COUNT, IGNORE, NAMES, PALETTE
from seg.labels import codec, components, morphology, png, render
from seg.labels import codec as payload
from tests.oracles.codec import unpack_smooth

IDS = np.array([*range(COUNT), IGNORE], np.uint8)
SHAPES = array_shapes(min_dims=2, max_dims=2, max_side=24)
LABELS = arrays(np.uint8, SHAPES, elements=st.sampled_from(IDS.tolist()))
BYTES = arrays(np.uint8, SHAPES)


def blobby(seed, height=90, width=120, classes=6):
    """A label map with large regions, as a network draws them."""
    noise = np.random.default_rng(seed).normal(size=(classes, height, width))
    return ndimage.gaussian_filter(noise, (0, 4, 4)).argmax(0).astype(np.uint8)


def saved(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


# Files


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


@pytest.mark.parametrize("labels", [[[0]], np.zeros((2, 2)), np.zeros((2, 2, 1), np.uint8), np.zeros((0, 3), np.uint8)])
def test_only_label_maps_are_taken(labels):
    for function in (
        png.encode_png,
        codec.pack,
        codec.pack_smooth,
        components.describe,
        components.count_blobs,
        render.boundaries,
    ):
        with pytest.raises(ValueError, match="HxW of uint8"):
            function(labels)


# Payloads


@given(BYTES)
def test_pack_round_trip(array):
    assert np.array_equal(codec.unpack(codec.pack(array), *array.shape), array)
    assert np.array_equal(unpack_smooth(codec.pack_smooth(array), *array.shape), array)


@given(BYTES)
@settings(max_examples=30)
def test_payloads_are_what_the_browser_expects(array):
    """pack: plain zlib of the rows. pack_smooth: undone byte by byte, as the docstring's JavaScript does it."""
    assert zlib.decompress(base64.b64decode(codec.pack(array))) == array.tobytes()
    d = bytearray(zlib.decompress(base64.b64decode(codec.pack_smooth(array))))
    width = array.shape[1]
    for i in range(len(d)):
        if i % width:
            d[i] = (d[i] + d[i - 1]) % 256
    for i in range(width, len(d)):
        d[i] = (d[i] + d[i - width]) % 256
    assert bytes(d) == array.tobytes()


def test_payload_sizes():
    labels = blobby(3, 96, 128).repeat(8, 0).repeat(8, 1)
    assert len(codec.pack(labels)) < labels.size / 20
    coarse = np.random.default_rng(0).integers(60, 256, (48, 64))
    smooth = ndimage.zoom(coarse.astype(float), 16, order=1).round().astype(np.uint8)  # as a network's scores grow
    assert len(codec.pack_smooth(smooth)) < 0.6 * len(codec.pack(smooth))


def test_unpack_refuses_what_does_not_fit():
    good = codec.pack(np.zeros((3, 4), np.uint8))
    zipped = zlib.compress(bytes(12))
    bad = [
        ("not base64!", 3, 4),
        (good[:-1], 3, 4),
        (good, 4, 4),
        (good, 3, 3),
        ("", 3, 4),
        (None, 3, 4),
        (good.encode(), 3, 4),
        (good, 0, 4),
        (good, -3, -4),
        (good, 3.0, 4),
        (good, "3", 4),
        (good, 10**9, 10**9),
        (base64.b64encode(zipped[:-2]).decode(), 3, 4),
        (base64.b64encode(zipped + b"more").decode(), 3, 4),
        (base64.b64encode(b"nonsense").decode(), 3, 4),
        (base64.b64encode(zlib.compress(bytes(50_000_000))).decode(), 3, 4),
    ]
    for arguments in bad:
        for function in (codec.unpack, unpack_smooth):
            with pytest.raises(ValueError, match=r"^(This|A) mask .*\.$"):
                function(*arguments)


def test_unpack_never_inflates_more_than_it_was_told(monkeypatch):
    """A bomb of the right length as text: 16 million zeros where 20,000 pixels belong."""
    text = base64.b64encode(zlib.compress(bytes(16_000_000), 9)).decode()
    asked = []
    real = zlib.decompressobj

    class Spy:
        def __init__(self):
            self.stream = real()

        def decompress(self, data, limit):
            asked.append(limit)
            raw = self.stream.decompress(data, limit)
            assert len(raw) <= limit
            return raw

        def __getattr__(self, name):
            return getattr(self.stream, name)

    monkeypatch.setattr(payload.zlib, "decompressobj", Spy)
    with pytest.raises(ValueError, match="does not hold exactly"):
        codec.unpack(text, 200, 100)
    assert asked == [20_001]


# To look at


@given(LABELS, st.floats(0, 1), st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_overlay_is_the_weighted_mean(labels, opacity, seed):
    photo = np.random.default_rng(seed).integers(0, 256, (*labels.shape, 3), dtype=np.uint8)
    expected = photo * (1 - opacity) + PALETTE[labels] * opacity
    result = render.overlay(photo, labels, opacity)
    assert result.dtype == np.uint8
    assert np.abs(result - expected).max() <= 1.01  # opacity is kept to 1/256, colours to 1
    assert np.array_equal(render.overlay(photo, labels, 0), photo)
    assert np.array_equal(render.overlay(photo, labels, 1), PALETTE[labels])


def test_overlay_refuses_what_does_not_fit():
    photo, labels = np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5), np.uint8)
    for wrong in (1.5, -0.1, float("nan")):
        with pytest.raises(ValueError, match="opacity"):
            render.overlay(photo, labels, wrong)
    with pytest.raises(ValueError, match="like its labels"):
        render.overlay(photo[:3], labels, 0.5)


@given(LABELS)
def test_boundaries_as_scikit_image_draws_them(labels):
    assert np.array_equal(render.boundaries(labels), segmentation.find_boundaries(labels, connectivity=1, mode="thick"))


# To count


@given(LABELS)
def test_blobs_as_scikit_image_counts_them(labels):
    expected = {int(i): int(measure.label(labels == i, connectivity=2).max()) for i in np.unique(labels) if i != IGNORE}
    assert components.count_blobs(labels) == expected


@pytest.mark.parametrize("seed", range(4))
def test_blobs_of_large_maps(seed):
    labels = blobby(seed, 300, 400, 9)
    labels[np.random.default_rng(seed).random(labels.shape) < 0.02] = IGNORE
    expected = {int(i): int(measure.label(labels == i, connectivity=2).max()) for i in np.unique(labels)[:-1]}
    assert components.count_blobs(labels) == expected


def test_blobs_by_hand():
    spiral = np.array([[1, 1, 1, 1], [0, 0, 0, 1], [1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1]], np.uint8)
    assert components.count_blobs(spiral) == {0: 1, 1: 1}
    assert components.count_blobs(np.full((3, 3), IGNORE, np.uint8)) == {}
    stripes = np.tile(np.array([[2], [7]], np.uint8), (5, 30))
    assert components.count_blobs(stripes) == {2: 5, 7: 5}


@given(LABELS)
def test_describe_counts_every_pixel_once(labels):
    legend = json.loads(json.dumps(components.describe(labels)))
    assert sum(entry["pixels"] for entry in legend) == (labels != IGNORE).sum()
    assert [e["pixels"] for e in legend] == sorted((e["pixels"] for e in legend), reverse=True)
    for entry in legend:
        assert list(entry) == ["id", "name", "color", "pixels", "share", "blobs"]
        inside = labels == entry["id"]
        assert entry["pixels"] == inside.sum() > 0
        assert entry["share"] == pytest.approx(inside.mean())
        assert entry["blobs"] == measure.label(inside, connectivity=2).max()
        assert entry["name"] == NAMES[entry["id"]]
        assert tuple(bytes.fromhex(entry["color"][1:])) == CLASSES[entry["id"]].color


# Morphology


@given(arrays(np.uint8, SHAPES, elements=st.sampled_from([0, 3, 3, 3, 9, IGNORE])), st.integers(1, 5))
def test_erase_thin_is_an_opening_of_each_class(labels, width):
    expected = np.where(np.isin(labels, (0, IGNORE)), labels, 0)
    for r, c in np.ndindex(labels.shape):
        square = labels[r : r + width, c : c + width]
        if square.shape == (width, width) and (square == square[0, 0]).all():
            expected[r : r + width, c : c + width] = square
    assert np.array_equal(morphology.erase_thin(labels, width), expected)


def test_erase_thin_takes_the_wire_and_leaves_the_plane():
    labels = np.zeros((40, 60), np.uint8)
    labels[10:30, 5:30] = 1
    labels[18:21, 30:60] = 1  # a wire 3 px wide
    assert np.array_equal(morphology.erase_thin(labels, 3), labels)
    erased = morphology.erase_thin(labels, 4)
    assert (erased[:, 30:] == 0).all()
    assert np.array_equal(erased[:, :30], labels[:, :30])
    with pytest.raises(ValueError, match="1 or more"):
        morphology.erase_thin(labels, 0)


# Palettes that an optimiser renumbered


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
    labels = blobby(seed)
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
