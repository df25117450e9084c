"""Boundary bands and boundary IoU against the definition by brute force: erosion class by class."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from seg.classes import COUNT, IGNORE
from seg.scoring.boundary import boundary_bands, boundary_width
from seg.scoring.metrics import grade
from tests.label_maps import displaced, label_maps, sizes

settings.register_profile("unhurried", deadline=None)  # the first call compiles; the machine may be busy
settings.load_profile("unhurried")


def bands_by_erosion(labels, distance):
    """Cheng et al. 2021: for each class the mask minus `distance` rounds of a 3x3 erosion, zeros around the photo."""
    bands = np.full_like(labels, 255)
    for c in np.unique(labels[labels != 255]):
        inside = ndimage.binary_erosion(labels == c, np.ones((3, 3)), iterations=distance, border_value=0)
        bands[(labels == c) & ~inside] = c
    return bands


@given(sizes.flatmap(lambda shape: label_maps(shape, (0, 0, 0, 7, IGNORE))), st.integers(1, 4))
def test_bands_are_the_mask_minus_its_erosion(labels, distance):
    np.testing.assert_array_equal(boundary_bands(labels, distance), bands_by_erosion(labels, distance))


@pytest.mark.parametrize("distance", [1, 2, 3, 7, 30])
def test_bands_of_large_areas_are_the_mask_minus_its_erosion(distance):
    for seed in range(3):
        labels = np.kron(displaced(seed)[0], np.ones((3, 3), np.uint8))
        np.testing.assert_array_equal(boundary_bands(labels, distance), bands_by_erosion(labels, distance))


def test_boundary_iou_by_brute_force():
    for seed in range(3):
        truth, painted = (
            np.kron(labels, np.ones((4, 4), np.uint8)) for labels in displaced(seed)
        )  # 160x224: 6 px deep
        distance = boundary_width(*truth.shape)
        bands = [bands_by_erosion(labels, distance) for labels in (truth, painted)]
        expected = np.full(COUNT, np.nan)
        for c in np.unique([truth, painted]):
            t, p = (band == c for band in bands)
            expected[c] = (t & p).sum() / (t | p).sum()
        result = grade(truth, painted)
        np.testing.assert_allclose(result.boundary, expected)
        assert result.boundary_iou == pytest.approx(np.nanmean(expected))
        assert 0 < result.boundary_iou < 1


def test_boundary_iou_with_ignored_pixels_treats_them_alike_in_both_maps():
    truth, painted = (np.kron(labels, np.ones((4, 4), np.uint8)) for labels in displaced(4))
    truth[50:90, 60:150] = IGNORE
    both = np.where(truth == IGNORE, np.uint8(IGNORE), painted)
    bands = [bands_by_erosion(labels, boundary_width(*truth.shape)) for labels in (truth, both)]
    t, p = (band == 1 for band in bands)
    assert grade(truth, painted).boundary[1] == pytest.approx((t & p).sum() / (t | p).sum())
    assert grade(truth, both).boundary_iou == grade(truth, painted).boundary_iou


def test_boundary_iou_sees_a_coarse_outline_that_iou_forgives():
    truth = np.zeros((200, 200), np.uint8)
    truth[20:180, 20:180] = 6
    painted = ndimage.grey_erosion(truth, 5)
    result = grade(truth, painted)
    assert result.iou[6] > 0.94
    assert result.boundary[6] < 0.6


def test_boundary_width_is_two_percent_of_the_diagonal():
    assert [boundary_width(*shape) for shape in ((768, 1024), (300, 400), (1, 1))] == [26, 10, 1]


@pytest.mark.parametrize(
    ("labels", "distance"),
    [(np.zeros((3, 3), np.uint8), 0), (np.zeros((3, 3)), 1), (np.zeros((3, 3, 3), np.uint8), 1), ([[0]], 1)],
    ids=["no distance", "floats", "colours", "a list"],
)
def test_what_has_no_bands_is_refused(labels, distance):
    with pytest.raises(ValueError, match="need a label map HxW uint8 and a distance of at least 1"):
        boundary_bands(labels, distance)
