"""The Learn tab's experiments against brute force, scikit-image, the one-click masks and the predictor."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import ndimage
from skimage import measure

from seg.classes import COUNT
from seg.labels.components import count_blobs
from seg.labels.morphology import erase_thin
from seg.lessons import experiments as x
from seg.lessons.masks import superset
from seg.models.postprocess import scores_to_labels
from seg.scoring.losses import LOSSES
from seg.scoring.metrics import grade


def blobby(seed, height=48, width=64, ids=(0, 0, 8, 15)):
    """A label map with large regions, as a network draws them."""
    noise = np.random.default_rng(seed).normal(size=(len(ids), height, width))
    return np.array(ids, np.uint8)[ndimage.gaussian_filter(noise, (0, 4, 4)).argmax(0)]


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


@pytest.mark.parametrize("seed", range(4))
def test_blobs_are_the_legends_and_their_place_is_inside(seed):
    labels = blobby(seed)
    rows, place = x.blobs_of(labels, 100)
    assert len(rows) == sum(count for c, count in count_blobs(labels).items() if c)
    assert ((place > 0) == (labels > 0)).all()
    assert [row["pixels"] for row in rows] == sorted((row["pixels"] for row in rows), reverse=True)
    for number, row in enumerate(rows, 1):
        assert place[row["row"], row["column"]] == number
        assert (labels[place == number] == row["id"]).all()
        assert (place == number).sum() == row["pixels"]
    few, part = x.blobs_of(labels, 1)
    assert few == rows[:1]
    assert (part == (place == 1)).all()


@pytest.mark.parametrize(("height", "width"), [(37, 53), (9, 200), (1, 1)])
def test_scores_of_single_pixels_are_those_the_labels_come_from(height, width):
    scores = torch.randn(COUNT, 9, 13, generator=torch.Generator().manual_seed(height))
    labels, confidence = scores_to_labels(scores.numpy(), height, width)
    found = x.scores_at(scores.numpy(), height, width, np.arange(height), np.arange(width))
    shares = torch.from_numpy(found).softmax(0).numpy()
    assert (np.abs(shares.max(0) * 255 - confidence) < 1.5).all()
    surely = np.sort(found, 0)[-1] - np.sort(found, 0)[-2] > 1e-4
    assert (found.argmax(0) == labels)[surely].all()


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize(("height", "width"), [(33, 50), (9, 13), (5, 7), (1, 20)])
def test_scores_between_cells_are_torchs(height, width, align_corners):
    scores = torch.randn(COUNT, 9, 13, generator=torch.Generator().manual_seed(height))
    whole = F.interpolate(scores[None], size=(height, width), mode="bilinear", align_corners=align_corners)[0].numpy()
    found = x.scores_at(scores.numpy(), height, width, np.arange(height), np.arange(width), align_corners)
    np.testing.assert_allclose(found, whole, atol=1e-5)
    one = x.scores_at(scores.numpy(), height, width, np.array([height - 1]), np.array([width // 2]), align_corners)
    np.testing.assert_allclose(one[:, 0, 0], whole[:, height - 1, width // 2], atol=1e-5)


def test_equal_blocks_have_their_pixel_in_their_middle():
    for cells, side in ((1, 1), (1, 9), (3, 9), (4, 30), (13, 13), (9, 5)):
        rows, _ = x.grid_of(side, 1, cells, 1, align_corners=False)
        assert len(rows) == cells
        for cell, row in enumerate(rows):
            assert 0 <= row < side
            assert abs((row + 0.5) * cells / side - (cell + 0.5)) <= 0.5 * cells / side + 1e-9


def test_the_grid_reaches_from_corner_to_corner():
    for cells, side in itertools.product((1, 2, 5), (1, 4, 30)):
        rows, _ = x.grid_of(side, 1, cells, 1)
        assert rows[0] == 0
        assert rows[-1] == (side - 1 if cells > 1 else 0)
        assert len(rows) == cells


def test_a_sure_mask_is_as_sure_as_it_says():
    labels = np.array([[0, 13]], np.uint8)
    shares = torch.from_numpy(x.sure_logits(labels, 0.9)).softmax(0)
    assert shares[0, 0, 0].item() == pytest.approx(0.9, abs=1e-6)
    assert shares[13, 0, 1].item() == pytest.approx(0.9, abs=1e-6)
    assert shares[5, 0, 0].item() == pytest.approx(0.1 / 20, abs=1e-7)


def test_the_loss_table_holds_the_losses_and_the_background_share_of_their_pull():
    truth = blobby(3, 12, 16)
    logits = {"nothing": np.zeros((COUNT, 12, 16), np.float32), "itself": x.sure_logits(truth)}
    table = x.loss_table(logits, truth)
    target = torch.from_numpy(truth.astype(np.int64))
    for name, loss in itertools.product(logits, LOSSES):
        entry = table[name][loss]
        assert entry["value"] == pytest.approx(LOSSES[loss](torch.from_numpy(logits[name]), target).item(), rel=1e-6)
        assert entry["on_background"] == pytest.approx(entry["map"][truth == 0].sum() / entry["map"].sum(), rel=1e-4)
    # Knowing nothing, cross-entropy pulls at every pixel alike: background gets its share of the photo.
    assert table["nothing"]["cross_entropy"]["on_background"] == pytest.approx((truth == 0).mean(), rel=1e-5)
