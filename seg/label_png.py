"""Reading and writing label maps as indexed PNG files.

A label map is HxW uint8, class ids 0 to 20 of `seg.classes`, 255 for "unsure".
"""

import io
import struct

import numpy as np
from PIL import Image

from seg.classes import COUNT, IGNORE, PALETTE
from seg.labels.codec import MAX_PIXELS, check_label_map
from seg.photo import containers
from seg.photo.limits import DamagedError, read_size, sniff
from seg.photo.pixels import png_values

VOC_IDS = {tuple(PALETTE[i].tolist()): i for i in (*range(COUNT), IGNORE)}
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

    A palette of VOC's colours in another order, as optimisers leave it, is read by its colours. Raises ValueError, in
    one sentence for the visitor, when the file is not such a PNG, is damaged, has more than MAX_BYTES or MAX_PIXELS, or
    holds a value that is no class. The header is checked before pixels are decoded, and only the parts that carry
    pixels are (see `seg.photo.containers`).
    """
    if sniff(data) != "PNG":
        raise ValueError(f"This mask is not a PNG file: please use {WANTED}.")
    if len(data) > MAX_BYTES:
        raise ValueError(f"This mask file has more than {MAX_BYTES // 10**6} MB: please use {WANTED}.")
    try:
        height, width = read_size(data, "PNG")
        depth, color = data[24], data[25]
        if color != 3 and (depth, color) != (8, 0):
            raise ValueError(f"This PNG holds colours or shades, not class ids: please use {WANTED}.")
        if height * width > MAX_PIXELS:
            raise ValueError(
                f"This mask is {width:,} x {height:,} pixels; the limit is {MAX_PIXELS // 10**6} million pixels."
            )
        picture = containers.png(data)
        labels = png_values(picture)
    except (DamagedError, IndexError, struct.error) as error:
        raise ValueError(f"This mask file is damaged or incomplete: please use {WANTED}.") from error
    return check_label_map(_by_colors(labels, picture.palette) if color == 3 else labels)


def _by_colors(indices: np.ndarray, palette: bytes) -> np.ndarray:
    """HxW palette indices -> class ids. The index is the id, unless all colours in use are VOC's, each another, and of
    other classes than their indices: then somebody renumbered the palette, and the colours say what is meant.

    Raises ValueError where some colours are VOC's of other classes and others are none of VOC's: either may be meant.
    """
    colors = [tuple(palette[3 * i : 3 * i + 3]) for i in range(len(palette) // 3)]
    used = np.unique(indices).tolist()
    ids = [VOC_IDS.get(colors[i]) if i < len(colors) else None for i in used]
    known = [found for found in ids if found is not None]
    moved = [found for i, found in zip(used, ids, strict=True) if found is not None and found != i]
    if not moved or len(set(known)) < len(known):
        return indices
    if None in ids:
        if not any(moved):  # black alone: anybody's colour
            return indices
        raise ValueError(
            "This mask's palette has VOC's colours at other numbers beside colours that are none of VOC's, so that its "
            f"classes are unclear: please use {WANTED}."
        )
    table = np.arange(256, dtype=np.uint8)
    table[used] = ids
    return table[indices]
