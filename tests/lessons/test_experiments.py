"""The Learn tab's experiments against brute force, scikit-image and the one-click masks."""

import numpy as np
import pytest
from skimage import measure

from seg.labels.morphology import erase_thin
from seg.lessons import experiments as x
from seg.lessons.masks import superset
from seg.scoring.metrics import grade
from tests.label_maps import blobby


def test_the_subject_is_the_largest_class_but_background():
    assert x.subject(np.zeros((3, 3), np.uint8)) == 0
    assert x.subject(np.full((3, 3), 255, np.uint8)) == 0
    assert x.subject(np.array([[0, 0, 0, 3, 7, 7, 255, 255, 255]], np.uint8)) == 7


@pytest.mark.parametrize("seed", range(4))
def test_one_answer_everywhere_scores_its_share_and_that_over_the_classes(seed):
    truth = blobby(seed)
    present = np.unique(truth)
    for c in present:
        share = (truth == c).mean()
        assert x.trivial(truth, int(c)) == pytest.approx({"accuracy": share, "mean_iou": share / len(present)})


@pytest.mark.parametrize("seed", range(4))
def test_growing_is_the_one_click_mask_and_iou_is_truth_over_mask(seed):
    mask = blobby(seed) == 8
    assert mask.any()
    steps = (0, 1, 2, 5, 9)
    distance = x.distance_from(mask, 9)
    for n, row in zip(steps, x.growth(mask, steps), strict=True):
        grown = superset(mask.astype(np.uint8) * 8, n) == 8
        assert ((distance <= n) == grown).all()
        assert row["pixels"] == grown.sum()
        intersection, union = (mask & grown).sum(), (mask | grown).sum()
        assert row["iou"] == pytest.approx(intersection / union)
        assert row["predicted"] == pytest.approx(row["iou"])


def test_nothing_to_grow_or_to_thin_is_said():
    nothing = np.zeros((4, 4), bool)
    assert (x.distance_from(nothing, 5) == 6).all()
    for experiment in (x.growth, x.thinning):
        with pytest.raises(ValueError, match="no object"):
            experiment(nothing, [1])


@pytest.mark.parametrize("levels", [2, 5, 256])
def test_no_classifier_of_single_colours_beats_the_colour_labels(levels):
    random = np.random.default_rng(levels)
    truth = blobby(1, 20, 30)
    photo = (random.integers(0, 256, (20, 30, 3)) // 4 + truth[..., None] * 8).clip(0, 255).astype(np.uint8)
    found = x.colour_labels(photo, truth, levels)
    colours = {}
    for pixel, colour in enumerate(map(tuple, (photo.reshape(-1, 3) // (256 / levels)).astype(int))):
        colours.setdefault(colour, []).append(pixel)
    best = 0
    for pixels in colours.values():
        given = set(found.reshape(-1)[pixels])
        assert len(given) == 1  # one colour, one label
        best += np.bincount(truth.reshape(-1)[pixels]).max()
    assert (found == truth).sum() == best


@pytest.mark.parametrize("seed", range(4))
def test_thinning_says_which_pixels_go_and_what_is_left(seed):
    truth = blobby(seed)
    mask = truth == 8
    widths = (2, 3, 5, 8, 13, 200)
    rows, gone = x.thinning(mask, widths)
    assert (gone[~mask] == 255).all()
    for w, row in zip(widths, rows, strict=True):
        kept = erase_thin(mask.astype(np.uint8), w) == 1
        assert ((gone > w) & mask == kept).all()
        lost = mask & ~kept
        result = grade(mask.astype(np.uint8), kept.astype(np.uint8))
        assert row["lost"] == lost.sum()
        assert row["pieces"] == measure.label(lost, connectivity=2).max()
        assert row["iou"] == pytest.approx(result.iou[1])
        assert row["boundary_iou"] == pytest.approx(result.boundary[1])
    assert rows[-1]["iou"] == 0
