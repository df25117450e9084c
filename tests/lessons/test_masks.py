"""The one-click masks against scipy; what they teach is tested in tests/page/test_paint.py."""

import numpy as np
import pytest
from scipy import ndimage

from seg.classes import IGNORE
from seg.labels.components import TINY_SHARE
from seg.lessons.loss_lab import on_tiny
from seg.lessons.masks import lesson, shifted
from seg.scoring.metrics import grade


@pytest.mark.parametrize("n", [0, 1, 5, 23, 24, 80])
def test_shifted_is_scipys_shift_with_background_left_behind(n):
    truth = np.random.default_rng(n).choice(np.array([0, 3, 13, IGNORE], np.uint8), (24, 40))
    moved = ndimage.shift(np.where(truth == IGNORE, 0, truth), (n, n), order=0, cval=0)
    np.testing.assert_array_equal(shifted(truth, n), moved)


@pytest.mark.parametrize(("pixels", "tiny"), [(9, True), (10, False)])
def test_the_sentence_and_the_loss_lab_call_the_same_class_tiny(pixels, tiny):
    truth = np.zeros((50, 100), np.uint8)
    assert TINY_SHARE * truth.size == 10
    truth[20, 30 : 30 + pixels] = 5
    said = lesson("superset", 1, truth, grade(truth, shifted(truth, 1)))
    assert (f"bottle, only {pixels} pixels large," in said) is tiny
    assert (on_tiny(np.where(truth == 5, 5000.0, 1.0), truth) is not None) is tiny
