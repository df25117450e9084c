"""Masks grown, shrunk, moved and thinned out, by a number of pixels.

Dilation and erosion after Serra, "Image Analysis and Mathematical Morphology", 1982, with a Euclidean disc.
`seg.labels.png` hands these on: `from seg.labels.png import dilate` works too.
"""

import math

import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from seg.classes import IGNORE


def dilate(mask: np.ndarray, n: int) -> np.ndarray:
    """The mask grown by n px: every pixel whose centre is at most n px (Euclidean) from the centre of a mask pixel.

    mask: HxW, any nonzero value counts as inside. Returns HxW bool. n = 0 changes nothing. The structuring element is
    the disc row² + column² <= n². Raises ValueError when mask is not HxW or n is negative.

    Row by row instead of a distance transform: where is the nearest mask pixel in this row? A pixel is reached from
    the row dy away when that distance is at most sqrt(n² - dy²).

    >>> dilate([[0, 0, 0], [0, 1, 0], [0, 0, 0]], 1).astype(int).tolist()
    [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    """
    mask = _mask(mask)
    if n < 0 or n != int(n):
        raise ValueError(f"n is a number of pixels, 0 or more; got {n}.")
    height, width = mask.shape
    n = min(int(n), math.isqrt(height**2 + width**2) + 1)  # the whole picture is within reach
    aside = _distance_in_row(mask)
    result = aside <= n
    for dy in range(1, min(n, height - 1) + 1):
        reached = aside <= math.isqrt(n * n - dy * dy)
        result[dy:] |= reached[:-dy]
        result[:-dy] |= reached[dy:]
    return result


def erode(mask: np.ndarray, n: int) -> np.ndarray:
    """The mask shrunk by n px: what is left when everything within n px of a pixel outside the mask goes.

    Arguments and errors as for `dilate`. The picture's edge takes nothing away: what lies beyond it counts as inside.

    >>> erode([[1, 1, 1], [1, 1, 1], [1, 1, 0]], 1).astype(int).tolist()
    [[1, 1, 1], [1, 1, 0], [1, 0, 0]]
    """
    return ~dilate(~_mask(mask), n)


def shift(labels: np.ndarray, rows: int, cols: int, fill: int = 0) -> np.ndarray:
    """The label map (or mask) HxW moved down by rows and right by cols px, negative: up and left; fill where it left.

    >>> shift(np.array([[1, 2], [3, 4]]), 1, 0).tolist()
    [[0, 0], [1, 2]]
    """
    labels = _plane(labels)
    result = np.full_like(labels, fill)
    height, width = labels.shape
    if abs(rows) < height and abs(cols) < width:
        source = labels[max(-rows, 0) : height - max(rows, 0), max(-cols, 0) : width - max(cols, 0)]
        result[max(rows, 0) : height + min(rows, 0), max(cols, 0) : width + min(cols, 0)] = source
    return result


def erase_thin(labels: np.ndarray, width: int) -> np.ndarray:
    """The label map without parts thinner than width px: they become background (0). An opening of every class.

    A pixel keeps its class when some width x width square of pixels, inside the picture, holds it and is all of its
    class. Background and 255 (unsure) stay as they are. labels: HxW uint8; width: 1 (nothing goes) or more, px.
    Returns HxW uint8. Raises ValueError when labels is not HxW or width is under 1.

    >>> erase_thin(np.array([[5, 5, 0, 0], [5, 5, 5, 5]], np.uint8), 2).tolist()
    [[5, 5, 0, 0], [5, 5, 0, 0]]
    """
    labels = _plane(labels)
    if width < 1 or width != int(width):
        raise ValueError(f"width is a number of pixels, 1 or more; got {width}.")
    width = int(width)
    keep = (labels == 0) | (labels == IGNORE)
    if width <= min(labels.shape):
        lowest, highest = labels, labels
        for axis in (0, 1):
            lowest = _windows(minimum_filter1d, lowest, width, axis)
            highest = _windows(maximum_filter1d, highest, width, axis)
        solid = np.pad(lowest == highest, width - 1).astype(np.uint8)  # by a square's top left corner
        for axis in (0, 1):
            solid = _windows(maximum_filter1d, solid, width, axis)
        keep |= solid.astype(bool)
    return np.where(keep, labels, labels.dtype.type(0))


def _windows(reduce, array, size, axis):
    """reduce over every run of size cells along axis that lies inside: N cells -> N - size + 1."""
    cells = slice(size // 2, size // 2 + array.shape[axis] - size + 1)
    return reduce(array, size, axis)[(slice(None),) * axis + (cells,)]


def _distance_in_row(mask):
    """HxW int32: columns to the nearest mask pixel of the same row; more than any picture's width when it has none."""
    far = 1 << 29
    column = np.arange(mask.shape[1], dtype=np.int32)
    before = np.maximum.accumulate(np.where(mask, column, np.int32(-far)), axis=1)
    after = np.minimum.accumulate(np.where(mask, column, np.int32(far))[:, ::-1], axis=1)[:, ::-1]
    return np.minimum(column - before, after - column)


def _plane(array):
    array = np.asarray(array)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"A mask has the shape HxW; got {'x'.join(map(str, array.shape)) or 'a single number'}.")
    return array


def _mask(array):
    return _plane(array).astype(bool)
