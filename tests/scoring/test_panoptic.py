"""Panoptic quality against the definition by brute force, by hand, and what must hold for any photo."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seg.classes import COUNT, IGNORE
from seg.scoring.panoptic import PanopticCounts, match
from tests.label_maps import sizes
from tests.oracles.panoptic import plain_counts

COW, SHEEP = 10, 17
CLASSES = {1: COW, 2: COW, 3: SHEEP, 4: SHEEP, 300: COW}


def ids(shape, values):
    return arrays(np.uint16, shape, elements=st.sampled_from(values))


photos = sizes.flatmap(lambda shape: st.tuples(ids(shape, (0, 1, 1, 2, 3, IGNORE)), ids(shape, (0, 1, 1, 3, 4, 300))))


def blocky(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Large individuals, and the same displaced: many pairs overlap by about a half."""
    truth = np.kron(np.random.default_rng(seed).choice([0, 1, 2, 3, IGNORE], (3, 4)), np.ones((9, 9), int))
    return truth, np.where(truth == IGNORE, 4, np.roll(truth, (1, 3), (0, 1))) % IGNORE


def same(counts: PanopticCounts, expected: dict) -> None:
    for name, values in asdict(counts).items():
        np.testing.assert_allclose(values, expected[name], err_msg=name)


@given(photos)
def test_counts_are_those_of_masks_compared_one_by_one(photo):
    truth, predicted = photo
    same(match(truth, CLASSES, predicted, CLASSES), plain_counts(truth, CLASSES, predicted, CLASSES))


@pytest.mark.parametrize("seed", range(20))
def test_counts_of_large_individuals(seed):
    truth, predicted = blocky(seed)
    counts = match(truth, CLASSES, predicted, CLASSES)
    same(counts, plain_counts(truth, CLASSES, predicted, CLASSES))
    assert counts.matched.sum() + counts.missed.sum() > 0


@given(photos)
def test_quality_is_the_product_and_lies_between_0_and_1(photo):
    counts = match(photo[0], CLASSES, photo[1], CLASSES)
    quality = counts.panoptic_quality
    np.testing.assert_allclose(quality, counts.segmentation_quality * counts.recognition_quality)
    known = ~np.isnan(quality)
    assert ((quality[known] >= 0) & (quality[known] <= 1)).all()
    assert (known == (counts.matched + counts.missed + counts.invented > 0)).all()


@given(photos)
def test_a_photo_agrees_with_itself(photo):
    truth = photo[0]
    counts = match(truth, CLASSES, np.where(truth == IGNORE, 0, truth), CLASSES)
    assert (counts.panoptic_quality[~np.isnan(counts.panoptic_quality)] == 1).all()
    assert not counts.miscounted.any()
    assert counts.individuals.sum() == len(set(np.unique(truth)) - {0, IGNORE})


@given(photos)
def test_without_void_either_may_be_the_truth(photo):
    truth = np.where(photo[0] == IGNORE, 2, photo[0])
    there, back = match(truth, CLASSES, photo[1], CLASSES), match(photo[1], CLASSES, truth, CLASSES)
    np.testing.assert_array_equal(there.panoptic_quality, back.panoptic_quality)
    np.testing.assert_array_equal(there.missed, back.invented)


@given(photos, st.permutations([5, 6, 7, 8, 1000]))
def test_ids_are_only_names(photo, names):
    renamed = dict(zip((1, 3, 4, 300, 2), names, strict=True))
    other = np.vectorize(lambda i: renamed.get(int(i), 0))(photo[1])
    classes = {renamed[i]: c for i, c in CLASSES.items()}
    expected = asdict(match(photo[0], CLASSES, photo[1], CLASSES))
    same(match(photo[0], CLASSES, other, classes), expected)


@given(photos)
def test_what_is_predicted_in_the_void_changes_no_match(photo):
    """Void pixels are dropped from both: a segment that grows into the void matches as before."""
    truth, predicted = photo
    grown = np.where((truth == IGNORE) & (predicted == 0), 1, predicted)
    before, after = match(truth, CLASSES, predicted, CLASSES), match(truth, CLASSES, grown, CLASSES)
    np.testing.assert_array_equal(before.matched, after.matched)
    np.testing.assert_array_equal(before.overlap, after.overlap)


