"""A rebuilt image file (`seg.photo.limits`) -> its pixels. The only calls of image decoders on what a visitor sent.

Which decoder, and why (tried with torchvision 0.29 and Pillow 12, thousands of mutated files each):
- JPEG, WebP, GIF: `torchvision.io`, a thin layer over libjpeg-turbo, libwebp and giflib. Gradio holds Pillow below 13,
  and Pillow's JPEG decoder before 13 has known overflows (GHSA-8g5g-8vmr-9782, GHSA-5x8w-8jj5-q52h); torchvision's is
  twice as fast besides. Gray and CMYK come out right (Adobe's inverted kind, the only one in circulation; browsers
  assume it too), and truncated files are refused. It refuses animated WebP, would decode every frame of an animated
  GIF, and trusts a GIF's pixels to lie inside its colour table: the rebuilt file has one frame and a full table.
- PNG: Pillow, which has no advisory there. torchvision's `decode_png` ends the whole process on a file whose
  compressed rows are broken (an error jumps over live C++ objects), and returns memory that was never written for some
  palettes. (Its JPEG reader leaves by the same kind of jump, but no damaged file made it fail.) Pillow drops the one
  transparent colour of a PNG without palette on the way to RGB: it is painted white here.
`torchvision.io`'s decoders are marked deprecated from 0.29 on; when they go, `decode` is the one function to change.
"""

import io

import numpy as np
import torch
import torchvision
from PIL import Image

from seg.photo.limits import DamagedError, Parts

ROWS = 256  # rows worked on at a time where a step needs wider numbers than uint8


def decode(kind: str, parts: Parts) -> np.ndarray:
    """The pixels of a rebuilt file of the given format: HxWx3 RGB or HxWx4 RGBA uint8, as stored (not turned upright).

    Raises DamagedError when they cannot be decoded, or are not as many as the header says; MemoryError.
    """
    if kind == "PNG":
        return _png(parts)
    data = torch.frombuffer(bytearray(parts.rebuilt), dtype=torch.uint8)
    try:
        if kind == "JPEG":
            tensor = torchvision.io.decode_jpeg(data, mode="RGB")
        elif kind == "WebP":
            tensor = torchvision.io.decode_webp(data)
        else:
            tensor = torchvision.io.decode_gif(data)
    except RuntimeError as error:
        if "allocate memory" in str(error):  # torch's own word for it
            raise MemoryError from error
        raise DamagedError("the pixels cannot be decoded") from error
    return _checked(tensor.permute(1, 2, 0).numpy(), parts)  # CxHxW -> HxWxC


def png_values(parts: Parts) -> np.ndarray:
    """The numbers in a rebuilt PNG: indices where it has a palette (HxW uint8), else gray (HxW uint8, or uint16 for 16
    bits), gray and alpha, RGB or RGBA (HxWxC uint8; of 16 bits the high byte). Raises DamagedError as `decode` does.
    """
    try:
        with Image.open(io.BytesIO(parts.rebuilt), formats=["PNG"]) as image:
            values = np.array(image.convert("L") if image.mode == "1" and not parts.palette else image)
    except (OSError, SyntaxError) as error:
        raise DamagedError("the pixels cannot be decoded") from error
    return _checked(values if values.dtype == np.uint8 else values.astype(np.uint16), parts)


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


def _png(parts: Parts) -> np.ndarray:
    """HxWx3 or HxWx4 uint8 of a rebuilt PNG: palette looked up, gray spread, the transparent colour made white."""
    values = png_values(parts)
    if parts.palette:
        return np.array(parts.palette, np.uint8)[values]
    values = values.reshape(*values.shape[:2], -1)
    pixels = to_8_bits(values)
    if pixels.shape[2] < 3:  # gray, or gray and alpha
        pixels = np.concatenate([pixels[..., :1]] * 3 + [pixels[..., 1:]], axis=2)
    if parts.transparent:
        pixels[(values == np.array(parts.transparent)).all(axis=2)] = 255
    return pixels


def _checked(pixels: np.ndarray, parts: Parts) -> np.ndarray:
    if pixels.shape[:2] != (parts.height, parts.width):
        raise DamagedError("the pixels are not of the size in the header")
    return pixels
