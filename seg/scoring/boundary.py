"""The pixels near outlines, which boundary IoU compares: `boundary_bands`, for all classes of a label map in one pass.

Source: Cheng, Girshick, Dollar, Berg, Kirillov, "Boundary IoU: Improving Object-Centric Image Segmentation
Evaluation", CVPR 2021. The IoU of two bands is counted like any other, in `seg.scoring.metrics`.
"""

import math

import numpy as np

from seg.compiled import compiled

BOUNDARY_RATIO = 0.02  # of the photo's diagonal: the default of the authors' own code


def boundary_width(height: int, width: int) -> int:
    """How many pixels deep boundary IoU looks: 2 % of the diagonal, rounded, at least 1.

    >>> boundary_width(300, 400), boundary_width(4, 4)    # 2 % of 500
    (10, 1)
    """
    return max(1, round(BOUNDARY_RATIO * math.hypot(height, width)))


def boundary_bands(labels: np.ndarray, distance: int) -> np.ndarray:
    """The label map with every pixel deep inside its class set to 255; pixels near an outline keep their label.

    labels: HxW uint8. distance: pixels, at least 1. Returns HxW uint8. Raises ValueError for anything else.

    A pixel is deep inside when all pixels up to `distance` rows and columns away (a square) carry its label and are in
    the photo: the photo's border is an outline too. That is the mask minus its erosion of the authors' own code
    (`distance` rounds of a 3x3 erosion, zeros around the photo), for all classes at once, in one pass.

    >>> boundary_bands(np.zeros((3, 5), np.uint8), 1)
    array([[  0,   0,   0,   0,   0],
           [  0, 255, 255, 255,   0],
           [  0,   0,   0,   0,   0]], dtype=uint8)
    """
    if not isinstance(labels, np.ndarray) or labels.ndim != 2 or labels.dtype != np.uint8 or distance < 1:
        got = f"{labels.shape} {labels.dtype}" if isinstance(labels, np.ndarray) else type(labels).__name__
        raise ValueError(f"need a label map HxW uint8 and a distance of at least 1, got {got} and {distance!r}")
    return _bands(np.ascontiguousarray(labels), int(distance))


@compiled
def _bands(labels, distance):
    height, width = labels.shape
    bands = labels.copy()
    side = 2 * distance + 1
    uniform = np.empty(width, np.uint8)  # this row: the label of the run that reaches `distance` both ways, or 255
    above = np.full(width, 255, np.uint8)  # the same for the row before
    rows = np.zeros(width, np.int32)  # for how many rows in a row `uniform` has had this value
    for y in range(height):
        uniform[:] = 255
        start = 0
        for x in range(1, width + 1):
            if x == width or labels[y, x] != labels[y, start]:
                if x - start >= side:
                    uniform[start + distance : x - distance] = labels[y, start]
                start = x
        for x in range(width):
            rows[x] = (rows[x] if uniform[x] == above[x] else 0) + 1
            above[x] = uniform[x]
        if y >= side - 1:
            for x in range(width):
                if rows[x] >= side and uniform[x] != 255:
                    bands[y - distance, x] = 255
    return bands
