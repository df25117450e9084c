"""Label maps to test with: large regions as a network draws them, and any small map at all (hypothesis)."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from seg.classes import COUNT, IGNORE

IDS = np.array([*range(COUNT), IGNORE], np.uint8)
SHAPES = array_shapes(min_dims=2, max_dims=2, max_side=24)
LABELS = arrays(np.uint8, SHAPES, elements=st.sampled_from(IDS.tolist()))
BYTES = arrays(np.uint8, SHAPES)


def blobby(seed: int, height: int = 48, width: int = 64, ids=(0, 0, 8, 15)) -> np.ndarray:
    """HxW uint8: blobs of these ids."""
    noise = np.random.default_rng(seed).normal(size=(len(ids), height, width))
    return np.array(ids, np.uint8)[ndimage.gaussian_filter(noise, (0, 4, 4)).argmax(0)]


def displaced(seed: int, classes: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Two label maps 40x56, the second a displaced copy of the first."""
    truth = blobby(seed, 40, 56, range(classes))
    return truth, np.roll(truth, (2, 3), (0, 1))


sizes = st.tuples(st.integers(1, 12), st.integers(1, 12))


def label_maps(shape, ids=(0, 1, 2, 15, 20)):
    """Any map HxW uint8 of these ids."""
    return arrays(np.uint8, shape, elements=st.sampled_from(ids))
