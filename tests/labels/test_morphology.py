"""Thin parts taken out of a label map: compared with brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seg.classes import IGNORE
from seg.labels import morphology
from tests.label_maps import SHAPES


@given(arrays(np.uint8, SHAPES, elements=st.sampled_from([0, 3, 3, 3, 9, IGNORE])), st.integers(1, 5))
def test_erase_thin_is_an_opening_of_each_class(labels, width):
    expected = np.where(np.isin(labels, (0, IGNORE)), labels, 0)
    for r, c in np.ndindex(labels.shape):
        square = labels[r : r + width, c : c + width]
        if square.shape == (width, width) and (square == square[0, 0]).all():
            expected[r : r + width, c : c + width] = square
    assert np.array_equal(morphology.erase_thin(labels, width), expected)


def test_erase_thin_takes_the_wire_and_leaves_the_plane():
    labels = np.zeros((40, 60), np.uint8)
    labels[10:30, 5:30] = 1
    labels[18:21, 30:60] = 1  # a wire 3 px wide
    assert np.array_equal(morphology.erase_thin(labels, 3), labels)
    erased = morphology.erase_thin(labels, 4)
    assert (erased[:, 30:] == 0).all()
    assert np.array_equal(erased[:, :30], labels[:, :30])
    with pytest.raises(ValueError, match="1 or more"):
        morphology.erase_thin(labels, 0)


@pytest.mark.parametrize("seed", range(5))
def test_the_innermost_pixel_is_as_deep_as_any(seed):
    mask = np.random.default_rng(seed).random((9, 11)) < 0.8
    outside = np.argwhere(~np.pad(mask, 1)) - 1
    depth = {tuple(at): np.hypot(*(outside - at).T).min() for at in np.argwhere(mask)}
    row, column, room = morphology.innermost(mask)
    assert depth[row, column] == pytest.approx(max(depth.values()))
    assert room == int(depth[row, column])
