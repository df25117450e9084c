"""The bytes in which label maps travel to the browser: there and back, small, and never more than was told."""

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import ndimage

from seg import label_png
from seg.labels import codec, components, render
from seg.labels import codec as payload
from tests.label_maps import BYTES, blobby
from tests.oracles.codec import unpack_smooth


@pytest.mark.parametrize("labels", [[[0]], np.zeros((2, 2)), np.zeros((2, 2, 1), np.uint8), np.zeros((0, 3), np.uint8)])
def test_only_label_maps_are_taken(labels):
    for function in (
        label_png.encode_png,
        codec.pack,
        codec.pack_smooth,
        components.describe,
        components.count_blobs,
        render.boundaries,
    ):
        with pytest.raises(ValueError, match="HxW of uint8"):
            function(labels)


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
