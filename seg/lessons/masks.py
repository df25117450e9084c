"""Four masks that replay four misunderstandings about scores: pure functions from the truth to a painted label map.

    mask = PRESETS["superset"].make(truth, 16)

Label maps are HxW uint8 class ids; 255 (unsure) counts as background here. All masks hold class ids 0 to 20 only.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt

from seg.classes import IGNORE, NAMES
from seg.labels.morphology import erase_thin, shift
from seg.scoring.metrics import Grade


def all_background(truth: np.ndarray, n: int = 0) -> np.ndarray:
    """Background everywhere; `n` has no say.

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
    truth = _plain(truth)
    if not truth.any() or not n:
        return truth
    distance, nearest = distance_transform_edt(truth == 0, return_indices=True)
    return np.where(distance <= n, truth[tuple(nearest)], np.uint8(0))


def shifted(truth: np.ndarray, n: int) -> np.ndarray:
    """The truth moved right and down by n px; background where it left.

    >>> shifted(np.array([[13, 0], [0, 0]], np.uint8), 1).tolist()
    [[0, 0], [0, 13]]
    """
    return shift(_plain(truth), n, n)


def without_thin_parts(truth: np.ndarray, n: int) -> np.ndarray:
    """The truth without its parts thinner than n px: legs, tails, wires. They become background.

    >>> without_thin_parts(np.array([[5, 5, 0, 0], [5, 5, 5, 5]], np.uint8), 2).tolist()
    [[5, 5, 0, 0], [5, 5, 0, 0]]
    """
    return erase_thin(_plain(truth), max(1, n))


def _plain(truth: np.ndarray) -> np.ndarray:
    return np.where(truth == IGNORE, np.uint8(0), truth)


# What each of them teaches, with the numbers of this photo.


def _lesson_background(result: Grade, n: int) -> str:
    return (
        f"Nothing found, and still {100 * result.pixel_accuracy:.1f} % pixel accuracy: background is easy to guess. "
        f"Mean IoU is not fooled: {result.mean_iou:.3f}."
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
    return (
        f"Everything thinner than {n} px is gone, and mean IoU still says {result.mean_iou:.3f}: "
        "legs, tails and wires weigh little."
    )


def _worst(result: Grade) -> str:
    """The IoU of the class, background aside, that suffers most, in words."""
    scores = np.where(np.isnan(result.iou), 2.0, result.iou)
    scores[0] = 2.0
    lowest = int(scores.argmin())
    return f"the IoU of {NAMES[lowest]} is {result.iou[lowest]:.3f}"


@dataclass(frozen=True)
class Preset:
    """One mask. `n`: its usual number of pixels, 0 where it takes none. make(truth, n) -> HxW uint8.

    lesson(grade of that mask, n) -> what to notice, in a sentence or two.
    """

    title: str
    n: int
    make: Callable[[np.ndarray, int], np.ndarray]
    lesson: Callable[[Grade, int], str]


MOST = 80  # px
PRESETS = {
    "background": Preset("All background", 0, all_background, _lesson_background),
    "superset": Preset("A bit too much", 16, superset, _lesson_superset),
    "shifted": Preset("Beside the place", 16, shifted, _lesson_shifted),
    "thin": Preset("Thin parts gone", 32, without_thin_parts, _lesson_thin),
}


def lesson(name: str, n: int, truth: np.ndarray, result: Grade) -> str:
    """What to notice about the preset `name` on this photo."""
    if not truth.any():
        return "The model found only background here, so this mask has nothing to get wrong. Try another photo."
    if result.wrong == 0:
        return f"At {n} px nothing is lost on this photo: every pixel agrees. Try more."
    return PRESETS[name].lesson(result, n)
