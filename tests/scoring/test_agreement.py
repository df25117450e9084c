"""Two label maps compared: against counting by hand, scikit-learn, and what must hold for any two maps."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seg.classes import COUNT, IGNORE, NAMES
from seg.scoring.agreement import Disagreement, agreement, in_words

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
IDS = (0, 3, 10, 13, 20)


@st.composite
def pairs(draw, ids=IDS):
    shape = draw(st.tuples(st.integers(1, 12), st.integers(1, 12)))
    maps = arrays(np.uint8, shape, elements=st.sampled_from(ids))
    return draw(maps), draw(maps)


def pairs_by_hand(first, second):
    both = zip(first.ravel().tolist(), second.ravel().tolist(), strict=True)
    return Counter(pair for pair in both if IGNORE not in pair)


@given(pairs((*IDS, IGNORE)))
def test_counts_are_those_of_a_loop_over_the_pixels(pair):
    found, expected = agreement(*pair), pairs_by_hand(*pair)
    assert {(i, j): int(found.counts[i, j]) for i, j in zip(*found.counts.nonzero(), strict=True)} == expected
    assert found.pixels == sum(expected.values())
    assert found.differ == sum(count for (i, j), count in expected.items() if i != j)
    assert found.classes == tuple(sorted({label for both in expected for label in both}))
    assert found.table().sum() == found.pixels
    assert found.table().shape == (len(found.classes),) * 2
    if found.pixels:
        assert found.share == (found.pixels - found.differ) / found.pixels


@given(pairs())
def test_mean_iou_is_scikit_learns_over_the_classes_present(pair):
    from sklearn.metrics import jaccard_score  # a second, for this process alone

    found = agreement(*pair)
    theirs = jaccard_score(pair[0].ravel(), pair[1].ravel(), labels=found.classes, average="macro", zero_division=0)
    assert found.mean_iou == pytest.approx(theirs)
    assert np.isnan(found.iou).sum() == COUNT - len(found.classes)


@given(pairs((*IDS, IGNORE)))
def test_neither_map_is_the_truth(pair):
    there, back = agreement(*pair), agreement(*reversed(pair))
    np.testing.assert_array_equal(there.counts, back.counts.T)
    np.testing.assert_equal((there.share, there.mean_iou), (back.share, back.mean_iou))


@given(pairs(), st.integers(1, 30))
def test_the_most_common_disagreements_come_first(pair, most):
    common = agreement(*pair).common(most)
    apart = {both: count for both, count in pairs_by_hand(*pair).items() if both[0] != both[1]}
    expected = sorted(apart.items(), key=lambda item: (-item[1], item[0]))[:most]
    assert common == [Disagreement(i, j, count) for (i, j), count in expected]


@given(pairs())
def test_a_map_agrees_with_itself(pair):
    found = agreement(pair[0], pair[0])
    assert (found.share, found.mean_iou, found.differ, found.common()) == (1, 1, 0, [])
    assert in_words(found) == [f"They agree on every one of the {pair[0].size:,} pixels."]


def test_words_carry_the_numbers():
    cow = np.full((100, 100), 10, np.uint8)
    horse = cow.copy()
    horse[:20] = 13
    horse[20:25] = 0
    first, *rest = in_words(agreement(cow, horse))
    assert first == "They agree on 75.0 % of the pixels; 2,500 pixels differ."
    assert rest == ["2,000 pixels: cow for A, horse for B.", "500 pixels: cow for A, background for B."]
    assert in_words(agreement(horse, cow), most=1)[1:] == ["2,000 pixels: horse for A, cow for B."]


def test_words_never_round_a_difference_away():
    a = np.zeros((1000, 100), np.uint8)
    b = a.copy()
    b[0, 0] = 15
    assert in_words(agreement(a, b))[0] == "They agree on more than 99.9 % of the pixels; 1 pixel differs."
    assert in_words(agreement(a, b))[1] == f"1 pixel: background for A, {NAMES[15]} for B."
    c = np.full_like(a, 15)
    c[0, 0] = 0
    assert in_words(agreement(a, c))[0].startswith("They agree on less than 0.1 % of the pixels; 99,999 pixels differ.")


def test_where_nothing_is_labelled_nothing_is_compared():
    unsure = np.full((2, 2), IGNORE, np.uint8)
    found = agreement(unsure, np.zeros((2, 2), np.uint8))
    assert (found.pixels, found.differ, found.classes) == (0, 0, ())
    assert math.isnan(found.share)
    assert math.isnan(found.mean_iou)
    assert in_words(found) == ["There is no pixel that both of them have labelled."]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8), "one shape"),
        (np.zeros((2, 2)), np.zeros((2, 2), np.uint8), "whole numbers"),
        (np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3), np.uint8), "HxW"),
        (np.full((2, 2), 21, np.uint8), np.zeros((2, 2), np.uint8), "21"),
        (np.zeros((2, 2), np.uint8), np.full((2, 2), 99, np.uint8), "99"),
    ],
)
def test_what_are_not_two_label_maps_is_refused(first, second, words):
    with pytest.raises(ValueError, match=words):
        agreement(first, second)