def test_by_hand():
    truth = np.array([[1, 1, 1, 1, 2, 2, 0, 0, 255, 255]])
    predicted = np.array([[1, 1, 1, 0, 0, 0, 3, 0, 4, 4]])
    counts = match(truth, {1: COW, 2: COW}, predicted, {1: COW, 3: COW, 4: SHEEP})
    # Cow: 1 matches with 3/4, 2 is missed, 3 is invented. The sheep is all in the void: no mistake, nowhere.
    assert counts.panoptic_quality[COW] == pytest.approx(0.75 / (1 + 0.5 + 0.5))
    assert counts.segmentation_quality[COW] == 0.75
    assert counts.recognition_quality[COW] == 0.5
    assert counts.counting_error[COW] == 0  # one missed, one too many
    assert np.isnan(counts.panoptic_quality[SHEEP])
    assert counts.mean(counts.panoptic_quality) == pytest.approx(0.375)


def test_half_is_no_match_and_the_right_outline_with_the_wrong_class_neither():
    half = match(np.array([[1, 1, 1, 1]]), {1: COW}, np.array([[1, 1, 0, 0]]), {1: COW})
    assert (half.matched[COW], half.missed[COW], half.invented[COW]) == (0, 1, 1)
    assert half.segmentation_quality[COW] == half.panoptic_quality[COW] == 0
    wrong = match(np.array([[1, 1]]), {1: COW}, np.array([[1, 1]]), {1: SHEEP})
    assert (wrong.missed[COW], wrong.invented[SHEEP]) == (1, 1)


def test_photos_add_up_and_the_count_is_off_per_photo_that_holds_the_class():
    cow = np.array([[1, 1, 0, 0]])
    two = np.array([[1, 1, 2, 2]])
    three = np.array([[1, 2, 3, 0]])
    both = match(cow, {1: COW}, two, {1: COW, 2: COW}) + match(two, CLASSES, three, dict.fromkeys((1, 2, 3), COW))
    assert both.counting_error[COW] == 1  # one too many, twice
    elsewhere = both + match(np.zeros((1, 4), int), {}, cow, {1: COW})
    assert elsewhere.counting_error[COW] == 1  # that photo holds none
    assert elsewhere.invented[COW] == both.invented[COW] + 1
    assert np.isnan(elsewhere.counting_error[SHEEP])
    assert both.individuals.tolist() == [3.0 if c == COW else 0.0 for c in range(COUNT)]


def test_nobody_on_either_side_has_no_score():
    nobody = np.zeros((3, 4), np.uint8)
    counts = match(nobody, {}, nobody, {})
    for scores in (counts.panoptic_quality, counts.segmentation_quality, counts.recognition_quality):
        assert np.isnan(scores).all()
        assert np.isnan(counts.mean(scores))


@pytest.mark.parametrize(
    ("truth", "predicted", "classes", "words"),
    [
        (np.zeros((2, 3), int), np.zeros((3, 2), int), {}, "one size"),
        (np.zeros((2, 3)), np.zeros((2, 3), int), {}, "whole numbers"),
        (np.zeros((2, 3), int), -np.ones((2, 3), int), {}, "whole numbers"),
        (np.zeros(3, int), np.zeros(3, int), {}, "HxW"),
        (np.zeros((1, 1), int), np.ones((1, 1), int), {}, "individual 1: its class must be 1 to 20, got None"),
        (np.zeros((1, 1), int), np.ones((1, 1), int), {1: 0}, "class must be 1 to 20, got 0"),
    ],
    ids=["sizes", "floats", "negative", "flat", "no class", "background"],
)
def test_what_is_no_map_of_individuals_is_refused(truth, predicted, classes, words):
    with pytest.raises(ValueError, match=words):
        match(truth, {}, predicted, classes)
