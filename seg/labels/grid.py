"""Pixels by row and column: whether one is in a photo, and where they lie on the coarser grid of a network's scores."""

import operator

import numpy as np


def check_pixel(
    place, height: int, width: int, name: str, of: str = "image", axes: str = "row, col"
) -> tuple[int, int]:
    """A place as two whole numbers, (row, col) of an image of that size. Raises ValueError about `name` for another.

    of, axes: what the sentence calls the image, and rows and columns.

    >>> check_pixel((np.uint8(2), 3), 3, 4, "seed")
    (2, 3)
    """
    try:
        row, col = map(operator.index, place)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be two whole numbers ({axes}), got {place!r}") from None
    if not (0 <= row < height and 0 <= col < width):
        raise ValueError(
            f"{name} must lie in the {of}, rows 0 to {height - 1} and columns 0 to {width - 1}, got ({row}, {col})"
        )
    return row, col


def positions(points: int, pixels: int, align_corners: bool) -> tuple[np.ndarray, np.ndarray]:
    """Where pixels lie along one side of the grid: (index of the point before, share of the point after), per pixel.

    >>> positions(3, 5, True)
    (array([0, 0, 1, 1, 1], dtype=int32), array([0. , 0.5, 0. , 0.5, 1. ], dtype=float32))
    """
    place = np.arange(pixels, dtype=np.float32)
    if align_corners:
        place *= np.float32((points - 1) / max(1, pixels - 1))
    else:
        place = ((place + np.float32(0.5)) * np.float32(points / pixels) - np.float32(0.5)).clip(0, points - 1)
    before = np.minimum(place.astype(np.int32), max(0, points - 2))
    return before, place - before.astype(np.float32)
