"""Experiments on one photo and its truth, behind the sentences of the Learn tab. Pure functions from label maps.

    trivial          one answer for every pixel: its accuracy beside its mean IoU
    growth           an object grown by n px: how far away each pixel is, and what IoU is left
    colour_labels    the best labels a classifier can give that sees nothing but each pixel's own colour
    thinning         an object without its parts thinner than w px: which pixels go, and what IoU is left

Label maps are HxW uint8 class ids. The truth is the model's own mask: the page has no other.
"""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import distance_transform_edt, label

from seg.classes import COUNT
from seg.labels.morphology import erase_thin
from seg.scoring.boundary import boundary_bands, boundary_width
from seg.scoring.metrics import grade

NEIGHBOURS = np.ones((3, 3), bool)  # 8-connected, as `seg.labels.components.count_blobs`


def subject(labels: np.ndarray) -> int:
    """The class with the most pixels after background; 0 where there is nothing else.

    >>> subject(np.array([[0, 0, 8, 15, 15]], np.uint8))
    15
    """
    pixels = np.bincount(labels.ravel(), minlength=256)[:COUNT]
    pixels[0] = 0
    return int(pixels.argmax()) if pixels.any() else 0


# One answer for every pixel


def trivial(truth: np.ndarray, answer: int = 0) -> dict:
    """Say `answer` everywhere: {accuracy, mean_iou}, the mean being over the classes in either mask.

    >>> trivial(np.array([[0, 0, 0, 8]], np.uint8))    # background: IoU 3/4; cat: 0
    {'accuracy': 0.75, 'mean_iou': 0.375}
    """
    result = grade(truth, np.full_like(truth, answer), boundary=False)
    return {"accuracy": result.pixel_accuracy, "mean_iou": result.mean_iou}


# Covering more than the object


def distance_from(mask: np.ndarray, limit: int) -> np.ndarray:
    """How many px the mask, HxW bool, must grow before it takes in each pixel: HxW uint8, 0 inside.

    Distances are Euclidean, between centres of pixels, rounded up: growing goes by whole pixels. So the mask grown by
    n px is `distance_from(mask, limit) <= n`, for n up to limit. Pixels farther away than limit (at most 254) get
    limit + 1.

    >>> distance_from(np.array([[True, False, False, False]]), 2).tolist()
    [[0, 1, 2, 3]]
    """
    if not mask.any():
        return np.full(mask.shape, limit + 1, np.uint8)
    return np.minimum(np.ceil(distance_transform_edt(~mask)), limit + 1).astype(np.uint8)


def growth(mask: np.ndarray, steps: Sequence[int]) -> list[dict]:
    """Grow an object by n px for each n of `steps`: [{n, pixels, iou, predicted}].

    iou: measured pixel by pixel by `seg.scoring.metrics.grade`. predicted: area of the mask divided by the grown
    area. The two agree, because a superset's intersection with the truth is the truth and their union is the superset.
    Raises ValueError for an empty mask.
    """
    if not mask.any():
        raise ValueError("There is no object to grow: the mask is empty.")
    truth, distance = mask.astype(np.uint8), distance_from(mask, max(steps))
    rows = []
    for n in steps:
        grown = (distance <= n).astype(np.uint8)
        measured = float(grade(truth, grown, boundary=False).iou[1])
        pixels = int(grown.sum())
        rows.append({"n": n, "pixels": pixels, "iou": measured, "predicted": int(truth.sum()) / pixels})
    return rows


# Nothing but a pixel's own colour


def colour_labels(photo: np.ndarray, truth: np.ndarray, levels: int) -> np.ndarray:
    """Each pixel gets the class that pixels of its colour most often have in this very photo. HxW uint8.

    photo: HxWx3 uint8 RGB; colours are told apart in `levels` steps a channel (2 to 256). No classifier that sees one
    such colour at a time can get more pixels of this photo right: it is the Bayes rule with the photo's own counts for
    the probabilities (Bishop, "Pattern Recognition and Machine Learning", 2006). Equal counts: the lower id.

    >>> photo = np.array([[[0, 0, 0], [0, 0, 0], [0, 0, 0], [255, 255, 255]]], np.uint8)
    >>> colour_labels(photo, np.array([[8, 8, 0, 0]], np.uint8), 2).tolist()
    [[8, 8, 8, 0]]
    """
    step = photo.astype(np.int32) * levels >> 8
    colour = (step[..., 0] * levels + step[..., 1]) * levels + step[..., 2]
    classes = np.unique(truth)
    best, winner = np.zeros(levels**3, np.int64), np.zeros(levels**3, np.uint8)
    for c in classes:
        count = np.bincount(colour[truth == c], minlength=levels**3)
        more = count > best
        best[more], winner[more] = count[more], c
    return winner[colour]


# Thin parts


def thinning(mask: np.ndarray, widths: Sequence[int]) -> tuple[list[dict], np.ndarray]:
    """Erase an object's parts thinner than w px for each w of `widths` (rising, under 255).

    Returns ([{w, lost, pieces, iou, boundary_iou}], HxW uint8). lost: pixels erased; pieces: the blobs that they form;
    iou and boundary_iou: of what is left with the mask. The array says at which w each pixel goes first: 255 where it
    never does, and outside the mask. Raises ValueError for an empty mask.
    """
    if not mask.any():
        raise ValueError("There is no object to thin: the mask is empty.")
    box = _box(mask)  # nothing outside it matters: a border of the box is a border of the object or of the photo
    truth = mask[box].astype(np.uint8)
    area, distance = int(truth.sum()), boundary_width(*mask.shape)
    band = boundary_bands(truth, distance) == 1
    gone, rows = np.full(mask.shape, 255, np.uint8), []
    for w in widths:
        kept = erase_thin(truth, w)
        lost = truth > kept
        gone[box][lost & (gone[box] == 255)] = w
        kept_band = boundary_bands(kept, distance) == 1
        rows.append(
            {
                "w": w,
                "lost": int(lost.sum()),
                "pieces": int(label(lost, NEIGHBOURS)[1]),
                "iou": (area - int(lost.sum())) / area,
                "boundary_iou": int((band & kept_band).sum()) / int((band | kept_band).sum()),
            }
        )
    return rows, gone


def _box(mask: np.ndarray) -> tuple[slice, slice]:
    """The smallest rectangle that holds a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
