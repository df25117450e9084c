"""How far the network's opinion of a pixel is from its opinion of the seed: the measure of "similar" without colours.

An opinion is the softmax of the 21 scores: 100 points, dealt out among the classes. The distance of two opinions is
their total variation, half the sum of the absolute differences, x 100. That is the number of points that would have to
move from class to class to turn one opinion into the other: 0 for the same opinion, 100 where they share no class. So
tau can be said in a sentence: let a pixel in while at most tau of the network's 100 points are dealt out otherwise than
at the seed. The Euclidean distance has no such reading; the Kullback-Leibler divergence has two directions and no end.
"""

import math

import numpy as np

from seg.compiled import compiled
from seg.labels.grid import positions


def points_from_seed(
    scores: np.ndarray, seed: tuple[int, int], height: int, width: int, align_corners: bool = True
) -> np.ndarray:
    """HxW float64, 0 to 100: the total variation x 100 between the softmax at each pixel and that at the seed.

    scores: Cxhxw finite logits. They are upsampled bilinearly to height x width as for the labels
    (`seg.models.postprocess.scores_to_labels`), then follows the softmax. seed: (row, col), inside.

    >>> shares = np.array([[[0.9, 0.7, 0.5]], [[0.1, 0.1, 0.5]], [[1e-9, 0.2, 1e-9]]])    # of 3 classes at 3 pixels
    >>> points_from_seed(np.log(shares), (0, 0), 1, 3).round(3)         # 20 points moved, then 40
    array([[ 0., 20., 40.]])
    """
    grid = np.array(np.asarray(scores).transpose(1, 2, 0), np.float64, order="C")  # a point's classes side by side
    rows, columns = positions(grid.shape[0], height, align_corners), positions(grid.shape[1], width, align_corners)
    return _points(grid, *rows, *columns, *seed)


@compiled
def _points(grid, row, down, column, right, seed_row, seed_column):
    """row, down and column, right: `positions` of the rows and columns."""
    there, here = np.empty(grid.shape[2]), np.empty(grid.shape[2])
    _opinion(grid, row[seed_row], down[seed_row], column[seed_column], right[seed_column], there)
    points = np.empty((len(row), len(column)))
    for y in range(len(row)):
        for x in range(len(column)):
            _opinion(grid, row[y], down[y], column[x], right[x], here)
            total = 0.0
            for c in range(len(here)):
                total += abs(here[c] - there[c])
            points[y, x] = min(50 * total, 100.0)
    return points


@compiled
def _opinion(grid, i, down, j, right, shares):
    """Write the softmax between four points of the grid to shares."""
    i1, j1 = min(i + 1, grid.shape[0] - 1), min(j + 1, grid.shape[1] - 1)
    best = -np.inf
    for c in range(len(shares)):
        upper = grid[i, j, c] * (1 - right) + grid[i, j1, c] * right
        lower = grid[i1, j, c] * (1 - right) + grid[i1, j1, c] * right
        shares[c] = upper * (1 - down) + lower * down
        best = max(best, shares[c])
    total = 0.0
    for c in range(len(shares)):
        shares[c] = math.exp(shares[c] - best)
        total += shares[c]
    for c in range(len(shares)):
        shares[c] /= total
