"""Odd but common files, against what Chromium shows of the very same bytes."""

import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from seg.photo.decode import load_photo

CASES = Path(__file__).parents[3] / "shared" / "cases"
TYPES = {b"\xff\xd8": "jpeg", b"\x89P": "png", b"RI": "webp", b"GI": "gif"}
rows, cols = np.mgrid[0:60, 0:84]
SMOOTH = np.stack([cols * 3, rows * 4, 255 - cols - rows], -1).astype(np.uint8)
PATCHES = np.zeros((60, 84, 3), np.uint8)
for i, color in enumerate(
    ((216, 98, 64), (100, 160, 80), (80, 100, 205), (205, 180, 145), (128, 128, 128), (240, 220, 90))
):
    PATCHES[:, 14 * i : 14 * i + 14] = color

pytestmark = pytest.mark.filterwarnings("ignore:The image decoding and encoding:DeprecationWarning")


def saved(array, kind, **options) -> bytes:
    file = io.BytesIO()
    (array if isinstance(array, Image.Image) else Image.fromarray(array)).save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png(array, depth=8, color=2, extra=(), behind=()) -> bytes:
    """A PNG made by hand: array HxWxC of its own depth; extra, behind: (type, payload) before and behind the pixels."""
    height, width = array.shape[:2]
    lines = array.astype(">u2" if depth == 16 else np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in lines)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    body = [chunk(*each) for each in extra] + [chunk(b"IDAT", zlib.compress(raw))] + [chunk(*each) for each in behind]
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(body) + chunk(b"IEND", b"")


def wide_gamut() -> bytes:
    """An ICC profile of a wider gamut than sRGB: sRGB's, with other primaries written over its own (Display P3's)."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    primaries = {
        b"rXYZ": (0.51512, 0.2412, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.1571, 0.06657, 0.78407),
    }
    for i in range(struct.unpack_from(">I", data, 128)[0]):
        tag, at, _ = struct.unpack_from(">4sII", data, 132 + 12 * i)
        if tag in primaries:
            struct.pack_into(">3i", data, at + 8, *(round(65536 * value) for value in primaries[tag]))
    return bytes(data)


def animated_with_a_hidden_picture() -> bytes:
    """An APNG whose pixels in IDAT are no frame: its first frame lies inside, 40 x 30 at 12, 8."""
    frame = np.ascontiguousarray(SMOOTH[:30, :40, ::-1])
    raw = zlib.compress(b"".join(b"\0" + row.tobytes() for row in frame))
    control = struct.pack(">IIIIIHHBB", 0, 40, 30, 12, 8, 1, 10, 0, 0)
    shown = [(b"fcTL", control), (b"fdAT", struct.pack(">I", 1) + raw)]
    return png(SMOOTH, extra=[(b"acTL", struct.pack(">II", 1, 0))], behind=shown)


def gif(screen) -> bytes:
    data = bytearray(saved(Image.fromarray(SMOOTH).quantize(40), "GIF"))
    data[6:10] = struct.pack("<HH", *screen)
    return bytes(data)


DEEP = SMOOTH.astype(np.uint16) * 257
DEEP[20:30, 20:30] = (1000, 2000, 3000)  # the transparent colour
DEEP[30:40, 20:30] = (1001, 2000, 3000)  # one level away from it
JPEG = saved(SMOOTH, "JPEG", quality=90)
PROFILE = wide_gamut()
TRNS = (b"tRNS", struct.pack(">3H", 1000, 2000, 3000))

FILES = {
    "jpeg and a film behind it": JPEG + b"\0\0\0\x18ftypmp42" + b"\xff\xda" * 4000 + bytes(range(256)) * 2000,
    "jpeg and a second one behind it": JPEG + saved(PATCHES, "JPEG"),
    "progressive jpeg and noise behind it": saved(SMOOTH, "JPEG", progressive=True) + b"\xff\xd8\xff\xda\0\x08" * 999,
    "png without its end mark": png(SMOOTH)[:-12],
    "png and noise behind it": png(SMOOTH) + b"PK\x03\x04" + bytes(9999),
    "wide gamut jpeg": saved(PATCHES, "JPEG", quality=97, subsampling=0, icc_profile=PROFILE),
    "wide gamut png": saved(PATCHES, "PNG", icc_profile=PROFILE),
    "wide gamut webp": saved(PATCHES, "WEBP", lossless=True, icc_profile=PROFILE),
    "profile that is none": saved(PATCHES, "PNG", icc_profile=b"no profile at all" * 20),
    "sRGB profile": saved(
        SMOOTH, "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    ),
    "16 bits with a transparent colour": png(DEEP, 16, extra=[TRNS]),
    "8 bits with a transparent colour": png(PATCHES, extra=[(b"tRNS", struct.pack(">3H", 128, 128, 128))]),
    "apng with a hidden picture": animated_with_a_hidden_picture(),
    "gif without a screen": gif((0, 0)),
    "gif with a screen too small": gif((20, 11)),
    "gif with a screen too large": gif((100, 70)),
    "png with gamma 1.0": png(SMOOTH, extra=[(b"gAMA", struct.pack(">I", 100_000))]),
    "png with gamma 0.7": png(SMOOTH, extra=[(b"gAMA", struct.pack(">I", 70_000))]),
    "png with the screen's gamma": png(SMOOTH, extra=[(b"gAMA", struct.pack(">I", 45_455))]),
    "png with gamma and sRGB": png(SMOOTH, extra=[(b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 100_000))]),
}
DRAW = """async (address) => {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0);
    const bytes = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let letters = "";
    for (let i = 0; i < bytes.length; i += 8192) letters += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return [canvas.height, canvas.width, btoa(letters)];
}"""


@pytest.fixture(scope="module")
def shown(chromium):
    """What Chromium shows of a file's bytes: HxWx3 uint8."""
    page = chromium.new_page()

    def decode(data: bytes) -> np.ndarray:
        address = f"data:image/{TYPES[data[:2]]};base64," + base64.b64encode(data).decode()
        height, width, pixels = page.evaluate(DRAW, address)
        return np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(height, width, 4)[..., :3]

    yield decode
    page.close()


