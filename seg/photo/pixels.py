"""One picture (`seg.photo.containers`) -> its pixels: the only calls of image decoders on what a visitor sent.

Which decoder, and why:
- JPEG and WebP: torchvision's, a thin layer over libjpeg-turbo and libwebp. Gradio holds Pillow below 13, and
  Pillow's JPEG decoder before 13 has known overflows (GHSA-8g5g-8vmr-9782, GHSA-5x8w-8jj5-q52h); torchvision's is twice
  as fast besides. Its decoders are marked deprecated from 0.29 on.
- PNG and GIF: Pillow. torchvision's PNG reader ends the whole process on some damaged files, and its GIF reader decodes
  every frame of an animation. Of 16-bit RGB Pillow keeps the high bytes, and takes no notice of their transparent
  colour: it is painted white here.
"""

import io
import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from PIL import Image

from seg.compiled import compiled
from seg.photo import containers, decoders
from seg.photo.containers import Picture
from seg.photo.limits import DamagedError, read_size

ROWS = 256  # rows worked on at a time where a step needs wider numbers than uint8
# PNG's seven passes: first row and column, and the steps between them.
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


def decode(data: bytes, kind: str) -> tuple[Picture, np.ndarray]:
    """A file's bytes -> (its picture, HxWx3 RGB or HxWx4 RGBA uint8, as stored: not turned upright).

    Raises DamagedError, struct.error or IndexError when they cannot be decoded, or are not as many as the header says;
    MemoryError.
    """
    return {"JPEG": _jpeg, "PNG": _png, "WebP": _webp, "GIF": _gif}[kind](data)


def _jpeg(data: bytes) -> tuple[Picture, np.ndarray]:
    picture = containers.jpeg(data)
    pixels = _torchvision(decoders.decode_jpeg, picture)
    if not picture.complete:  # the end mark was missing: were pixels, too? Then they depend on what comes before it
        other = replace(picture, data=picture.data[:-2] + b"\x5a" * 64 + containers.END)
        if not np.array_equal(_torchvision(decoders.decode_jpeg, other), pixels):
            raise DamagedError("the pixels break off")
    return picture, pixels


def _webp(data: bytes) -> tuple[Picture, np.ndarray]:
    picture = containers.webp(data)
    return picture, _torchvision(decoders.decode_webp, picture)


def _torchvision(decoder: Callable, picture: Picture) -> np.ndarray:
    """HxWxC uint8 by one of torchvision's decoders."""
    try:
        tensor = decoder(torch.frombuffer(bytearray(picture.data), dtype=torch.uint8))
    except RuntimeError as error:
        if "allocate memory" in str(error):  # torch's own word for it
            raise MemoryError from error
        raise DamagedError("the pixels cannot be decoded") from error
    return _checked(tensor.permute(1, 2, 0).numpy(), picture)


def _gif(data: bytes) -> tuple[Picture, np.ndarray]:
    """The first frame, on its screen."""
    height, width = read_size(data, "GIF")
    picture = Picture(data, height, width)

    def read(image: Image.Image) -> np.ndarray:
        left, top, right, bottom = image.tile[0][1]
        pixels = np.full((*image.size[::-1], 4), 255, np.uint8)
        pixels[top:bottom, left:right] = np.asarray(image.convert("RGBA"))[top:bottom, left:right]
        return pixels

    return picture, _checked(_pillow(data, "GIF", read), picture)


def _png(data: bytes) -> tuple[Picture, np.ndarray]:
    picture = containers.png(data)
    values = png_values(picture)
    if values.ndim == 2 and data[25] == 3:  # a palette
        pixels = _pillow(picture.data, "PNG", lambda image: np.array(image.convert("RGBA")))
        return picture, _checked(pixels, picture)
    values = values.reshape(*values.shape[:2], -1)
    pixels = to_8_bits(values)
    if pixels.shape[2] < 3:  # gray, or gray and alpha
        pixels = np.concatenate([pixels[..., :1]] * 3 + [pixels[..., 1:]], axis=2)
    if picture.clear:
        pixels[_clear(picture, values)] = 255
    return picture, pixels


def png_values(picture: Picture) -> np.ndarray:
    """The numbers in a PNG: indices where it has a palette (HxW uint8), else gray (HxW uint8, or uint16 for 16 bits),
    gray and alpha, RGB or RGBA (HxWxC uint8; of 16 bits the high byte). Raises DamagedError where there are none.
    """

    def read(image: Image.Image) -> np.ndarray:
        values = np.array(image.convert("L") if image.mode == "1" else image)
        return values if values.dtype == np.uint8 else values.astype(np.uint16)

    return _checked(_pillow(picture.data, "PNG", read), picture)


