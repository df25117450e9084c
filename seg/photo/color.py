"""Colours as the file means them -> sRGB, as browsers show them."""

import io
from functools import cache

import numpy as np
from PIL import Image, ImageCms

SCREEN_GAMMA = 1 / 2.2  # a PNG's gAMA within 5 % of it is taken for sRGB's, as libpng does
SAME = 0.05
MODES = {"RGB ": "RGB", "GRAY": "L"}  # an ICC profile's colour space -> Pillow's mode


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.createProfile("sRGB")


def to_srgb(pixels: np.ndarray, profile: bytes) -> np.ndarray:
    """HxWx3 uint8 in the colours of an ICC profile -> HxWx3 uint8 sRGB (relative colorimetric).

    A profile that cannot be read, or that is of other colours than the pixels (CMYK's), is ignored.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = MODES.get(source.profile.xcolor_space)
        if (mode == "L" and not ((pixels == pixels[..., :1]).all())) or mode is None:
            return pixels
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        transform = ImageCms.buildTransform(source, _srgb(), mode, "RGB", intent)
        image = Image.fromarray(pixels if mode == "RGB" else np.ascontiguousarray(pixels[..., 0]))
        return np.array(ImageCms.applyTransform(image, transform))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return pixels


def apply_gamma(pixels: np.ndarray, gamma: float) -> np.ndarray:
    """HxWx3 uint8 of a PNG with that gAMA -> sRGB: v ** (1 / gamma) is light, which sRGB's curve encodes again
    (IEC 61966-2-1). 0, and what is within 5 % of 1 / 2.2, changes nothing.
    """
    if gamma <= 0 or abs(gamma / SCREEN_GAMMA - 1) < SAME:
        return pixels
    light = (np.arange(256) / 255) ** (1 / gamma)
    shades = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255 * shades).astype(np.uint8)[pixels]
