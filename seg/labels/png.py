"""Reading and writing label maps as indexed PNG files.

A label map is HxW uint8, class ids 0 to 20 of `seg.classes`, 255 for "unsure".
"""

import io

import numpy as np
from PIL import Image

from seg.classes import PALETTE
from seg.labels.codec import MAX_PIXELS, check_label_map
from seg.photo.limits import DamagedError, read_header, read_parts, sniff
from seg.photo.pixels import png_values

MAX_BYTES = 20_000_000  # of a mask file
WANTED = "an indexed or 8-bit grayscale PNG whose values are class ids: 0 to 20, or 255 for unsure"


def encode_png(labels: np.ndarray) -> bytes:
    """The label map as an indexed PNG: VOC colours, value = class id, no metadata. `decode_png` gives it back."""
    file = io.BytesIO()
    picture = Image.fromarray(check_label_map(labels))
    picture.putpalette(PALETTE.tobytes())  # makes it indexed
    picture.save(file, "PNG")
    return file.getvalue()


def decode_png(data: bytes) -> np.ndarray:
    """The label map HxW uint8 in a mask file: a PNG, indexed (the index is the class id) or 8-bit grayscale.

    The palette's colours are not looked at. Raises ValueError, in one sentence for the visitor, when the file is not
    such a PNG, is damaged, has more than MAX_BYTES or MAX_PIXELS, or holds a value that is no class. The header is
    checked before pixels are decoded, and only the parts that carry pixels are (see `seg.photo.limits`).
    """
    if sniff(data) != "PNG":
        raise ValueError(f"This mask is not a PNG file: please use {WANTED}.")
    if len(data) > MAX_BYTES:
        raise ValueError(f"This mask file has more than {MAX_BYTES // 10**6} MB: please use {WANTED}.")
    try:
        width, height = read_header(data, "PNG")
        depth, color = data[24], data[25]
        if color != 3 and (depth, color) != (8, 0):
            raise ValueError(f"This PNG holds colours or shades, not class ids: please use {WANTED}.")
        if height * width > MAX_PIXELS:
            raise ValueError(
                f"This mask is {width:,} x {height:,} pixels; the limit is {MAX_PIXELS // 10**6} million pixels."
            )
        labels = png_values(read_parts(data, "PNG"))
    except (DamagedError, IndexError) as error:
        raise ValueError(f"This mask file is damaged or incomplete: please use {WANTED}.") from error
    return check_label_map(labels)
