"""Pictures of label maps: the overlay by its formula, outlines as scikit-image draws them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import segmentation

from seg.classes import PALETTE
from seg.labels import render
from tests.label_maps import LABELS


@given(LABELS, st.floats(0, 1), st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_overlay_is_the_weighted_mean(labels, opacity, seed):
    photo = np.random.default_rng(seed).integers(0, 256, (*labels.shape, 3), dtype=np.uint8)
    expected = photo * (1 - opacity) + PALETTE[labels] * opacity
    result = render.overlay(photo, labels, opacity)
    assert result.dtype == np.uint8
    assert np.abs(result - expected).max() <= 1.01  # opacity is kept to 1/256, colours to 1
    assert np.array_equal(render.overlay(photo, labels, 0), photo)
    assert np.array_equal(render.overlay(photo, labels, 1), PALETTE[labels])


def test_overlay_refuses_what_does_not_fit():
    photo, labels = np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5), np.uint8)
    for wrong in (1.5, -0.1, float("nan")):
        with pytest.raises(ValueError, match="opacity"):
            render.overlay(photo, labels, wrong)
    with pytest.raises(ValueError, match="like its labels"):
        render.overlay(photo[:3], labels, 0.5)


@given(LABELS)
def test_boundaries_as_scikit_image_draws_them(labels):
    assert np.array_equal(render.boundaries(labels), segmentation.find_boundaries(labels, connectivity=1, mode="thick"))
