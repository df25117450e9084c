"""Grade a painted label map against the truth: count first, then every score is a short formula over the counts.

    from seg.scoring.metrics import grade
    grade(truth, painted).mean_iou

Label maps are HxW whole numbers: class ids 0 to 20, or 255 for "no class here" (`seg.classes.IGNORE`).
A pixel whose truth is 255 is dropped. A class in neither map is absent: its scores are NaN, and a convention says what
it contributes to the means. The formulas, with `hits[c]` pixels that are c in both maps:

    IoU[c]  = hits[c] / (truth[c] + painted[c] - hits[c])      the Jaccard index
    Dice[c] = 2 hits[c] / (truth[c] + painted[c])              F1; = 2 IoU / (1 + IoU)
    pixel accuracy = sum of hits / pixels graded
    boundary IoU[c]: the IoU of the two bands along the inside of c's outlines

Sources. Confusion matrix and pooled mean IoU: Long, Shelhamer, Darrell, "Fully Convolutional Networks for Semantic
Segmentation", CVPR 2015, section 5. Boundary IoU: Cheng, Girshick, Dollar, Berg, Kirillov, "Boundary IoU: Improving
Object-Centric Image Segmentation Evaluation", CVPR 2021, section 4.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from seg.classes import COUNT, IGNORE, NAMES
from seg.compiled import compiled

# How common libraries make one number out of 21 per-class scores. Keys are what `grade` accepts.
CONVENTIONS = {
    "present": "The mean over the classes that are in either mask; absent classes are left out.",
    "mmsegmentation": "Counts of all photos are pooled, then absent classes are left out of the mean.",
    "torchmetrics": "Each class of each photo is a score by itself; the mean is over those, absent classes left out.",
    "scikit-learn": "All 21 classes are averaged; an absent class counts as 0.",
    "smp": "All 21 classes are averaged; an absent class counts as 1 (segmentation_models.pytorch).",
}
_ABSENT_SCORE = {"scikit-learn": 0.0, "smp": 1.0}  # elsewhere an absent class is left out

BOUNDARY_RATIO = 0.02  # band width as a share of the photo's diagonal (Cheng et al. 2021, section 5)


@dataclass(frozen=True, eq=False)
class Grade:
    """What a painted label map scores. Scores are in [0, 1]; NaN where nothing was there to score.

    `iou`, `dice` and `boundary` hold one float64 per class, in the order of `seg.classes.CLASSES`, NaN for a class in
    neither map whatever the convention. The means follow `convention`. `boundary_iou` is NaN when it was not asked for.
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
    dropped: int  # not graded: truth is 255, or painted is 255 and `drop_unsure` was set
    convention: str

    def as_dict(self) -> dict:
        """The answer of the `/grade` endpoint: plain numbers, null (None) for NaN, IoU by class name, all 21."""
        means = ("mean_iou", "pixel_accuracy", "mean_dice", "boundary_iou")
        answer = {name: _or_none(getattr(self, name)) for name in means}
        return answer | {"iou": dict(zip(NAMES, map(_or_none, self.iou.tolist()), strict=True))}


def confusion_matrix(truth, painted, drop_unsure: bool = False) -> np.ndarray:
    """Count the pixels of every pair of classes: 21x21 int64, rows truth, columns painted. One pass over the pixels.

    truth, painted: whole numbers of one shape, 0 to 20 or 255. Pixels whose truth is 255 are dropped.
    A painted 255 ("unsure") on a pixel that has a truth is no class, so it has no column: it is an error, unless
    `drop_unsure` is set, which drops those pixels too. The score is then the score on the rest; tell their share with
    it, because unsure pixels are mostly the hard ones.

    Raises ValueError for other shapes, types or values.

    >>> truth = np.array([[0, 0], [1, 255]], np.uint8)
    >>> painted = np.array([[0, 1], [1, 1]], np.uint8)
    >>> confusion_matrix(truth, painted)[:2, :2]
    array([[1, 1],
           [0, 1]])
    """
    return _confusion(_count_pairs(*_check(truth, painted)), drop_unsure)


