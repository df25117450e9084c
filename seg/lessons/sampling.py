"""The network's scores at chosen pixels of the photo: the network itself answers for the cells of its own grid."""

import numpy as np


def grid_of(
    height: int, width: int, cells_down: int, cells_across: int, align_corners: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """(rows, columns): the photo's pixels nearest to the centres of the network's cells.

    align_corners: True where the first and last centres lie on the photo's corners; False where the cells are equal
    blocks that fill the photo.

    >>> [side.tolist() for side in grid_of(9, 5, 3, 2)]
    [[0, 4, 8], [0, 4]]
    >>> [side.tolist() for side in grid_of(9, 6, 3, 2, align_corners=False)]
    [[1, 4, 7], [1, 4]]
    """
    pixels = []
    for side, cells in ((height, cells_down), (width, cells_across)):
        centres = np.linspace(0, side - 1, cells) if align_corners else (np.arange(cells) + 0.5) * side / cells - 0.5
        pixels.append(np.rint(centres).clip(0, side - 1).astype(np.intp))
    return tuple(pixels)


def scores_at(
    scores: np.ndarray, height: int, width: int, rows: np.ndarray, columns: np.ndarray, align_corners: bool = True
) -> np.ndarray:
    """21xhxw logits -> 21xRxC float32 logits at the photo's pixels rows x columns.

    Bilinear, as `torch.nn.functional.interpolate` to height x width with the same `align_corners`, for those pixels
    only.
    """
    wide = scores.astype(np.float32)
    for axis, pixels, side in ((1, rows, height), (2, columns, width)):
        cells = wide.shape[axis]
        if align_corners:
            at = pixels * ((cells - 1) / max(1, side - 1))
        else:
            at = np.maximum(0, (pixels + 0.5) * (cells / side) - 0.5)
        low = np.minimum(at.astype(np.intp), max(0, cells - 2))
        part = np.minimum(at - low, 1).astype(np.float32).reshape((-1, 1) if axis == 1 else (-1,))
        first, second = wide.take(low, axis), wide.take(np.minimum(low + 1, cells - 1), axis)
        wide = first + part * (second - first)
    return wide
