"""The one-click masks: four label maps, made from the truth, that act out four misunderstandings about scores.

    mask = ONE_CLICK_MASKS["superset"].make(truth, 16)

Label maps are HxW uint8 class ids; 255 (unsure) counts as background here. All masks hold class ids 0 to 20 only.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt

from seg.classes import IGNORE, TITLES
from seg.labels.components import TINY_SHARE
from seg.labels.morphology import erase_thin
from seg.lessons.wording import counted, listed, percent
from seg.scoring.metrics import Grade

EASY = 0.5  # pixel accuracy from which background was easy to guess
MILD = 0.8  # mean IoU from which little was lost


def without_unsure(truth: np.ndarray) -> np.ndarray:
    """The truth with background in place of 255."""
    return np.where(truth == IGNORE, np.uint8(0), truth)


def all_background(truth: np.ndarray, n: int = 0) -> np.ndarray:
    """Background everywhere, whatever `n`.

    >>> all_background(np.array([[0, 13]], np.uint8)).tolist()
    [[0, 0]]
    """
    return np.zeros_like(truth)


def superset(truth: np.ndarray, n: int) -> np.ndarray:
    """Every class grown by n px (Euclidean) into the background: each background pixel at most n px away from another
    class takes the class nearest to it. Nothing that was a class changes.

    >>> superset(np.array([[13, 0, 0, 0, 10]], np.uint8), 1).tolist()
    [[13, 13, 0, 10, 10]]
    """
    truth = without_unsure(truth)
    if not truth.any() or not n:
        return truth
    distance, nearest = distance_transform_edt(truth == 0, return_indices=True)
    return np.where(distance <= n, truth[tuple(nearest)], np.uint8(0))


def shifted(truth: np.ndarray, n: int) -> np.ndarray:
    """The truth moved down and right by n px; the rows and columns it leaves behind become background.

    >>> shifted(np.array([[13, 0], [0, 0]], np.uint8), 1).tolist()
    [[0, 0], [0, 13]]
    """
    height, width = truth.shape
    moved = np.zeros_like(truth)
    moved[n:, n:] = without_unsure(truth)[: max(height - n, 0), : max(width - n, 0)]
    return moved


def without_thin_parts(truth: np.ndarray, n: int) -> np.ndarray:
    """The truth without its parts thinner than n px: legs, tails, wires. They become background.

    >>> without_thin_parts(np.array([[5, 5, 0, 0], [5, 5, 5, 5]], np.uint8), 2).tolist()
    [[5, 5, 0, 0], [5, 5, 0, 0]]
    """
    return erase_thin(without_unsure(truth), max(1, n))


# What each of them shows, with the numbers of this photo


def _lesson_background(result: Grade, n: int) -> str:
    share, mean = percent(result.pixel_accuracy), f"{result.mean_iou:.3f}"
    if result.pixel_accuracy >= EASY:
        return f"Nothing found, and still {share} pixel accuracy: background is easy to guess. Mean IoU says {mean}."
    if not result.pixel_accuracy:
        return "Nothing found, and nothing right: no pixel of this photo is background. Both scores are 0."
    return (
        f"Nothing found, and {share} pixel accuracy, for that much of this photo is background. Mean IoU says {mean}. "
        "The more background a photo has, the further the two are apart."
    )


def _lesson_superset(result: Grade, n: int) -> str:
    return (
        f"All that is true is covered, yet {_worst(result)}: true area divided by painted area. Too much is not safe."
    )


def _lesson_shifted(result: Grade, n: int) -> str:
    return (
        f"The right shapes, {n} px beside the place: {_worst(result)}. Of the outlines only "
        f"{result.boundary_iou:.3f} is left."
    )


def _lesson_thin(result: Grade, n: int) -> str:
    mean = f"mean IoU says {result.mean_iou:.3f}"
    areas, kept = result.confusion.sum(1), result.confusion.sum(0)
    gone = [c for c in np.flatnonzero(areas) if c and not kept[c]]
    if gone:
        names = listed([f"{TITLES[c]} ({counted(int(areas[c]), 'pixel')})" for c in gone])
        return (
            f"Everything thinner than {n} px is gone, and with it all of {names}. So {mean}: "
            "a class that is lost whole counts as much in the mean as a large one."
        )
    if result.mean_iou >= MILD:
        return f"Everything thinner than {n} px is gone, and {mean} all the same: legs, tails and wires weigh little."
    return f"Everything thinner than {n} px is gone, and {mean}: much of what is here is thin or small."


def _worst(result: Grade) -> str:
    """The lowest IoU of a class, background aside, in words, with its size where it is tiny."""
    scores = np.where(np.isnan(result.iou), 2.0, result.iou)
    scores[0] = 2.0
    lowest = int(scores.argmin())
    area = int(result.confusion[lowest].sum())
    size = f", only {counted(area, 'pixel')} large," if area < TINY_SHARE * result.pixels else ""
    return f"the IoU of {TITLES[lowest]}{size} is {result.iou[lowest]:.3f}"


@dataclass(frozen=True)
class OneClickMask:
    """One button of the page, and what it paints and says."""

    title: str  # on the button
    n: int  # px, at first: how far to grow or to move, or which parts are thin; 0 where `make` needs no number
    make: Callable[[np.ndarray, int], np.ndarray]  # (truth HxW uint8, n) -> the mask HxW uint8
    lesson: Callable[[Grade, int], str]  # (its grade, n) -> what to notice, in a sentence or two


MAX_N = 80  # px
ONE_CLICK_MASKS = {
    "background": OneClickMask("All background", 0, all_background, _lesson_background),
    "superset": OneClickMask("A bit too much", 16, superset, _lesson_superset),
    "shifted": OneClickMask("Beside the place", 16, shifted, _lesson_shifted),
    "thin": OneClickMask("Thin parts gone", 32, without_thin_parts, _lesson_thin),
}


def lesson(name: str, n: int, truth: np.ndarray, result: Grade) -> str:
    """What to notice about the one-click mask `name` on this photo. `result` is its grade."""
    if not truth.any():
        return "The model found only background here, so this mask has nothing to get wrong. Try another photo."
    if result.wrong == 0:
        if name == "superset" and truth.all():
            return "No pixel of this photo is background, so there is no room for too much. Every pixel agrees."
        return f"At {n} px nothing is lost on this photo: every pixel agrees. Try more."
    return ONE_CLICK_MASKS[name].lesson(result, n)
