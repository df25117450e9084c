"""Two label maps of one photo: where they agree, where they do not, and what each says there.

    from seg.scoring.agreement import agreement
    agreement(a, b).share        # of the pixels, both models say the same on

Neither map is the truth, so nothing here is an error. Every pair of classes is counted once
(`seg.scoring.metrics.confusion_matrix`); the rest are short formulas over the counts. Swapping the maps transposes
the counts and changes no score: the IoU of class c is the pixels that are c in both over those that are c in either
(Jaccard). A pixel that is 255 ("unsure") in either map is not compared.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from seg.classes import TITLES
from seg.scoring.metrics import confusion_matrix, intersection_over_union


@dataclass(frozen=True)
class Disagreement:
    """`pixels` of the photo are class `first` in the first map and class `second` in the second one."""

    first: int
    second: int
    pixels: int


@dataclass(frozen=True, eq=False)
class Agreement:
    """What `agreement` counted. `share` and `mean_iou` are in [0, 1], NaN where no pixel was compared.

    `iou` has 21 floats, in the order of `seg.classes.CLASSES`, NaN for a class in neither map; `mean_iou` is the mean
    over the others. `classes`: the ids in either map, ascending.
    """

    share: float
    mean_iou: float
    iou: np.ndarray = field(repr=False)  # 21
    counts: np.ndarray = field(repr=False)  # 21x21 int64, rows the first map's classes, columns the second's
    pixels: int  # compared
    differ: int  # of these, with two different classes
    classes: tuple[int, ...]

    def table(self) -> np.ndarray:
        """NxN int64: `counts` for the N classes present only, in the order of `classes`."""
        return self.counts[np.ix_(self.classes, self.classes)]

    def common(self, most: int = 3) -> list[Disagreement]:
        """The disagreements with the most pixels first, at most `most` of them; equal ones in the order of the ids."""
        apart = self.counts.copy()
        np.fill_diagonal(apart, 0)
        order = np.argsort(-apart, axis=None, kind="stable")[:most]
        pairs = zip(*np.unravel_index(order, apart.shape), strict=True)
        return [Disagreement(int(i), int(j), int(apart[i, j])) for i, j in pairs if apart[i, j]]


def agreement(first, second) -> Agreement:
    """Compare two label maps HxW of one photo: whole numbers, class ids 0 to 20 or 255.

    Raises ValueError for two shapes, other types or other values, as `seg.scoring.metrics.confusion_matrix` does.

    >>> cow, horse = np.array([[0, 10, 10]], np.uint8), np.array([[0, 10, 13]], np.uint8)
    >>> found = agreement(cow, horse)
    >>> found.differ, found.classes, found.table().tolist()
    (1, (0, 10, 13), [[1, 0, 0], [0, 1, 1], [0, 0, 0]])
    >>> round(found.share, 3), found.mean_iou     # IoU: background 1, cow 1/2, horse 0
    (0.667, 0.5)
    """
    counts = confusion_matrix(first, second, drop_unsure=True)
    iou = intersection_over_union(counts)
    pixels, agreed = int(counts.sum()), int(np.trace(counts))
    present = np.flatnonzero(counts.any(0) | counts.any(1))
    for array in (counts, iou):
        array.flags.writeable = False  # an Agreement is a record
    return Agreement(
        share=agreed / pixels if pixels else math.nan,
        mean_iou=float(iou[present].mean()) if len(present) else math.nan,
        iou=iou,
        counts=counts,
        pixels=pixels,
        differ=pixels - agreed,
        classes=tuple(present.tolist()),
    )


def in_words(found: Agreement, most: int = 3) -> list[str]:
    """An Agreement as sentences: the shares, then the most common disagreements. The maps are called A and B.

    >>> in_words(agreement(np.array([[0, 10, 10]], np.uint8), np.array([[0, 10, 13]], np.uint8)))
    ['They agree on 66.7 % of the pixels; 1 pixel differs.', '1 pixel: cow for A, horse for B.']
    """
    if not found.pixels:
        return ["There is no pixel that both of them have labelled."]
    if not found.differ:
        return [f"They agree on every one of the {found.pixels:,} pixels."]
    sentences = [f"They agree on {_percent(found.share)} of the pixels; {_pixels(found.differ)} {_verb(found.differ)}."]
    for pair in found.common(most):
        sentences.append(f"{_pixels(pair.pixels)}: {TITLES[pair.first]} for A, {TITLES[pair.second]} for B.")
    return sentences


def _percent(share: float) -> str:
    """One decimal, but never 100 % or 0 % where that is only rounding."""
    if 0.9995 <= share < 1:
        return "more than 99.9 %"
    return "less than 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


def _pixels(count: int) -> str:
    return f"{count:,} pixel" + ("" if count == 1 else "s")


def _verb(count: int) -> str:
    return "differs" if count == 1 else "differ"
