"""Scores at single pixels of the photo against torch's interpolation and the predictor's labels."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from seg.classes import COUNT
from seg.lessons.sampling import grid_of, scores_at
from seg.models.postprocess import scores_to_labels


@pytest.mark.parametrize(("height", "width"), [(37, 53), (9, 200), (1, 1)])
def test_scores_of_single_pixels_are_those_the_labels_come_from(height, width):
    scores = torch.randn(COUNT, 9, 13, generator=torch.Generator().manual_seed(height))
    labels, confidence = scores_to_labels(scores.numpy(), height, width)
    found = scores_at(scores.numpy(), height, width, np.arange(height), np.arange(width))
    shares = torch.from_numpy(found).softmax(0).numpy()
    assert (np.abs(shares.max(0) * 255 - confidence) < 1.51).all()
    surely = np.sort(found, 0)[-1] - np.sort(found, 0)[-2] > 1e-4
    assert (found.argmax(0) == labels)[surely].all()


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize(("height", "width"), [(33, 50), (9, 13), (5, 7), (1, 20)])
def test_scores_between_cells_are_torchs(height, width, align_corners):
    scores = torch.randn(COUNT, 9, 13, generator=torch.Generator().manual_seed(height))
    whole = F.interpolate(scores[None], size=(height, width), mode="bilinear", align_corners=align_corners)[0].numpy()
    found = scores_at(scores.numpy(), height, width, np.arange(height), np.arange(width), align_corners)
    np.testing.assert_allclose(found, whole, atol=1e-5)
    one = scores_at(scores.numpy(), height, width, np.array([height - 1]), np.array([width // 2]), align_corners)
    np.testing.assert_allclose(one[:, 0, 0], whole[:, height - 1, width // 2], atol=1e-5)


def test_equal_blocks_have_their_pixel_in_their_middle():
    for cells, side in ((1, 1), (1, 9), (3, 9), (4, 30), (13, 13), (9, 5)):
        rows, _ = grid_of(side, 1, cells, 1, align_corners=False)
        assert len(rows) == cells
        for cell, row in enumerate(rows):
            assert 0 <= row < side
            assert abs((row + 0.5) * cells / side - (cell + 0.5)) <= 0.5 * cells / side + 1e-9


def test_the_grid_reaches_from_corner_to_corner():
    for cells, side in itertools.product((1, 2, 5), (1, 4, 30)):
        rows, _ = grid_of(side, 1, cells, 1)
        assert rows[0] == 0
        assert rows[-1] == (side - 1 if cells > 1 else 0)
        assert len(rows) == cells
