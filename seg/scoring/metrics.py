"""Grade a painted label map against the truth: count first, then every score is a short formula over the counts.

    from seg.scoring.metrics import grade
    grade(truth, painted).mean_iou

Label maps are HxW whole numbers: class ids 0 to 20, or 255 for "no class here" (`seg.classes.IGNORE`).
A pixel whose truth is 255 is dropped. A class in neither map is absent: its scores are NaN, and the means leave it
out. With hits[c] = the pixels that are c in both maps, truth[c] and painted[c] = those that are c in one of them:

    IoU[c]  = hits[c] / (truth[c] + painted[c] - hits[c])      the Jaccard index
    Dice[c] = 2 hits[c] / (truth[c] + painted[c])              F1; = 2 IoU / (1 + IoU)
    pixel accuracy = sum of hits / pixels graded
    boundary IoU[c]: the IoU of the two bands along the inside of c's outlines (`seg.scoring.boundary`)

Source of the confusion matrix and of pixel accuracy and mean IoU as formulas over it: Long, Shelhamer, Darrell, "Fully
Convolutional Networks for Semantic Segmentation", CVPR 2015.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from seg.classes import COUNT, IGNORE, NAMES
from seg.compiled import compiled
from seg.scoring.boundary import boundary_bands, boundary_width


@dataclass(frozen=True, eq=False)
class Grade:
    """What a painted label map scores. Scores are in [0, 1]; NaN where nothing was there to score.

    `iou`, `dice` and `boundary` hold one float64 per class, in the order of `seg.classes.CLASSES`, NaN for a class in
    neither map. The means are over the others, background included. `boundary_iou` and `boundary` are NaN when they
    were not asked for.
    """

    mean_iou: float
    iou: np.ndarray = field(repr=False)  # 21
    pixel_accuracy: float
    mean_dice: float
    dice: np.ndarray = field(repr=False)  # 21
    boundary_iou: float
    boundary: np.ndarray = field(repr=False)  # 21
    confusion: np.ndarray = field(repr=False)  # 21x21 int64, rows truth, columns painted
    pixels: int  # graded
    wrong: int  # of these, painted as another class

    def as_dict(self) -> dict:
        """The answer of the `/grade` endpoint: plain numbers, null (None) for NaN, IoU by class name, all 21."""
        means = ("mean_iou", "pixel_accuracy", "mean_dice", "boundary_iou")
        answer = {name: _or_none(getattr(self, name)) for name in means}
        return answer | {"iou": dict(zip(NAMES, map(_or_none, self.iou.tolist()), strict=True))}


def grade(truth, painted, *, boundary: bool = True) -> Grade:
    """Every score of `painted` against `truth`, both HxW.

    boundary: False leaves boundary IoU out (NaN) and saves about two thirds of the time. Dropped pixels have no say in
    it either; the edge of what was dropped is an outline in both maps.

    Two equal maps score 1.0 everywhere. Where no pixel is left to grade, every score is NaN. Time and memory grow with
    the number of pixels only, not with the classes nor with the boundary's width. Raises ValueError as
    `confusion_matrix` does.

    >>> truth = np.array([[0, 0], [1, 1]], np.uint8)
    >>> painted = np.array([[0, 1], [1, 1]], np.uint8)
    >>> result = grade(truth, painted, boundary=False)
    >>> result.iou[:3].round(3), round(result.mean_iou, 4), result.pixel_accuracy    # 1/2, 2/3, absent
    (array([0.5  , 0.667,   nan]), 0.5833, 0.75)
    """
    truth, painted = _check(truth, painted)
    table = _count_pairs(truth, painted)
    confusion = _classes_of(table)
    counts, band_counts = _counts(confusion), (np.zeros(COUNT, np.int64),) * 3
    if boundary and confusion.any():
        if table[IGNORE].any():
            painted = painted | (truth == IGNORE).view(np.uint8) * np.uint8(IGNORE)  # 255 has every bit set
        distance = boundary_width(*truth.shape)
        band_counts = _counts(_count_pairs(boundary_bands(truth, distance), boundary_bands(painted, distance)))

    pixels, hits = int(confusion.sum()), int(np.trace(confusion))
    iou, dice, edge = _iou(*counts), _dice(*counts), _iou(*band_counts)
    for array in (iou, dice, edge, confusion):
        array.flags.writeable = False  # a Grade is a record
    return Grade(
        mean_iou=_mean(iou),
        iou=iou,
        pixel_accuracy=hits / pixels if pixels else math.nan,
        mean_dice=_mean(dice),
        dice=dice,
        boundary_iou=_mean(edge),
        boundary=edge,
        confusion=confusion,
        pixels=pixels,
        wrong=pixels - hits,
    )


def confusion_matrix(truth, painted, drop_unsure: bool = False) -> np.ndarray:
    """Count the pixels of every pair of classes: 21x21 int64, rows truth, columns painted. One pass over the pixels.

    truth, painted: HxW, whole numbers, 0 to 20 or 255. Pixels whose truth is 255 are dropped.
    drop_unsure: True drops pixels that are 255 in `painted`, too. A 255 painted where the truth is a class has no
    column, so that it is an error otherwise.

    Raises ValueError for other shapes (a picture in colours, HxWx3, among them), types or values.

    >>> truth = np.array([[0, 0], [1, 255]], np.uint8)
    >>> painted = np.array([[0, 1], [1, 1]], np.uint8)
    >>> confusion_matrix(truth, painted)[:2, :2]
    array([[1, 1],
           [0, 1]])
    """
    return _classes_of(_count_pairs(*_check(truth, painted)), drop_unsure)


def intersection_over_union(confusion: np.ndarray) -> np.ndarray:
    """21x21 counts (rows truth, columns painted), of one photo or summed over many -> 21 floats; NaN: in neither."""
    return _iou(*_counts(confusion))


def warm_up() -> None:
    """Compile, or load from disk, what grading needs, so that the first stroke does not wait for it."""
    grade(np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint8))


# -- scores from counts: hits, truth, painted, 21 whole numbers each -> 21 scores, NaN where a class is in neither -----


def _iou(hits: np.ndarray, truth: np.ndarray, painted: np.ndarray) -> np.ndarray:
    return _ratio(hits, truth + painted - hits)


def _dice(hits: np.ndarray, truth: np.ndarray, painted: np.ndarray) -> np.ndarray:
    return _ratio(2 * hits, truth + painted)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)


def _mean(scores: np.ndarray) -> float:
    present = scores[~np.isnan(scores)]
    return float(present.mean()) if len(present) else math.nan


# -- counts from pixels ------------------------------------------------------------------------------------------------

_ALLOWED = f"allowed are the class ids 0 to {COUNT - 1}, and {IGNORE} for no class"


def _count_pairs(truth: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """How often each (truth, painted) pair of values occurs: 256x256, so that bad values show up in the counts."""
    table = np.zeros((256, 256), np.int64)
    _add_pairs(truth.ravel(), painted.ravel(), table)
    return table


@compiled
def _add_pairs(truth, painted, table):
    """Four times as quick as `np.bincount` of one number a pair, which copies all pixels twice first."""
    for i in range(len(truth)):
        table[truth[i], painted[i]] += 1


def _classes_of(table: np.ndarray, drop_unsure: bool = False) -> np.ndarray:
    """The 21x21 part of a 256x256 table, after checking what else it counts."""
    for name, seen in (("truth", table.any(1)), ("painted", table.any(0))):
        seen = np.flatnonzero(seen)
        bad = seen[(seen >= COUNT) & (seen != IGNORE)]
        if len(bad):
            raise ValueError(f"{name} holds the value {bad[0]}; {_ALLOWED}")
    unsure = int(table[:COUNT, IGNORE].sum())
    if unsure and not drop_unsure:
        raise ValueError(
            f"painted is {IGNORE} (unsure) on {unsure:,} pixels that have a truth; "
            f"give them a class, or set their truth to {IGNORE} to score the rest"
        )
    return table[:COUNT, :COUNT].astype(np.int64)


def _counts(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(hits, truth, painted) of the 21 classes, from a table of pairs, 21x21 or with rows and columns for more."""
    return table.diagonal()[:COUNT], table[:COUNT].sum(1), table[:, :COUNT].sum(0)


def _check(truth, painted) -> tuple[np.ndarray, np.ndarray]:
    truth, painted = _as_labels(truth, "truth"), _as_labels(painted, "painted")
    if truth.shape != painted.shape:
        raise ValueError(
            f"truth and painted must have one shape, got {truth.shape} and {painted.shape}; "
            "resize label maps with nearest neighbour"
        )
    return truth, painted


def _as_labels(labels, name: str) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.ndim != 2:
        raise ValueError(
            f"{name} must be a label map HxW, one class id per pixel, got the shape {labels.shape}; "
            "seg.decode_png reads one from a mask's file"
        )
    if labels.dtype.kind not in "uib":
        raise ValueError(f"{name} must hold whole numbers (class ids), got {labels.dtype}")
    if labels.dtype != np.uint8:
        if labels.size and (labels.min() < 0 or labels.max() > 255):
            raise ValueError(f"{name} holds values from {labels.min()} to {labels.max()}; {_ALLOWED}")
        labels = labels.astype(np.uint8)
    return labels


def _or_none(score: float) -> float | None:
    return None if math.isnan(score) else float(score)
