"""Panoptic quality of individuals: are they found, and are their outlines right? Count first, then short formulas.

    counts = match(truth, {1: 15, 2: 15}, predicted, {1: 15})    # of one photo; those of several photos are added
    counts.panoptic_quality        # 21 floats, NaN for a class in neither
    counts.mean(counts.panoptic_quality)

Source: Kirillov, He, Girshick, Rother, Dollar, "Panoptic Segmentation", CVPR 2019, section 4.1. Individuals ("things")
alone are graded: what stands in no individual is nobody's, on both sides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from seg.classes import COUNT, IGNORE

MATCH = 0.5  # two segments match above this IoU. Segments do not overlap, so that at most one can (theorem 1 there)
MOSTLY_VOID = 0.5  # an unmatched predicted segment with more of its pixels in the void is no mistake


@dataclass(frozen=True, eq=False)
class PanopticCounts:
    """What `match` counted, by class: seven arrays of 21 floats. `+` adds those of another photo.

    matched     pairs of a true and a predicted individual of the class with an IoU above 0.5 (true positives)
    overlap     the sum of their IoU
    missed      true individuals without a match (false negatives)
    invented    predicted individuals without a match (false positives), those mostly over void left out
    photos      photos whose truth holds the class
    miscounted  summed over these: |individuals predicted - true ones|, again without those mostly over void
    individuals true ones
    """

    matched: np.ndarray
    overlap: np.ndarray
    missed: np.ndarray
    invented: np.ndarray
    photos: np.ndarray
    miscounted: np.ndarray
    individuals: np.ndarray

    def __add__(self, other: "PanopticCounts") -> "PanopticCounts":
        return PanopticCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def segmentation_quality(self) -> np.ndarray:
        """21 floats, 0 to 1: the mean IoU of the matches; 0 for a class without any, NaN for one in neither."""
        return np.where(self.matched > 0, _ratio(self.overlap, self.matched), np.where(self._segments > 0, 0, np.nan))

    @property
    def recognition_quality(self) -> np.ndarray:
        """21 floats, 0 to 1: F1 of the matches, TP / (TP + FP / 2 + FN / 2); NaN for a class in neither."""
        return _ratio(self.matched, self._segments)

    @property
    def panoptic_quality(self) -> np.ndarray:
        """21 floats, 0 to 1: the product of the two, sum of IoU / (TP + FP / 2 + FN / 2); NaN for a class in neither.

        >>> truth = np.array([[1, 1, 1, 1, 2, 2]])
        >>> counts = match(truth, {1: 3, 2: 3}, np.array([[1, 1, 1, 0, 0, 0]]), {1: 3})
        >>> float(counts.panoptic_quality[3])    # one match of IoU 3/4, one missed: 0.75 / (1 + 0.5)
        0.5
        """
        return _ratio(self.overlap, self._segments)

    @property
    def counting_error(self) -> np.ndarray:
        """21 floats: by how many individuals the count is off, on average over the photos whose truth holds the class;
        NaN where none does."""
        return _ratio(self.miscounted, self.photos)

    @property
    def _segments(self) -> np.ndarray:
        return self.matched + self.missed / 2 + self.invented / 2

    @staticmethod
    def mean(scores: np.ndarray) -> float:
        """21 floats -> their mean over the classes that have one; NaN where none has."""
        return float(np.mean(scores[~np.isnan(scores)])) if not np.isnan(scores).all() else float("nan")


def match(
    truth: np.ndarray, truth_classes: Mapping[int, int], predicted: np.ndarray, predicted_classes: Mapping[int, int]
) -> PanopticCounts:
    """Compare the individuals of one photo.

    truth, predicted: HxW whole numbers, the id of the individual at each pixel, 0 where there is none; in the truth 255
    is void (a crowd, or unlabelled): these pixels are dropped from both. truth_classes, predicted_classes: the class
    (1 to 20) of every id. Individuals without a pixel outside the void are none.

    Raises ValueError for two sizes, other values, and an id without a class.
    """
    truth, predicted = _as_ids(truth, "truth"), _as_ids(predicted, "predicted")
    if truth.shape != predicted.shape:
        raise ValueError(f"truth and predicted must have one size, got {truth.shape} and {predicted.shape}")
    true_ids, rows = np.unique(truth, return_inverse=True)
    predicted_ids, columns = np.unique(predicted, return_inverse=True)
    shape = len(true_ids), len(predicted_ids)
    pixels = np.bincount(rows.ravel() * shape[1] + columns.ravel(), minlength=shape[0] * shape[1]).reshape(shape)
    void = pixels[true_ids == IGNORE].sum(0)
    known = true_ids != IGNORE
    pixels, true_ids = pixels[known], true_ids[known]
    true_class = _classes(true_ids, truth_classes, "truth")
    predicted_class = _classes(predicted_ids, predicted_classes, "predicted")

    true_area, predicted_area = pixels.sum(1), pixels.sum(0)
    overlap = pixels / np.maximum(true_area[:, None] + predicted_area - pixels, 1)
    pairs = (overlap > MATCH) & (true_class[:, None] == predicted_class) & (true_class[:, None] > 0)
    found, made = pairs.any(1), pairs.any(0)
    real = (predicted_class > 0) & (void <= MOSTLY_VOID * (void + predicted_area)) | made

    def by_class(classes: np.ndarray, weights=None) -> np.ndarray:
        return np.bincount(classes, weights, COUNT).astype(float)

    true_count, real_count = by_class(true_class[true_class > 0]), by_class(predicted_class[real])
    holds = true_count > 0
    return PanopticCounts(
        matched=by_class(true_class[found]),
        overlap=by_class(true_class[found], (overlap * pairs).sum(1)[found]),
        missed=by_class(true_class[~found & (true_class > 0)]),
        invented=by_class(predicted_class[real & ~made]),
        photos=holds.astype(float),
        miscounted=np.where(holds, np.abs(real_count - true_count), 0),
        individuals=true_count,
    )


def _as_ids(ids, name: str) -> np.ndarray:
    ids = np.asarray(ids)
    if ids.ndim != 2 or ids.dtype.kind not in "ui" or (ids.size and ids.min() < 0):
        raise ValueError(f"{name} must be HxW whole numbers from 0, ids of individuals, got {ids.shape} {ids.dtype}")
    return ids


def _classes(ids: np.ndarray, classes: Mapping[int, int], name: str) -> np.ndarray:
    """The class of each id, 0 for nobody's. Raises ValueError for an id that has none."""
    for i in ids.tolist():
        if i and classes.get(i) not in range(1, COUNT):
            raise ValueError(
                f"{name} holds the individual {i}: its class must be 1 to {COUNT - 1}, got {classes.get(i)}"
            )
    return np.array([classes[i] if i else 0 for i in ids.tolist()], np.intp)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
