"""Calibration: of the pixels a network is 80 % confident of, are 80 % right?

Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017: reliability diagrams, expected calibration
error and temperature scaling.
"""

import numpy as np

BINS = 15


def reliability(right: np.ndarray, confidence: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Sort pixels into bins of equal width by their confidence: `bins`x3 float64, one row (pixels, sum of confidence,
    right ones) per bin. Tables of several photos can be added.

    right: N bools. confidence: N floats, 0 to 1; bin k holds those from k/bins up to (k+1)/bins, the last one 1.0 too.
    Raises ValueError when the two differ in size.

    >>> reliability(np.array([True, False, True]), np.array([0.9, 0.6, 0.2]), bins=2).tolist()
    [[1.0, 0.2, 1.0], [2.0, 1.5, 1.0]]
    """
    right, confidence = np.ravel(right), np.ravel(confidence)
    if right.size != confidence.size:
        raise ValueError(f"right and confidence must have one size, got {right.size} and {confidence.size}")
    place = np.minimum((confidence * bins).astype(np.intp), bins - 1)
    columns = (None, confidence, right.astype(np.float64))
    return np.stack([np.bincount(place, weights, bins).astype(np.float64) for weights in columns], 1)


def expected_calibration_error(table: np.ndarray) -> float:
    """The mean over pixels of |share that is right - mean confidence| in their bin; 0 is perfect.

    table: `reliability`'s. NaN where no pixel was counted.

    >>> round(expected_calibration_error(np.array([[10, 8.0, 7], [30, 29.0, 29]])), 3)    # |8 - 7| / 40
    0.025
    """
    pixels, confidence, right = table.T
    return float(np.abs(confidence - right).sum() / pixels.sum()) if pixels.any() else float("nan")