def _pillow(data: bytes, kind: str, read):
    """read(image) of a file that Pillow opens."""
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            return read(image)
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, Image.DecompressionBombError) as error:
        raise DamagedError("the pixels cannot be decoded") from error


def _clear(picture: Picture, values: np.ndarray) -> np.ndarray:
    """HxW bools: the pixels of the one colour that a PNG without palette calls transparent, compared in all its bits.

    values: HxWx1 or HxWx3 as `png_values` has them.
    """
    depth, color, interlaced = picture.data[24], picture.data[25], picture.data[28]
    clear = np.array(picture.clear)
    if depth < 8:  # decoding spread 1, 2 and 4 bits over 0 to 255
        clear = clear * 255 // ((1 << depth) - 1)
    found = (values == (clear >> 8 if depth == 16 and color == 2 else clear)).all(2)
    if depth == 16 and color == 2 and found.any():  # the high bytes agree: look at the low ones
        found &= (_low_bytes(picture, interlaced) == clear & 255).all(2)
    return found


def _low_bytes(picture: Picture, interlaced: int) -> np.ndarray:
    """HxWx3 uint8: the low bytes of a PNG of 16-bit RGB, which Pillow leaves out."""
    stream = b"".join(payload for kind, payload in containers.png_chunks(picture.data) if kind == b"IDAT")
    size = 2 * picture.height * (6 * picture.width + 8)  # more than all rows with their filter bytes take
    try:
        raw = np.frombuffer(zlib.decompressobj().decompress(stream, size), np.uint8)
    except zlib.error as error:
        raise DamagedError("the pixels cannot be inflated") from error
    result, at = np.zeros((picture.height, picture.width, 3), np.uint8), 0
    for top, left, down, across in ADAM7 if interlaced else ((0, 0, 1, 1),):
        part = result[top::down, left::across]
        rows, stride = part.shape[0], 6 * part.shape[1]
        if not part.size:
            continue
        lines = raw[at : at + rows * (stride + 1)]
        at += lines.size
        if lines.size < rows * (stride + 1):
            raise DamagedError("the pixels break off")
        part[...] = unfilter(lines.reshape(rows, stride + 1), 6)[:, 1::2].reshape(part.shape)
    return result


@compiled
def unfilter(lines, step):
    """Undo PNG's row filters (PNG third edition, section 9): Rx(1+N) uint8, filter byte first -> RxN uint8.

    step: bytes of a pixel.
    """
    rows, width = lines.shape[0], lines.shape[1] - 1
    result = np.zeros((rows, width), np.uint8)
    for r in range(rows):
        kind = lines[r, 0]
        for i in range(width):
            left = int(result[r, i - step]) if i >= step else 0
            above = int(result[r - 1, i]) if r else 0
            corner = int(result[r - 1, i - step]) if r and i >= step else 0
            guess = 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = above
            elif kind == 3:
                guess = (left + above) // 2
            elif kind == 4:
                p = left + above - corner
                a, b, c = abs(p - left), abs(p - above), abs(p - corner)
                guess = left if a <= b and a <= c else above if b <= c else corner
            result[r, i] = (int(lines[r, 1 + i]) + guess) & 255
    return result


def to_8_bits(pixels: np.ndarray) -> np.ndarray:
    """uint16 0 to 65535 -> uint8 0 to 255, rounded to nearest (x / 257); uint8 is handed back as it is.

    >>> to_8_bits(np.array([0, 128, 129, 65535], np.uint16)).tolist()
    [0, 0, 1, 255]
    """
    if pixels.dtype == np.uint8:
        return pixels
    result = np.empty(pixels.shape, np.uint8)
    for at in range(0, len(pixels), ROWS):
        # (255 x + 32895) >> 16 equals round(x / 257) for all x of 16 bits.
        result[at : at + ROWS] = (pixels[at : at + ROWS].astype(np.uint32) * 255 + 32895) >> 16
    return result


def _checked(pixels: np.ndarray, picture: Picture) -> np.ndarray:
    if pixels.shape[:2] != (picture.height, picture.width):
        raise DamagedError("the pixels are not of the size in the header")
    return pixels