def compare(data: bytes, shown) -> None:
    ours, theirs = load_photo(data).astype(int), shown(data).astype(int)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 4


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_shown_as_chromium_shows_it(name, shown):
    compare(FILES[name], shown)


def test_what_is_tested_is_not_what_everybody_does_anyway(shown):
    """Taken without their profile, gamma or frame, these would look different."""
    for name, plain in (
        ("wide gamut png", PATCHES),
        ("png with gamma 1.0", SMOOTH),
        ("apng with a hidden picture", SMOOTH),
    ):
        assert np.abs(shown(FILES[name]).astype(int) - plain).max() > 12


LOSSLESS = saved(SMOOTH, "WEBP", lossless=True)
WHOLE = {  # Chromium leaves the last rows of such files out; no pixel is missing
    "jpeg": (JPEG[:-2], JPEG),
    "jpeg and an app's note": (JPEG[:-2] + b"\xff\xed\0\x06note", JPEG),
    "gray jpeg": (saved(SMOOTH[..., 0], "JPEG")[:-2], saved(SMOOTH[..., 0], "JPEG")),
    "progressive jpeg": (saved(SMOOTH, "JPEG", progressive=True)[:-2], saved(SMOOTH, "JPEG", progressive=True)),
    "jpeg with restarts": (saved(SMOOTH, "JPEG", restart_marker_rows=1)[:-2], saved(SMOOTH, "JPEG")),
    "png": (png(SMOOTH)[:-12], png(SMOOTH)),
    "png without its last checksum": (png(SMOOTH)[:-16], png(SMOOTH)),
    "webp a byte longer": (b"RIFF" + struct.pack("<I", len(LOSSLESS) - 7) + LOSSLESS[8:], LOSSLESS),
    "webp without its padding": (LOSSLESS[:-1] if LOSSLESS[-1:] == b"\0" else LOSSLESS, LOSSLESS),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_without_its_end_mark_is_shown_whole(name):
    without, whole = WHOLE[name]
    assert np.array_equal(load_photo(without), load_photo(whole))


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not beside this checkout")
def test_the_shared_cases_are_shown_right(shown):
    files = [path for path in CASES.rglob("*.*") if path.suffix not in (".txt", ".md")]
    assert len(files) > 10
    whole = {path.suffix: load_photo(path) for path in files if path.stem == "whole"}
    for path in files:
        if "end" in path.parent.name:
            assert np.array_equal(load_photo(path), whole[path.suffix])
        else:
            compare(path.read_bytes(), shown)
