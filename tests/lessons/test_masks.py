"""The one-click masks against scipy; what they teach is tested in tests/page/test_paint.py."""

import numpy as np
import pytest
from scipy import ndimage

from seg.classes import IGNORE
from seg.lessons.masks import shifted


@pytest.mark.parametrize("n", [0, 1, 5, 23, 24, 80])
def test_shifted_is_scipys_shift_with_background_left_behind(n):
    truth = np.random.default_rng(n).choice(np.array([0, 3, 13, IGNORE], np.uint8), (24, 40))
    moved = ndimage.shift(np.where(truth == IGNORE, 0, truth), (n, n), order=0, cval=0)
    np.testing.assert_array_equal(shifted(truth, n), moved)
