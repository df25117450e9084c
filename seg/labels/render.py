"""Pictures of label maps: the overlay on a photo, and the boundaries between labels."""

import numpy as np

from seg.classes import PALETTE
from seg.labels.codec import check_label_map


def overlay(photo: np.ndarray, labels: np.ndarray, opacity: float, palette: np.ndarray = PALETTE) -> np.ndarray:
    """The class colours over the photo: (1 - opacity) photo + opacity colour, background being black.

    photo: HxWx3 uint8 RGB; labels: HxW uint8; opacity: 0 (photo alone) to 1 (colours alone), kept to 1/256;
    palette: 256x3 uint8, the colour of each value.
    Returns HxWx3 uint8. Raises ValueError when the two differ in size or opacity is outside 0 to 1.
    """
    labels = check_label_map(labels)
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
    labels = check_label_map(labels)
    result = np.zeros(labels.shape, bool)
    below, right = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    result[1:] |= below
    result[:-1] |= below
    result[:, 1:] |= right
    result[:, :-1] |= right
    return result
