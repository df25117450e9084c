"""Label maps in and out: indexed PNG, overlay, legend, blobs and boundaries.

A label map is HxW uint8, class ids 0 to 20 of `seg.classes`, 255 for "unsure". The morphology of `seg.morphology` and
the browser's payloads of `seg.payload` can be imported from here as well.
"""

import io

import numpy as np
from PIL import Image
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from seg.classes import CLASSES, COUNT, IGNORE, PALETTE
from seg.imagefile import DamagedError, read_header, read_parts, sniff
from seg.morphology import dilate, erase_thin, erode, shift
from seg.payload import MAX_PIXELS, bytes_plane, pack, pack_smooth, unpack, unpack_smooth
from seg.pixels import png_values

__all__ = [
    "boundaries",
    "count_blobs",
    "decode_png",
    "describe",
    "dilate",
    "encode_png",
    "erase_thin",
    "erode",
    "overlay",
    "pack",
    "pack_smooth",
    "shift",
    "unpack",
    "unpack_smooth",
]

MAX_BYTES = 20_000_000  # of a mask file
WANTED = "an indexed or 8-bit grayscale PNG whose values are class ids: 0 to 20, or 255 for unsure"


# Files


def encode_png(labels: np.ndarray) -> bytes:
    """The label map as an indexed PNG: VOC colours, value = class id, no metadata. `decode_png` gives it back."""
    file = io.BytesIO()
    picture = Image.fromarray(_label_map(labels))
    picture.putpalette(PALETTE.tobytes())  # makes it indexed
    picture.save(file, "PNG")
    return file.getvalue()


def decode_png(data: bytes) -> np.ndarray:
    """The label map HxW uint8 in a mask file: a PNG, indexed (the index is the class id) or 8-bit grayscale.

    The palette's colours are not looked at. Raises ValueError, in one sentence for the visitor, when the file is not
    such a PNG, is damaged, has more than MAX_BYTES or MAX_PIXELS, or holds a value that is no class. The header is
    checked before pixels are decoded, and only the parts that carry pixels are (see `seg.imagefile`).
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
    return _label_map(labels)


# To look at


def overlay(photo: np.ndarray, labels: np.ndarray, opacity: float, palette: np.ndarray = PALETTE) -> np.ndarray:
    """The class colours over the photo: (1 - opacity) photo + opacity colour, background being black.

    photo: HxWx3 uint8 RGB; labels: HxW uint8; opacity: 0 (photo alone) to 1 (colours alone), kept to 1/256;
    palette: 256x3 uint8, the colour of each value.
    Returns HxWx3 uint8. Raises ValueError when the two differ in size or opacity is outside 0 to 1.
    """
    labels = _label_map(labels)
    if photo.shape != (*labels.shape, 3) or photo.dtype != np.uint8:
        raise ValueError(
            f"The photo must be {labels.shape} x 3 uint8 like its labels; got {photo.shape} {photo.dtype}."
        )
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity lies between 0 and 1; got {opacity}.")
    weight = round(opacity * 256)
    paint = palette.astype(np.uint16) * weight + 128  # one entry per class; 128 rounds
    blended = photo.astype(np.uint16)
    blended *= 256 - weight
    blended += paint[labels]  # at most 255 x 256 + 128
    blended >>= 8
    return blended.astype(np.uint8)


def boundaries(labels: np.ndarray) -> np.ndarray:
    """HxW bool: pixels with another label above, below, left or right of them. Both sides of a border count.

    >>> boundaries(np.array([[7, 7, 7, 8]], np.uint8)).astype(int).tolist()
    [[0, 0, 1, 1]]
    """
    labels = _label_map(labels)
    result = np.zeros(labels.shape, bool)
    below, right = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    result[1:] |= below
    result[:-1] |= below
    result[:, 1:] |= right
    result[:, :-1] |= right
    return result


# To count


def describe(labels: np.ndarray) -> list[dict]:
    """The legend of a label map: one entry per class found, most pixels first, as plain types for JSON.

    Each is {id, name, color: "#rrggbb", pixels, share: of all pixels, 0 to 1, blobs: see `count_blobs`}. Pixels of
    value 255 (unsure) have no entry, so shares sum to 1 only without them.

    >>> describe(np.array([[0, 0, 13, 0]], np.uint8))[1]
    {'id': 13, 'name': 'horse', 'color': '#c00080', 'pixels': 1, 'share': 0.25, 'blobs': 1}
    """
    labels = _label_map(labels)
    pixels = np.bincount(labels.ravel(), minlength=256).tolist()
    blobs = count_blobs(labels)
    return [
        {
            "id": found.id,
            "name": found.name,
            "color": "#{:02x}{:02x}{:02x}".format(*found.color),
            "pixels": pixels[found.id],
            "share": pixels[found.id] / labels.size,
            "blobs": blobs[found.id],
        }
        for found in sorted(CLASSES, key=lambda c: -pixels[c.id])
        if pixels[found.id]
    ]


def count_blobs(labels: np.ndarray) -> dict[int, int]:
    """{class id: number of blobs} of the classes present, 255 left out. A blob is an 8-connected region of one label:
    touching individuals of a class are one blob, which is what semantic labels cannot tell apart.

    Runs of equal pixels in a row are the nodes of a graph, with an edge where two runs of one label touch in
    neighbouring rows (He et al., "Fast connected-component labeling", Pattern Recognition 2009); all classes at once.

    >>> count_blobs(np.array([[3, 0, 3], [0, 3, 0]], np.uint8))
    {0: 1, 3: 1}
    """
    labels = _label_map(labels)
    height, width = labels.shape
    begins = np.ones((height, width), bool)  # a run begins here
    begins[:, 1:] = labels[:, 1:] != labels[:, :-1]
    first = np.flatnonzero(begins)
    value = labels.ravel()[first]
    row, start = np.divmod(first, width)
    end = np.append(first[1:], labels.size) - row * width  # exclusive: the column where the next run begins
    # Runs of the next row that touch [start, end), corners included, are those with end >= start and start <= end.
    # A row takes 2 x width + 2 numbers on one axis, so that a search does not run over into another row.
    step = 2 * width + 2
    low = np.searchsorted(row * step + end, (row + 1) * step + start, "left")
    high = np.searchsorted(row * step + start, (row + 1) * step + end, "right")
    touching = np.maximum(high - low, 0)
    above = np.repeat(np.arange(len(first)), touching)
    below = np.arange(len(above)) - np.repeat(np.cumsum(touching) - touching, touching) + np.repeat(low, touching)
    same = value[above] == value[below]
    above, below = above[same], below[same]
    graph = coo_matrix((np.ones(len(above), bool), (above, below)), shape=(len(first), len(first)))
    count, member = connected_components(graph, directed=False)
    blob_value = np.empty(count, np.uint8)
    blob_value[member] = value
    blobs = np.bincount(blob_value, minlength=256)
    return {int(i): int(blobs[i]) for i in np.flatnonzero(blobs[:COUNT])}


def _label_map(labels: np.ndarray) -> np.ndarray:
    """The array itself, when it is HxW uint8 and every value is a class id or 255."""
    labels = bytes_plane(labels)
    wrong = (labels >= COUNT) & (labels != IGNORE)
    if wrong.any():
        raise ValueError(
            f"This mask holds the value {labels[wrong][0]}; values are class ids 0 to 20, or 255 for unsure."
        )
    return labels
