"""Shapes in label maps: thin parts erased (an opening of every class), and the innermost pixel of a mask."""

import numpy as np
from scipy.ndimage import distance_transform_edt, maximum_filter1d, minimum_filter1d

from seg.classes import IGNORE


def erase_thin(labels: np.ndarray, width: int) -> np.ndarray:
    """The label map without parts thinner than width px: they become background (0). An opening with a square.

    A pixel keeps its class when some width x width square of pixels, inside the picture, holds it and is all of its
    class. Background and 255 (unsure) stay as they are. labels: HxW uint8; width: 1 (nothing goes) or more, px.
    Returns HxW uint8. Raises ValueError when labels is not HxW or width is under 1.

    >>> erase_thin(np.array([[5, 5, 0, 0], [5, 5, 5, 5]], np.uint8), 2).tolist()
    [[5, 5, 0, 0], [5, 5, 0, 0]]
    """
    labels = np.asarray(labels)
    if labels.ndim != 2 or not labels.size:
        raise ValueError(f"A mask has the shape HxW; got {'x'.join(map(str, labels.shape)) or 'a single number'}.")
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


def innermost(mask: np.ndarray) -> tuple[int, int, int]:
    """(row, column) of the pixel of a mask that is furthest from everything outside it, and how far that is in whole
    pixels; a number written there is legible. Outside the array is outside the mask.

    mask: HxW bool, not empty.

    >>> innermost(np.array([[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 0]], bool))
    (1, 1, 2)
    """
    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return int(row), int(column), int(depth.max())


def _windows(reduce, array, size, axis):
    """reduce over every run of size cells along axis that lies inside: N cells -> N - size + 1."""
    cells = slice(size // 2, size // 2 + array.shape[axis] - size + 1)
    return reduce(array, size, axis)[(slice(None),) * axis + (cells,)]
