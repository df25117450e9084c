"""Photos in: every kind a phone or camera makes, compared with Pillow; everything else, one sentence."""

import contextlib
import io
import json
import random
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from seg.photo import containers, pixels
from seg.photo import decode as photo
from seg.photo.decode import content_key, load_photo

EXAMPLES = Path(__file__).parents[2] / "examples"
rows, cols = np.mgrid[0:72, 0:96]
SMOOTH = np.stack([cols * 2, rows * 3, rows + cols], -1).astype(np.uint8)
PICTURE = Image.fromarray(SMOOTH)

pytestmark = pytest.mark.filterwarnings("ignore:The image decoding and encoding:DeprecationWarning")


def with_alpha(image=PICTURE):
    image = image.copy()
    image.putalpha(Image.fromarray((cols * 2.5).astype(np.uint8)))
    return image


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(width, height, depth, color, raw, *between):
    """A PNG made by hand; raw holds the rows with their filter bytes."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)), *between]
    chunks += [(b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def png16(array):
    """A 16-bit PNG of an HxW or HxWxC uint16 array."""
    height, width = array.shape[:2]
    color = {1: 0, 2: 4, 3: 2, 4: 6}[array.reshape(height, width, -1).shape[2]]
    return png(width, height, 16, color, b"".join(b"\0" + row.astype(">u2").tobytes() for row in array))


def on_white(image):
    """Independent of the code under test: Pillow's own compositing."""
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image.convert("RGBA"))
    return np.asarray(paper.convert("RGB"))


def opened(data):
    return Image.open(io.BytesIO(data))


def same(result, expected, within=0):
    assert result.dtype == np.uint8
    assert result.shape == expected.shape
    assert np.abs(result.astype(int) - expected).max() <= within


STILL = {
    "jpeg": saved(PICTURE, "JPEG", quality=90),
    "jpeg progressive": saved(PICTURE, "JPEG", quality=90, progressive=True),
    "jpeg gray": saved(PICTURE.convert("L"), "JPEG"),
    "jpeg cmyk adobe": saved(PICTURE.convert("CMYK"), "JPEG", quality=95),
    "png": saved(PICTURE, "PNG"),
    "png gray": saved(PICTURE.convert("L"), "PNG"),
    "png bilevel": saved(PICTURE.convert("1"), "PNG"),
    "png gray alpha": saved(with_alpha().convert("LA"), "PNG"),
    "png alpha": saved(with_alpha(), "PNG"),
    "png palette": saved(PICTURE.quantize(200), "PNG"),
    "png palette 2 bits": saved(PICTURE.quantize(3), "PNG", bits=2),
    "png palette transparent": saved(PICTURE.quantize(20), "PNG", transparency=3),
    "png palette alphas": saved(PICTURE.quantize(4), "PNG", transparency=bytes([0, 90, 200])),
    "png gray one transparent": saved(PICTURE.convert("L"), "PNG", transparency=60),
    "png rgb one transparent": saved(PICTURE, "PNG", transparency=tuple(SMOOTH[20, 30].tolist())),
    "webp lossy": saved(PICTURE, "WEBP"),
    "webp lossy alpha": saved(with_alpha(), "WEBP"),
    "webp lossless": saved(PICTURE, "WEBP", lossless=True),
    "webp lossless alpha": saved(with_alpha(), "WEBP", lossless=True),
    "gif": saved(PICTURE, "GIF"),
    "gif transparent interlaced": saved(PICTURE.quantize(9), "GIF", transparency=2, interlace=1),
}


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


def test_every_colour_at_every_alpha_on_white():
    color, alpha = np.mgrid[0:256, 0:256]
    result = load_photo(np.dstack([color, color, color, alpha]).astype(np.uint8))
    exact = np.rint((color * alpha + 255 * (255 - alpha)) / 255)  # 255 is odd: no halves to round
    assert np.array_equal(result[..., 0], exact)


# Refusals


def refusal(source):
    """The sentence a source is refused with: one sentence, no jargon, says what to do or what the limit is."""
    with pytest.raises(ValueError, match=r"^(This|A photo given as an array).*\.$") as caught:
        load_photo(source)
    sentence = str(caught.value)
    assert len(sentence) < 200
    assert not re.search(r"\. [A-Z]|[\n<>_{}/\\]|Error|None", sentence)
    return sentence


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


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((50, 50), float), ((50, 50), bool), ((50, 50, 2), "u1"), (50, "u1"), ((3, 50, 50), "u1"), ((0, 0), "u4")],
)
def test_arrays_of_another_kind(shape, dtype):
    assert "HxWx3" in refusal(np.zeros(shape, dtype))


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


# Keys and examples


def test_content_key_tells_pixels_and_shapes_apart():
    keys = {content_key(a) for a in (SMOOTH, SMOOTH[::-1], SMOOTH.reshape(96, 72, 3), SMOOTH + np.uint8(1))}
    assert len(keys) == 4
    assert content_key(SMOOTH) == content_key(SMOOTH.copy()) == content_key(np.asfortranarray(SMOOTH))


def test_examples_are_credited_small_and_bare():
    files = sorted(EXAMPLES.glob("*.jpg"))
    credits = json.loads((EXAMPLES / "credits.json").read_text(encoding="utf-8"))
    table = (EXAMPLES / "CREDITS.md").read_text(encoding="utf-8")
    assert sorted(c["file"] for c in credits) == [f.name for f in files]
    assert len(files) >= 8
    for credit in credits:
        assert set(credit) == {"file", "title", "shows", "author", "licence", "source"}
        assert all(credit.values())
        assert f"| `{credit['file']}` | {credit['shows']} |" in table
        assert credit["author"] in table
    assert sum(f.stat().st_size for f in files) < 3_000_000
    for file in files:
        with Image.open(file) as image:
            assert max(image.size) <= 1024
            assert not image.getexif()
            assert not {"icc_profile", "comment", "xmp", "photoshop"} & set(image.info)
            same(load_photo(file), np.asarray(image.convert("RGB")), within=3)
