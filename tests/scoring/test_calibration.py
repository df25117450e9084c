"""Calibration against torchmetrics, and by hand."""

import numpy as np
import pytest
import torch

from seg.scoring.calibration import expected_calibration_error, reliability


@pytest.mark.parametrize("bins", [1, 15, 40])
def test_the_error_is_torchmetrics(bins):
    from torchmetrics.functional.classification import binary_calibration_error  # seconds, for this process alone

    rng = np.random.default_rng(bins)
    confidence = rng.uniform(0.02, 1, 5000).astype(np.float32)
    right = rng.random(5000) < confidence**2
    # For torchmetrics the confidence is that of class 1; its calibration error then compares it with the share of ones.
    expected = binary_calibration_error(torch.from_numpy(confidence), torch.from_numpy(right), n_bins=bins).item()
    assert expected_calibration_error(reliability(right, confidence, bins)) == pytest.approx(expected, abs=1e-5)


def test_tables_add_up_and_count_every_pixel_once():
    rng = np.random.default_rng(0)
    confidence, right = rng.uniform(0, 1, (8, 50)), rng.random((8, 50)) < 0.5
    parts = sum(reliability(*row) for row in zip(right, confidence, strict=True))
    whole = reliability(right, confidence)
    np.testing.assert_allclose(parts, whole)
    assert whole[:, 0].sum() == 400
    assert whole[:, 2].sum() == right.sum()


def test_the_ends_lie_in_the_outer_bins():
    table = reliability(np.array([True, False]), np.array([1.0, 0.0]))
    assert table[[0, -1], 0].tolist() == [1, 1]
    assert expected_calibration_error(table) == 0


def test_nothing_has_no_error():
    assert np.isnan(expected_calibration_error(reliability(np.zeros(0, bool), np.zeros(0))))


def test_sizes_must_agree():
    with pytest.raises(ValueError, match="one size"):
        reliability(np.zeros(3, bool), np.zeros(4))
