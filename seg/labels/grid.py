"""Where the pixels of a photo lie on the coarser grid of a network's scores."""

import numpy as np


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
