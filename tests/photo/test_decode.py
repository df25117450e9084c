"""Photo files in: every kind a phone or camera makes, compared with Pillow."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from seg.photo import containers
from seg.photo.decode import load_photo
from tests.photo.files import PICTURE, SMOOTH, STILL, on_white, opened, png, png16, same, saved, with_alpha

pytestmark = pytest.mark.filterwarnings("ignore:The image decoding and encoding:DeprecationWarning")


@pytest.mark.parametrize("name", STILL)
def test_every_kind_of_file_looks_as_pillow_shows_it_on_white(name):
    same(load_photo(STILL[name]), on_white(opened(STILL[name])), within=1)


def test_cmyk_jpeg_without_adobe_mark_is_taken_as_inverted_like_browsers_do():
    data = STILL["jpeg cmyk adobe"]
    at = data.index(b"\xff\xee")
    plain = data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]
    assert b"Adobe" in data
    assert b"Adobe" not in plain
    same(load_photo(plain), SMOOTH, within=3)


def test_interlaced_png_is_put_together():
    """Adam7 by hand: seven passes of a 16x16 gray ramp."""
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    raw = b"".join(b"\0" + row.tobytes() for r, c, dr, dc in passes for row in values[r::dr, c::dc])
    data = bytearray(png(16, 16, 8, 0, raw))
    data[28] = 1
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    same(load_photo(bytes(data)), np.repeat(values[..., None], 3, 2))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bit_png_is_scaled_not_clipped(channels):
    array = np.random.default_rng(channels).integers(0, 65536, (40, 50, channels), dtype=np.uint16)
    if channels in (2, 4):
        array[..., -1] = 65535
    color = array[..., :1] if channels < 3 else array[..., :3]
    expected = np.broadcast_to(np.rint(color / 257), (40, 50, 3))
    same(load_photo(png16(array if channels > 1 else array[..., 0])), expected, within=0 if channels == 1 else 1)


def test_16_bit_png_with_one_transparent_value():
    array = np.full((20, 20), 1000, np.uint16)
    array[5] = 40_000
    raw = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    result = load_photo(png(20, 20, 16, 0, raw, (b"tRNS", struct.pack(">H", 1000))))
    assert (result[0] == 255).all()
    assert (result[5] == round(40_000 / 257)).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_orientation_as_pillow_turns_it(kind, turn):
    exif = Image.Exif()
    exif[274] = turn
    data = saved(PICTURE, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    same(load_photo(data), np.asarray(ImageOps.exif_transpose(opened(data)).convert("RGB")), within=1)


def test_exif_orientation_of_a_photo_that_is_scaled_down():
    exif = Image.Exif()
    exif[274] = 6
    large = PICTURE.resize((2000, 1000), Image.Resampling.BICUBIC)
    result = load_photo(saved(large, "JPEG", quality=95, exif=exif))
    same(result, np.asarray(large.resize((1024, 512), Image.Resampling.LANCZOS).rotate(-90, expand=True)), within=8)


@pytest.mark.parametrize(
    "tiff", [b"", b"MM", b"II*\0\xff\xff\xff\xff", b"XX*\0\x08\0\0\0\x01\0", b"II*\0\x08\0\0\0\xff\xff"]
)
def test_broken_exif_is_ignored(tiff):
    assert containers.orientation(tiff) == 1
    segment = b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff
    same(load_photo(STILL["jpeg"][:2] + segment + STILL["jpeg"][2:]), load_photo(STILL["jpeg"]))


def test_animations_give_their_first_frame():
    frames = [PICTURE, PICTURE.rotate(180), PICTURE.convert("L").convert("RGB")]
    gif = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    webp = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert opened(gif).n_frames == opened(webp).n_frames == 3
    same(load_photo(gif), np.asarray(opened(gif).convert("RGB")))
    same(load_photo(webp), SMOOTH)


def test_animated_webp_with_alpha():
    frames = [with_alpha(), with_alpha(PICTURE.rotate(180))]
    data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    same(load_photo(data), on_white(opened(data)), within=1)


def test_gif_picture_smaller_than_its_screen_lies_on_white():
    data = bytearray(saved(PICTURE.convert("L").convert("P"), "GIF"))
    data[6:10] = struct.pack("<HH", 120, 100)
    at = data.index(b"\x2c\0\0\0\0" + struct.pack("<HH", 96, 72))
    data[at + 1 : at + 5] = struct.pack("<HH", 10, 20)
    result = load_photo(bytes(data))
    assert result.shape == (100, 120, 3)
    same(result[20:92, 10:106], np.asarray(PICTURE.convert("L").convert("RGB")))
    assert (result[:20] == 255).all()
    assert (result[:, 106:] == 255).all()


def test_gif_pixels_outside_its_colour_table_are_gray():
    """A table of two colours under pixels up to 255: a decoder that trusts the file reads memory it does not own."""
    data = bytearray(saved(PICTURE.convert("L").convert("P"), "GIF"))
    assert data[10] & 7 == 7
    data[10] = data[10] & 0xF8
    del data[13 + 6 : 13 + 768]
    result = load_photo(bytes(data))
    same(result, np.asarray(PICTURE.convert("L").convert("RGB")))  # the table was a ramp, and so is Pillow's own


def test_long_side_is_at_most_1024_and_small_photos_stay():
    same(load_photo(STILL["png"]), SMOOTH)
    for size, expected in (((1025, 100), (100, 1024)), ((3000, 4000), (1024, 768)), ((1024, 1024), (1024, 1024))):
        assert load_photo(np.zeros((size[1], size[0]), np.uint8)).shape[:2] == expected


def test_scaling_is_close_to_lanczos():
    rng = np.random.default_rng(0)
    large = PICTURE.resize((2500, 1875), Image.Resampling.BICUBIC)
    large = Image.fromarray((np.asarray(large) // 2 + rng.integers(0, 60, (1875, 2500, 3))).astype(np.uint8))
    lanczos = np.asarray(large.resize((1024, 768), Image.Resampling.LANCZOS)).astype(int)
    assert np.abs(load_photo(np.asarray(large)) - lanczos).mean() < 1


def test_paths_and_bytes_agree_and_names_do_not_count(tmp_path):
    path = tmp_path / "photo.txt"
    path.write_bytes(STILL["jpeg"])
    for source in (path, str(path), bytearray(STILL["jpeg"]), memoryview(STILL["jpeg"])):
        same(load_photo(source), load_photo(STILL["jpeg"]))


def test_metadata_does_not_reach_the_decoder():
    exif = Image.Exif()
    exif[0x010E] = "the secret garden"
    exif[274] = 3
    for kind in ("JPEG", "PNG", "WEBP"):
        data = saved(PICTURE, kind, exif=exif, icc_profile=b"the secret profile")
        assert b"the secret" in data
        read = {"JPEG": containers.jpeg, "PNG": containers.png, "WEBP": containers.webp}[kind]
        picture = read(data)
        assert b"the secret" not in picture.data
        assert picture.orientation == 3
        assert picture.profile == b"the secret profile"  # kept apart, for the colours
        assert opened(picture.data).size == PICTURE.size
        same(
            load_photo(data), np.asarray(opened(data).convert("RGB"))[::-1, ::-1], within=1
        )  # it cannot be read: ignored