def grade(truth, painted, convention: str = "present", *, boundary: bool = True, drop_unsure: bool = False) -> Grade:
    """Every score of `painted` against `truth`, both HxW, or NxHxW for several photos of one size.

    convention: one of `CONVENTIONS`, what absent classes and several photos do to the means. On one photo "present",
    "mmsegmentation" and "torchmetrics" are the same rule; on several, the first two pool the counts, and the third is
    torchmetrics' class `MeanIoU`.
    boundary: False leaves boundary IoU out (NaN) and saves about two thirds of the time. Dropped pixels have no say in
    it either; the edge of what was dropped is an outline in both maps.
    drop_unsure: see `confusion_matrix`; False makes a painted 255 an error.

    Two equal maps score 1.0 everywhere (scikit-learn's convention excepted, where absent classes pull the mean down).
    Where no pixel is left to grade, every score is NaN under every convention. Time and memory grow with the number
    of pixels only, not with the classes nor with the boundary's width. Raises ValueError as `confusion_matrix` does,
    and for an unknown convention.

    >>> truth = np.array([[0, 0], [1, 1]], np.uint8)
    >>> painted = np.array([[0, 1], [1, 1]], np.uint8)
    >>> result = grade(truth, painted, boundary=False)
    >>> result.iou[:3].round(3), round(result.mean_iou, 4), result.pixel_accuracy    # 1/2, 2/3, absent
    (array([0.5  , 0.667,   nan]), 0.5833, 0.75)
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"convention must be one of {', '.join(CONVENTIONS)}, got {convention!r}")
    truth, painted = _check(truth, painted)
    if truth.ndim not in (2, 3):
        raise ValueError(f"label maps must be HxW, or NxHxW for several photos, got the shape {truth.shape}")
    photos = list(zip(truth, painted, strict=True)) if truth.ndim == 3 else [(truth, painted)]

    areas = np.zeros((len(photos), 21, 21), np.int64)
    bands = np.zeros((len(photos), 3, 21), np.int64)
    for i, (one_truth, one_painted) in enumerate(photos):
        table = _count_pairs(one_truth, one_painted)
        areas[i] = _confusion(table, drop_unsure)
        if boundary and areas[i].any():
            bands[i] = _count_bands(one_truth, one_painted, clean=not (table[IGNORE].any() or table[:, IGNORE].any()))

    confusion = areas.sum(0)
    pixels = int(confusion.sum())
    hits = int(np.trace(confusion))
    area_counts = np.stack([areas.diagonal(axis1=1, axis2=2), areas.sum(2), areas.sum(1)], axis=1)  # Nx3x21
    pooled, pooled_bands = area_counts.sum(0), bands.sum(0)
    iou, dice, edge = _iou(pooled), _dice(pooled), _iou(pooled_bands)
    for scores in (iou, dice, edge, confusion):
        scores.flags.writeable = False  # a Grade is a record
    return Grade(
        mean_iou=_mean(_iou, area_counts, convention),
        iou=iou,
        pixel_accuracy=hits / pixels if pixels else math.nan,
        mean_dice=_mean(_dice, area_counts, convention),
        dice=dice,
        boundary_iou=_mean(_iou, bands, convention),
        boundary=edge,
        confusion=confusion,
        pixels=pixels,
        wrong=pixels - hits,
        dropped=truth.size - pixels,
        convention=convention,
    )


def boundary_width(height: int, width: int) -> int:
    """How many pixels deep boundary IoU looks: 2 % of the diagonal, rounded, at least 1.

    >>> boundary_width(768, 1024), boundary_width(4, 4)
    (26, 1)
    """
    return max(1, round(BOUNDARY_RATIO * math.hypot(height, width)))


def boundary_bands(labels, distance: int) -> np.ndarray:
    """Keep the label of each pixel near its class's outline; every pixel deeper inside becomes 255. HxW uint8.

    A pixel is deep inside when all pixels up to `distance` rows and columns away (a square) carry its label and are in
    the photo: the photo's border is an outline too. That is the mask minus its erosion of the authors' own code
    (`distance` rounds of a 3x3 erosion, zeros around the photo), for all classes at once, in one pass.

    >>> boundary_bands(np.zeros((5, 5), np.uint8), 2)[2]
    array([  0,   0, 255,   0,   0], dtype=uint8)
    """
    labels = _as_labels(labels, "labels")
    if labels.ndim != 2 or distance < 1:
        raise ValueError(f"need an HxW label map and a distance of at least 1, got {labels.shape} and {distance!r}")
    return _bands(np.ascontiguousarray(labels), int(distance))


def warm_up() -> None:
    """Compile, or load from disk, what grading needs, so that the first stroke does not wait for it."""
    grade(np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint8))


# -- counts: hits, truth, painted per class -> 21 scores, NaN where a class is in neither ------------------------------


def intersection_over_union(confusion: np.ndarray) -> np.ndarray:
    """21x21 counts (rows truth, columns painted), of one photo or summed over many -> 21 floats; NaN: in neither."""
    return _iou(np.stack([confusion.diagonal(), confusion.sum(1), confusion.sum(0)]))


def _iou(counts: np.ndarray) -> np.ndarray:
    hits, truth, painted = counts
    return _ratio(hits, truth + painted - hits)


def _dice(counts: np.ndarray) -> np.ndarray:
    hits, truth, painted = counts
    return _ratio(2 * hits, truth + painted)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)


def _mean(score, counts: np.ndarray, convention: str) -> float:
    """One number from Nx3x21 counts."""
    by_photo = convention == "torchmetrics"
    scores = np.array([score(one) for one in counts]) if by_photo else score(counts.sum(0))
    present = ~np.isnan(scores)
    if not present.any():
        return math.nan
    if convention in _ABSENT_SCORE:
        return float(np.where(present, scores, _ABSENT_SCORE[convention]).mean())
    return float(scores[present].mean())


# -- from pixels to counts ---------------------------------------------------------------------------------------------


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
    if labels.dtype.kind not in "uib":
        raise ValueError(f"{name} must hold whole numbers (class ids), got {labels.dtype}")
    if labels.dtype != np.uint8:
        if labels.size and (labels.min() < 0 or labels.max() > 255):
            raise ValueError(f"{name} holds values from {labels.min()} to {labels.max()}; {_ALLOWED}")
        labels = labels.astype(np.uint8)
    return labels


_ALLOWED = f"allowed are the class ids 0 to {COUNT - 1}, and {IGNORE} for no class"


def _count_pairs(truth: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """How often each (truth, painted) pair of values occurs: 256x256, so that bad values show up in the counts."""
    pairs = truth.ravel().astype(np.uint16) << 8 | painted.ravel()
    return np.bincount(pairs, minlength=256 * 256).reshape(256, 256)


def _confusion(table: np.ndarray, drop_unsure: bool) -> np.ndarray:
    for name, seen in (("truth", table.any(1)), ("painted", table.any(0))):
        seen = np.flatnonzero(seen)
        bad = seen[(seen >= COUNT) & (seen != IGNORE)]
        if len(bad):
            raise ValueError(f"{name} holds the value {bad[0]}; {_ALLOWED}")
    unsure = int(table[:COUNT, IGNORE].sum())
    if unsure and not drop_unsure:
        raise ValueError(
            f"painted is {IGNORE} (unsure) on {unsure:,} pixels that have a truth; "
            "give them a class, or pass drop_unsure=True to score the rest"
        )
    return table[:COUNT, :COUNT].astype(np.int64)


def _count_bands(truth: np.ndarray, painted: np.ndarray, clean: bool) -> np.ndarray:
    """3x21: hits, truth and painted, over the bands. Dropped pixels get one value in both maps, so that whatever was
    painted there changes nothing; their edge is an outline in both."""
    if not clean:
        dropped = ((truth == IGNORE) | (painted == IGNORE)).view(np.uint8) * np.uint8(IGNORE)
        truth, painted = truth | dropped, painted | dropped  # 255 has every bit set
    distance = boundary_width(*truth.shape)
    table = _count_pairs(*(_bands(np.ascontiguousarray(labels), distance) for labels in (truth, painted)))
    return np.stack([table.diagonal()[:COUNT], table[:COUNT].sum(1), table[:, :COUNT].sum(0)])


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


def _or_none(score: float) -> float | None:
    return None if math.isnan(score) else float(score)
