"""Grading against counting by hand, torchmetrics and scikit-learn."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from seg.classes import COUNT, IGNORE, NAMES
from seg.scoring.metrics import confusion_matrix, grade, intersection_over_union, warm_up
from tests.label_maps import displaced, label_maps, sizes

settings.register_profile("unhurried", deadline=None)  # the first call compiles; the machine may be busy
settings.load_profile("unhurried")


@st.composite
def pairs(draw, ignore=False):
    shape = draw(sizes)
    ids = (0, 1, 2, 15, 20)
    return draw(label_maps(shape, (*ids, IGNORE) if ignore else ids)), draw(label_maps(shape, ids))


def count_by_hand(truth, painted):
    counts = np.zeros((COUNT, COUNT), np.int64)
    for t, p in zip(truth.ravel().tolist(), painted.ravel().tolist(), strict=True):
        if t != IGNORE:
            counts[t, p] += 1
    return counts


# -- confusion matrix --------------------------------------------------------------------------------------------------


@given(pairs(ignore=True))
def test_confusion_matrix_counts_every_pair(pair):
    counts = confusion_matrix(*pair)
    assert counts.dtype == np.int64
    np.testing.assert_array_equal(counts, count_by_hand(*pair))


def test_confusion_matrix_is_that_of_scikit_learn():
    from sklearn.metrics import confusion_matrix as theirs

    truth, painted = displaced(0)
    expected = theirs(truth.ravel(), painted.ravel(), labels=range(COUNT))
    np.testing.assert_array_equal(confusion_matrix(truth, painted), expected)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint16, np.int16])
def test_any_whole_number_type_and_memory_order_counts_the_same(dtype):
    truth, painted = displaced(1)
    wide = np.repeat(painted.astype(dtype), 2, axis=1)[:, ::2]  # not contiguous
    np.testing.assert_array_equal(
        confusion_matrix(np.asfortranarray(truth.astype(dtype)), wide), count_by_hand(truth, painted)
    )
    assert grade(np.asfortranarray(truth.astype(dtype)), wide).boundary_iou == grade(truth, painted).boundary_iou


def test_a_painted_255_is_an_error_or_is_dropped():
    truth = np.array([[0, 0, 1, IGNORE]], np.uint8)
    painted = np.array([[0, IGNORE, 0, IGNORE]], np.uint8)
    for call in (confusion_matrix, grade):
        with pytest.raises(ValueError, match=r"255 \(unsure\) on 1 pixels .* set their truth to 255"):
            call(truth, painted)
    assert confusion_matrix(truth, painted, drop_unsure=True).sum() == 2
    truth[painted == IGNORE] = IGNORE  # the remedy
    result = grade(truth, painted)
    assert (result.pixels, result.wrong, result.pixel_accuracy) == (2, 1, 0.5)


@pytest.mark.parametrize(
    ("truth", "painted", "says"),
    [
        (np.full((2, 2), 21, np.uint8), np.zeros((2, 2), np.uint8), "truth holds the value 21"),
        (np.zeros((2, 2), np.uint8), np.full((2, 2), 254, np.uint8), "painted holds the value 254"),
        (np.full((2, 2), IGNORE, np.uint8), np.full((2, 2), 99, np.uint8), "painted holds the value 99"),
        (np.full((2, 2), -1), np.zeros((2, 2), np.uint8), "truth holds values from -1"),
        (np.zeros((2, 2), np.uint8), np.full((2, 2), 256), "painted holds values from 256"),
        (np.zeros((2, 2)), np.zeros((2, 2), np.uint8), "truth must hold whole numbers"),
        (np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8), "one shape"),
    ],
)
def test_bad_label_maps_are_refused_by_name(truth, painted, says):
    for call in (confusion_matrix, grade):
        with pytest.raises(ValueError, match=says):
            call(truth, painted)


@pytest.mark.parametrize("shape", [(4,), (6, 5, 3), (3, 6, 5), (6, 5, 1), ()])
def test_what_is_not_one_map_of_class_ids_is_refused(shape):
    """A picture in colours above all: its channels are not so many label maps, nor its rows so many photos."""
    picture = np.zeros(shape, np.uint8)
    for call in (confusion_matrix, grade):
        with pytest.raises(ValueError, match=r"^truth must be a label map HxW, .*decode_png"):
            call(picture, picture)
        with pytest.raises(ValueError, match=r"^painted must be a label map HxW, "):
            call(np.zeros((6, 5), np.uint8), picture)


# -- the scores of one photo -------------------------------------------------------------------------------------------


@given(pairs(ignore=True))
def test_scores_are_set_arithmetic_on_pixels(pair):
    truth, painted = pair
    result = grade(truth, painted)
    graded = truth != IGNORE
    ious, dices = [], []
    for c in range(COUNT):
        a = set(np.flatnonzero((truth == c) & graded))
        b = set(np.flatnonzero((painted == c) & graded))
        ious.append(len(a & b) / len(a | b) if a | b else math.nan)
        dices.append(2 * len(a & b) / (len(a) + len(b)) if a | b else math.nan)
    np.testing.assert_allclose(result.iou, ious, rtol=1e-12)
    np.testing.assert_allclose(result.dice, dices, rtol=1e-12)
    present = [c for c in range(COUNT) if not math.isnan(ious[c])]
    if present:
        assert result.mean_iou == pytest.approx(np.mean([ious[c] for c in present]))
        assert result.mean_dice == pytest.approx(np.mean([dices[c] for c in present]))
        assert result.pixel_accuracy == pytest.approx(np.mean(truth[graded] == painted[graded]))
    assert result.pixels == graded.sum()
    assert result.wrong == np.sum(truth[graded] != painted[graded])


@given(pairs())
def test_scores_are_bounded_symmetric_and_one_only_for_equal_maps(pair):
    truth, painted = pair
    there, back = grade(truth, painted), grade(painted, truth)
    for name in ("mean_iou", "pixel_accuracy", "mean_dice", "boundary_iou"):
        assert 0 <= getattr(there, name) <= 1
        assert getattr(there, name) == pytest.approx(getattr(back, name))
        assert getattr(grade(truth, truth), name) == 1
    np.testing.assert_array_equal(there.confusion, back.confusion.T)
    assert there.mean_iou <= there.mean_dice + 1e-12
    assert (there.mean_iou == 1) == np.array_equal(truth, painted)


@given(pairs(ignore=True), st.permutations(range(COUNT)))
@settings(max_examples=50)
def test_renaming_the_classes_changes_no_mean(pair, order):
    rename = np.arange(256, dtype=np.uint8)
    rename[:COUNT] = order
    before, after = grade(*pair), grade(*(rename[labels] for labels in pair))
    for name in ("mean_iou", "pixel_accuracy", "mean_dice", "boundary_iou"):
        assert getattr(after, name) == pytest.approx(getattr(before, name), nan_ok=True)
    np.testing.assert_array_equal(after.iou[list(order)], before.iou)


@pytest.mark.parametrize("grown", range(6))
def test_a_superset_scores_truth_over_mask(grown):
    truth = np.zeros((40, 40), np.uint8)
    truth[12:28, 10:30] = 12
    painted = np.where(ndimage.binary_dilation(truth, iterations=grown) if grown else truth > 0, 12, 0).astype(np.uint8)
    assert grade(truth, painted).iou[12] == (truth == 12).sum() / (painted == 12).sum()


def test_everything_background_has_high_accuracy_and_low_iou():
    truth = np.zeros((10, 10), np.uint8)
    truth[0] = 8
    result = grade(truth, np.zeros_like(truth))
    assert (result.pixel_accuracy, result.mean_iou) == (0.9, 0.45)


@given(pairs(ignore=True), st.integers(0, COUNT - 1))
def test_what_is_painted_on_dropped_pixels_changes_nothing(pair, other):
    truth, painted = pair
    before, after = grade(truth, painted), grade(truth, np.where(truth == IGNORE, np.uint8(other), painted))
    assert before.as_dict() == after.as_dict()


def test_nothing_to_grade_is_nan():
    nothing = (np.full((3, 3), IGNORE, np.uint8), np.zeros((0, 5), np.uint8), np.zeros((0, 0), np.uint8))
    for truth in nothing:
        result = grade(truth, np.zeros_like(truth))
        for name in ("mean_iou", "pixel_accuracy", "mean_dice", "boundary_iou"):
            assert math.isnan(getattr(result, name))
        assert np.isnan(result.iou).all()
        assert result.pixels == 0


def test_as_dict_is_strict_json_with_null_for_absent():
    truth, painted = displaced(2)
    answer = json.loads(json.dumps(grade(truth, painted, boundary=False).as_dict(), allow_nan=False))
    assert list(answer) == ["mean_iou", "pixel_accuracy", "mean_dice", "boundary_iou", "iou"]
    assert list(answer["iou"]) == list(NAMES)
    assert answer["boundary_iou"] is None
    assert answer["iou"]["cow"] is None
    assert answer["iou"]["bird"] == grade(truth, painted).iou[3]


def test_a_grade_cannot_be_changed():
    result = grade(*displaced(3))
    with pytest.raises(AttributeError):
        result.mean_iou = 1.0
    with pytest.raises(ValueError, match="read-only"):
        result.iou[0] = 1.0


# -- beside other libraries --------------------------------------------------------------------------------------------


@given(pairs(ignore=True))
@settings(max_examples=50)
def test_per_class_scores_are_those_of_scikit_learn(pair):
    from sklearn.metrics import f1_score, jaccard_score

    truth, painted = pair
    graded = truth != IGNORE
    if not graded.any():
        return
    theirs = {"labels": range(COUNT), "average": None, "zero_division": 0}
    result = grade(truth, painted)
    for ours, score in ((result.iou, jaccard_score), (result.dice, f1_score)):
        np.testing.assert_allclose(np.nan_to_num(ours), score(truth[graded], painted[graded], **theirs))
    np.testing.assert_array_equal(
        ~np.isnan(result.iou), np.isin(range(COUNT), np.append(truth[graded], painted[graded]))
    )


def test_mean_iou_is_that_of_torchmetrics():
    import torch
    from torchmetrics.functional.segmentation import mean_iou

    for seed in range(4):
        truth, painted = displaced(seed, classes=2 + seed)
        theirs = mean_iou(
            torch.tensor(painted[None]).long(),
            torch.tensor(truth[None]).long(),
            num_classes=COUNT,
            input_format="index",
        )
        assert grade(truth, painted).mean_iou == pytest.approx(float(theirs), abs=1e-6)


def test_per_class_scores_with_ignored_pixels_are_those_of_torchmetrics():
    import torch
    from torchmetrics.functional.classification import multiclass_jaccard_index

    truth, painted = displaced(5)
    truth[10:20, 5:30] = IGNORE
    scores = multiclass_jaccard_index(
        torch.tensor(painted).long(), torch.tensor(truth).long(), COUNT, average="none", ignore_index=IGNORE
    )
    np.testing.assert_allclose(np.nan_to_num(grade(truth, painted).iou), scores.numpy(), atol=1e-6)


def test_summed_counts_are_scored_as_mmsegmentation_documents_it():
    """Areas by histogram over the pixels that are not ignored, summed over photos; IoU from the sums."""
    photos = [displaced(seed, classes=2 + 2 * seed) for seed in range(3)]
    photos[1][0][:9] = IGNORE
    areas = np.zeros((3, COUNT))
    for truth, painted in photos:
        keep = truth != IGNORE
        t, p = truth[keep], painted[keep]
        for row, values in enumerate((p[p == t], p, t)):
            areas[row] += np.histogram(values, bins=COUNT, range=(-0.5, COUNT - 0.5))[0]
    with np.errstate(invalid="ignore"):
        expected = areas[0] / (areas[1] + areas[2] - areas[0])
    np.testing.assert_allclose(intersection_over_union(sum(confusion_matrix(*photo) for photo in photos)), expected)


def test_warm_up_leaves_grading_as_it_was():
    pair = displaced(6)
    before = grade(*pair).as_dict()
    warm_up()
    assert grade(*pair).as_dict() == before
