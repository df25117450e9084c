"""Photo files made for the tests, what they should look like by Pillow alone, and how they are refused."""

import io
import re
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from seg.photo.decode import load_photo

rows, cols = np.mgrid[0:72, 0:96]
SMOOTH = np.stack([cols * 2, rows * 3, rows + cols], -1).astype(np.uint8)
PICTURE = Image.fromarray(SMOOTH)


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


def refusal(source):
    """The sentence a source is refused with: one sentence, no jargon, says what to do or what the limit is."""
    with pytest.raises(ValueError, match=r"^(This|A photo given as an array).*\.$") as caught:
        load_photo(source)
    sentence = str(caught.value)
    assert len(sentence) < 200
    assert not re.search(r"\. [A-Z]|[\n<>_{}/\\]|Error|None", sentence)
    return sentence
