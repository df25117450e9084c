"""Specks, beside a slow way to absorb them: blob by blob, with scikit-image's labelling."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage.measure import label

from seg.labels.specks import SHARE, absorb_specks

SIZES = arrays.array_shapes(min_dims=2, max_dims=2, max_side=9)
small_maps = arrays.arrays(np.uint8, SIZES, elements=st.integers(0, 3))


def slowly(labels: np.ndarray, share: float) -> np.ndarray:
    blobs = label(labels, background=-1, connectivity=2)
    specks = {k: blobs == k for k in np.unique(blobs) if (blobs == k).sum() < share * labels.size}
    found = labels.copy()
    if len(specks) == len(np.unique(blobs)):
        return found
    while specks:
        waiting = np.any(list(specks.values()), axis=0)
        around = {}
        for k, mask in specks.items():
            votes = np.zeros(4, int)
            for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
                shifted = np.roll(mask, step, axis)
                edge = [slice(None)] * 2
                edge[axis] = 0 if step == 1 else -1
                shifted[tuple(edge)] = False
                votes = votes + np.bincount(found[shifted & ~waiting], minlength=4)
            if votes.any():
                around[k] = votes.argmax()
        for k, winner in around.items():
            found[specks.pop(k)] = winner
    return found


@given(small_maps, st.sampled_from([0, 0.03, 0.1, 0.3, 2]))
def test_specks_take_the_label_around_them(labels, share):
    before = labels.copy()
    found = absorb_specks(labels, share)
    assert np.array_equal(found, slowly(labels, share))
    assert np.array_equal(labels, before)


@given(small_maps)
def test_nothing_small_is_left_and_nothing_large_is_lost(labels):
    found = absorb_specks(labels, 0.1)
    blobs = label(labels, background=-1, connectivity=2)
    large = np.bincount(blobs.ravel())[blobs] >= 0.1 * labels.size
    assert np.array_equal(found[large], labels[large])
    if large.any():
        sizes = np.bincount(label(found, background=-1, connectivity=2).ravel())[1:]
        assert sizes.min() >= 0.1 * labels.size


def test_a_cat_of_five_pixels_is_gone_and_one_of_two_hundred_stays():
    labels = np.zeros((768, 1024), np.uint8)
    labels[100, 100:105] = 8
    labels[300:310, 300:320] = 8
    labels[304:306, 310:312] = 15  # an eye
    expected = np.zeros_like(labels)
    expected[300:310, 300:320] = 8
    assert SHARE * labels.size < 200
    assert np.array_equal(absorb_specks(labels), expected)


def test_what_touches_a_speck_at_a_corner_alone_has_no_vote():
    labels = np.zeros((20, 20), np.uint8)
    labels[0:2, 0:2], labels[2, 2] = 3, 5
    assert absorb_specks(labels, 0.01)[2, 2] == 0
