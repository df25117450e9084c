"""Scores to labels: bilinear upsampling, argmax and the winner's softmax, in one pass that never makes the full scores.

The scores lie on a coarse grid. In a cell, between four neighbouring grid points, every class is a bilinear surface
between the smallest and the largest of its four corners, so a class whose largest corner is below the best smallest
corner (the cell's floor) cannot win there. The classes that can win are compared pixel by pixel. Of the others only the
sum of their exponentials matters, for the softmax: most are so far below, or so flat, that the exponentials of their
corners, interpolated, serve as well. Those are added up first and interpolated together.

The bound on the confidence 1 / sum, where exp(floor) counts as 1 and the sum is therefore at least 1: of a surface that
rises by dx and dy across its cell, the interpolated exponential is off by at most (dx^2 + dy^2) / 8, and by 1, times
its largest. Classes are added up so while all their errors come to less than BUDGET, which is 0.6 of 255 steps; what
`exp_below` is off by comes to less than 0.3 with 20 classes. Rounded, the confidence differs by one step at most.
"""

from functools import partial

import numpy as np
from scipy.special import softmax

from seg.classes import COUNT
from seg.compiled import compiled
from seg.labels.grid import positions

BUDGET = np.float32(0.6 / 255)
STEEP = np.float32(60)  # logits between a cell's floor and its highest corner: beyond, exponentials overflow
BLOCK = 256  # pixels of a cell that are worked on at once: they stay in the processor's cache
vectorised = partial(compiled, fastmath={"contract"})  # a * b + c in one instruction, rounded once


