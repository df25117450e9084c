"""Photos given as arrays and as PIL images, of every mode, depth and shape."""

import numpy as np
import pytest
from PIL import Image

from seg.photo.decode import content_key, load_photo
from tests.photo.files import PICTURE, SMOOTH, cols, on_white, opened, png, refusal, same, saved, with_alpha

pytestmark = pytest.mark.filterwarnings("ignore:The image decoding and encoding:DeprecationWarning")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_arrays(dtype):
    scale = 1 if dtype == np.uint8 else 257
    gray, color = (cols * 2).astype(dtype) * scale, SMOOTH.astype(dtype) * scale
    same(load_photo(gray), np.repeat((cols * 2)[..., None], 3, 2))
    same(load_photo(color), SMOOTH)
    alpha = np.dstack([color, np.full((72, 96), 100 * scale, dtype)])
    same(load_photo(alpha), np.rint(SMOOTH * (100 / 255) + 155))
    same(load_photo(color[::-1, ::2]), SMOOTH[::-1, ::2])


def test_the_result_is_a_new_contiguous_array():
    source = SMOOTH.copy()
    result = load_photo(source)
    assert not np.shares_memory(result, source)
    assert result.flags.c_contiguous
    assert result.flags.writeable


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV"])
def test_pil_images_of_any_mode(mode):
    image = (with_alpha() if mode in ("LA", "RGBA") else PICTURE).convert(mode)
    same(load_photo(image), on_white(image), within=1)


@pytest.mark.parametrize("mode", ["I;16", "I"])
def test_pil_images_of_16_bits(mode):
    array = (cols * 600).astype(np.uint16)
    image = Image.fromarray(array) if mode == "I;16" else Image.fromarray(array.astype(np.int32))
    assert image.mode == mode
    same(load_photo(image), np.repeat(np.rint(array / 257)[..., None], 3, 2))


@pytest.mark.parametrize("kind", [np.int32, np.float32])
@pytest.mark.parametrize("top", [255, 1023, 4095, 65535])
def test_pil_images_of_32_bits_are_scaled_by_their_range(kind, top):
    image = Image.fromarray((cols / 95 * top).astype(kind))
    assert image.mode in ("I", "F")
    found = load_photo(image)[..., 0]
    assert np.abs(found - cols / 95 * 255).max() <= 1


def test_pil_images_of_fractions_and_of_no_usual_range():
    expected = cols / 95 * 255
    for values in (cols / 95, cols * 1e6 - 3e7, cols / 95 * 2 - 1):
        found = load_photo(Image.fromarray(values.astype(np.float32)))[..., 0]
        assert np.abs(found - expected).max() <= 1
    assert "no numbers" in refusal(Image.fromarray(np.full((20, 20), np.nan, np.float32)))
    assert load_photo(Image.fromarray(np.full((20, 20), 7e9, np.float32))).shape == (20, 20, 3)


def test_pil_image_is_turned_upright():
    exif = Image.Exif()
    exif[274] = 8
    data = saved(PICTURE, "PNG", exif=exif)
    same(load_photo(opened(data)), np.asarray(PICTURE.rotate(90, expand=True)))


def test_every_colour_at_every_alpha_on_white():
    color, alpha = np.mgrid[0:256, 0:256]
    result = load_photo(np.dstack([color, color, color, alpha]).astype(np.uint8))
    exact = np.rint((color * alpha + 255 * (255 - alpha)) / 255)  # 255 is odd: no halves to round
    assert np.array_equal(result[..., 0], exact)


def test_large_arrays_and_images():
    line = np.broadcast_to(np.uint8(0), (13000, 13000))
    assert "169 megapixels" in refusal(line)
    with pytest.warns(Image.DecompressionBombWarning):
        unread = opened(png(13000, 13000, 8, 2, b""))
    assert "169 megapixels" in refusal(unread)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (15, 500), (500, 15)])
def test_tiny_sides(shape):
    image = Image.new("RGB", shape[::-1])
    for source in (saved(image, "PNG"), saved(image, "JPEG"), saved(image, "GIF"), np.zeros(shape, np.uint8), image):
        assert (
            refusal(source)
            == f"This picture is {shape[1]:,} x {shape[0]:,} pixels; each side needs at least 16 pixels."
        )


def test_long_thin_pictures():
    assert load_photo(np.zeros((16, 320), np.uint8)).shape == (16, 320, 3)
    assert load_photo(np.zeros((100, 2000), np.uint8)).shape == (51, 1024, 3)
    assert "too long and thin" in refusal(np.zeros((16, 321), np.uint8))


def test_content_key_tells_pixels_and_shapes_apart():
    keys = {content_key(a) for a in (SMOOTH, SMOOTH[::-1], SMOOTH.reshape(96, 72, 3), SMOOTH + np.uint8(1))}
    assert len(keys) == 4
    assert content_key(SMOOTH) == content_key(SMOOTH.copy()) == content_key(np.asfortranarray(SMOOTH))
