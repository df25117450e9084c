"""What region growing is worth at each threshold: area and IoU against tau, the best tau, and the leak.

cost = joining_cost(image, seed)
points = curve(cost, prediction.labels == class_id)
best(points), leak(points.taus, points.area)
"""

from typing import NamedTuple

import numpy as np

from seg.growing.regions import MAX_SQUARED, MAX_THRESHOLD, check_threshold, grow, squared_reach


class Curve(NamedTuple):
    """One entry per tau, rising."""

    taus: np.ndarray  # float64
    area: np.ndarray  # int64: pixels of the region at this tau
    iou: np.ndarray  # float64, 0 to 1: IoU of the region with the truth


class Best(NamedTuple):
    """The point of the curve with the highest IoU; of equals, the one with the smallest tau."""

    index: int
    tau: float
    iou: float


class Leak(NamedTuple):
    """The step of the curve at which the area grows most, in pixels; of equals, the first."""

    index: int  # of the point after the jump; the point before is index - 1
    tau: float  # where it has leaked
    before: int  # pixels
    after: int  # pixels


def curve(cost, truth, taus=None) -> Curve:
    """Area and IoU of the seed rule at every threshold, from one histogram of the joining costs.

    cost: HxW uint32 of `seg.growing.regions.joining_cost`. truth: HxW bool, the mask to compare with.
    taus: rising numbers of 0 or more; by default the whole numbers 0 to 442, at which everything is in.
    O(pixels + taus). Equal to growing and grading at every tau, to the last bit. An empty truth gives IoU 0.
    Raises ValueError for a truth of another shape or type and for bad taus.

    >>> cost = np.array([[0, 16, 16, 25]], np.uint32)
    >>> curve(cost, np.array([[True, True, True, False]]), [0, 4, 5])
    Curve(taus=array([0., 4., 5.]), area=array([1, 3, 4]), iou=array([0.33333333, 1.        , 0.75      ]))
    """
    cost = np.asarray(cost)
    if cost.ndim != 2 or cost.dtype.kind not in "ui" or not cost.size or cost.max() > MAX_SQUARED:
        raise ValueError("cost must be HxW whole numbers, the result of joining_cost")
    truth = _check_truth(truth, cost.shape)
    taus = _check_taus(np.arange(MAX_THRESHOLD + 1) if taus is None else taus)
    reach = squared_reach(taus)
    area = np.cumsum(np.bincount(cost.ravel(), minlength=MAX_SQUARED + 1))[reach]
    hits = np.cumsum(np.bincount(cost[truth], minlength=MAX_SQUARED + 1))[reach]
    return Curve(taus, area, hits / (area + np.count_nonzero(truth) - hits))


def mean_rule_curve(image, seed: tuple[int, int], truth, taus) -> Curve:
    """The same for the mean rule, which has no shortcut: one `grow` per tau, O(pixels x taus). Its area may also fall.

    image, seed and errors as `grow`; truth and taus as `curve`. Thirty taus on a 1024x768 photo take about 0.3 s.
    """
    regions = []
    truth = _check_truth(truth, np.shape(image)[:2])
    taus = _check_taus(taus)
    for tau in taus:
        mask = grow(image, seed, tau, "mean").mask
        regions.append((np.count_nonzero(mask), np.count_nonzero(mask & truth)))
    area, hits = np.array(regions, np.int64).T
    return Curve(taus, area, hits / (area + np.count_nonzero(truth) - hits))


def best(points: Curve) -> Best:
    """The best tau of a curve."""
    index = int(np.argmax(points.iou))
    return Best(index, float(points.taus[index]), float(points.iou[index]))


def leak(taus, area) -> Leak | None:
    """Where the region leaks: the tau with the largest jump in area since the tau before. None if it never grows.

    >>> leak([44, 45, 46, 47], [70, 71, 480, 481])
    Leak(index=2, tau=46.0, before=71, after=480)
    """
    jumps = np.diff(np.asarray(area))
    if not len(jumps) or jumps.max() <= 0:
        return None
    index = int(np.argmax(jumps)) + 1
    return Leak(index, float(taus[index]), int(area[index - 1]), int(area[index]))


def _check_truth(truth, shape: tuple[int, ...]) -> np.ndarray:
    truth = np.asarray(truth)
    if truth.dtype != np.bool_ or truth.shape != tuple(shape):
        raise ValueError(f"truth must be a bool mask of shape {tuple(shape)}, got {truth.shape} {truth.dtype}")
    return truth


def _check_taus(taus) -> np.ndarray:
    taus = np.array([check_threshold(tau) for tau in taus], np.float64)
    if not len(taus) or np.any(np.diff(taus) <= 0):
        raise ValueError("taus must be one or more rising numbers")
    return taus