def scores_to_labels(
    scores: np.ndarray, height: int, width: int, align_corners: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """21xhxw finite logits, float16 or float32 -> (labels, confidence), both HxW uint8.

    labels: argmax of the logits upsampled bilinearly to height x width. confidence: their softmax for that class x 255,
    rounded, within 1. align_corners: where the grid lies under the photo, as in `torch.nn.functional.interpolate`.
    Runs without Python's lock, on one core.
    """
    grid = np.array(np.asarray(scores).transpose(1, 2, 0), np.float32, order="C")  # a point's classes side by side
    labels, confidence = np.empty((2, height, width), np.uint8)
    rows, columns = positions(grid.shape[0], height, align_corners), positions(grid.shape[1], width, align_corners)
    peaks = grid.max(2)
    label_cells(grid, peaks, np.exp(grid - peaks[..., None]), *rows, *columns, labels, confidence)
    return labels, confidence


def softmax_at(
    scores: np.ndarray,
    wanted: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    height: int,
    width: int,
    align_corners: bool = True,
) -> np.ndarray:
    """The softmax of class wanted[i] at pixel (rows[i], columns[i]) x 255, rounded, uint8: of the same logits upsampled
    to height x width as in `scores_to_labels`. For a few pixels."""
    grid = np.asarray(scores, np.float32)
    before, down = (part[rows] for part in positions(grid.shape[1], height, align_corners))
    first, right = (part[columns] for part in positions(grid.shape[2], width, align_corners))
    after, second = np.minimum(before + 1, grid.shape[1] - 1), np.minimum(first + 1, grid.shape[2] - 1)
    upper = grid[:, before, first] * (1 - right) + grid[:, before, second] * right
    lower = grid[:, after, first] * (1 - right) + grid[:, after, second] * right
    shares = softmax(upper * (1 - down) + lower * down, axis=0)
    return np.rint(255 * shares[wanted, np.arange(len(wanted))]).astype(np.uint8)


@compiled
def label_cells(grid, peaks, exponentials, row, down, column, right, labels, confidence):
    """Write labels and confidence, HxW uint8. row, down and column, right: `positions` of their rows and columns.

    grid: hxwx21 float32; peaks: its maximum over the classes; exponentials: exp(grid - peaks).
    """
    height, width = labels.shape
    kept = np.empty(grid.shape[2], np.int32)
    size = max(width, BLOCK)
    x, y = np.empty(size, np.float32), np.empty(size, np.float32)
    best, total = np.empty(size, np.float32), np.empty(size, np.float32)
    ids, rounded = np.empty(size, np.int32), np.empty(size, np.uint8)
    top = 0
    while top < height:
        i, bottom = row[top], cell_end(row, top)
        i1 = min(i + 1, grid.shape[0] - 1)
        start = 0
        while start < width:
            j, end = column[start], cell_end(column, start)
            j1 = min(j + 1, grid.shape[1] - 1)
            corners = grid[i, j], grid[i, j1], grid[i1, j], grid[i1, j1]
            tops = peaks[i, j], peaks[i, j1], peaks[i1, j], peaks[i1, j1]
            shares = exponentials[i, j], exponentials[i, j1], exponentials[i1, j], exponentials[i1, j1]
            can_win, count, floor, rest = sort_classes(corners, tops, shares, kept)
            if count == 1 and max(rest) < BUDGET / 4:
                labels[top:bottom, start:end] = kept[0]
                confidence[top:bottom, start:end] = 255
            else:
                rows = max(1, BLOCK // (end - start))
                for first in range(top, bottom, rows):
                    last = min(bottom, first + rows)
                    n = place_pixels(right[start:end], down[first:last], x, y)
                    label_block(
                        corners, kept[:can_win], kept[:count], floor, rest, x[:n], y[:n], best, total, ids, rounded
                    )
                    take(ids, labels[first:last, start:end])
                    take(rounded, confidence[first:last, start:end])
            start = end
        top = bottom


@compiled
def place_pixels(right, down, x, y):
    """Write the places of a block's pixels, row by row, to x and y; how many there are."""
    for r in range(len(down)):
        at = r * len(right)
        for c in range(len(right)):
            x[at + c], y[at + c] = right[c], down[r]
    return len(down) * len(right)


@compiled
def take(values, pixels):
    """Write values, row by row, to pixels, a part of a map."""
    rows, columns = pixels.shape
    for r in range(rows):
        at = r * columns
        for c in range(columns):
            pixels[r, c] = values[at + c]


@compiled
def cell_end(before, start):
    """The first pixel after `start` that lies in another cell."""
    end = start + 1
    while end < len(before) and before[end] == before[start]:
        end += 1
    return end


@compiled
def sort_classes(corners, tops, shares, kept):
    """(how many classes can win in a cell, how many are worked out pixel by pixel, floor, rest): writes their ids to
    kept, those that can win first, in ascending order.

    corners: four arrays of 21 scores; tops: the largest of each; shares: exp(corners - tops). rest: for each corner the
    sum of exp(score - floor) of all other classes.
    """
    one, two, three, four = corners
    floor = np.float32(-np.inf)
    for c in range(len(one)):
        floor = max(floor, min(min(one[c], two[c]), min(three[c], four[c])))
    steep = max(max(tops[0], tops[1]), max(tops[2], tops[3])) - floor > STEEP
    zero = np.float32(0)
    scale = (zero, zero, zero, zero)
    if not steep:
        scale = np.exp(tops[0] - floor), np.exp(tops[1] - floor), np.exp(tops[2] - floor), np.exp(tops[3] - floor)
    rest = (zero, zero, zero, zero)
    spent = zero
    can_win = 0
    for c in range(len(one)):
        if max(max(one[c], two[c]), max(three[c], four[c])) >= floor:
            kept[can_win] = c
            can_win += 1
    count = can_win
    for c in range(len(one)):
        if max(max(one[c], two[c]), max(three[c], four[c])) >= floor:
            continue
        e = shares[0][c] * scale[0], shares[1][c] * scale[1], shares[2][c] * scale[2], shares[3][c] * scale[3]
        dx = max(abs(two[c] - one[c]), abs(four[c] - three[c]))
        dy = max(abs(three[c] - one[c]), abs(four[c] - two[c]))
        bend = min(np.float32(1), (dx * dx + dy * dy) * np.float32(0.125))
        error = bend * max(max(e[0], e[1]), max(e[2], e[3]))
        if not steep and spent + error <= BUDGET:
            spent += error
            rest = rest[0] + e[0], rest[1] + e[1], rest[2] + e[2], rest[3] + e[3]
        else:
            kept[count] = c
            count += 1
    return can_win, count, floor, rest


@vectorised
def label_block(corners, winners, kept, floor, rest, x, y, best, total, winner, confidence):
    """Write winner (class ids) and confidence of n pixels of a cell, at x and y in it, 0 to 1.

    winners: the classes that can win; kept: those, then the others to be worked out; rest, floor: see `sort_classes`.
    best, total: scratch space, float32.
    """
    n = len(x)
    for k in range(len(winners)):
        a, b, d, e = surface(corners, winners[k])
        if k == 0:
            for p in range(n):
                best[p], winner[p] = a + x[p] * b + y[p] * (d + x[p] * e), winners[0]
        else:
            for p in range(n):
                value = a + x[p] * b + y[p] * (d + x[p] * e)
                better = value > best[p]
                winner[p] = winners[k] if better else winner[p]
                best[p] = value if better else best[p]
    alone = len(winners) == 1  # then its own exponential is 1
    a, b, d, e = rest[0], rest[1] - rest[0], rest[2] - rest[0], rest[3] - rest[2] - rest[1] + rest[0]
    for p in range(n):
        total[p] = np.float32(alone) + (a + x[p] * b + y[p] * (d + x[p] * e)) * exp_below(floor - best[p])
    for k in range(1 if alone else 0, len(kept)):
        a, b, d, e = surface(corners, kept[k])
        for p in range(n):
            total[p] += exp_below(a + x[p] * b + y[p] * (d + x[p] * e) - best[p])
    for p in range(n):
        confidence[p] = np.uint8(np.float32(255) / total[p] + np.float32(0.5))


@vectorised
def surface(corners, c):
    """(a, b, d, e) of class c's scores in a cell: a + x b + y (d + x e)."""
    one, two, three, four = corners
    return one[c], two[c] - one[c], three[c] - one[c], four[c] - three[c] - two[c] + one[c]


@vectorised
def exp_below(z):
    """exp(z) of z <= 0, within 0.00006: a polynomial near exp(z / 8), to the eighth. It compiles to a few operations on
    whole vectors. Below -16 it is that of -16."""
    z = max(z, np.float32(-16))
    u = np.float32(1) + z * (np.float32(0.12493741) + z * (np.float32(0.00767887) + z * np.float32(0.00025646)))
    u *= u
    u *= u
    return u * u


def warm_up() -> None:
    """Compile, or load what was compiled, so that the first visitor does not wait for it."""
    scores_to_labels(np.zeros((COUNT, 2, 2), np.float16), 3, 3)
