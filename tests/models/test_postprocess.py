"""Labels and confidence against the plain way: all scores at full size, softmax and argmax, in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seg.classes import COUNT
from seg.models.postprocess import exp_below, label_cells, scores_to_labels, softmax_at, warm_up
from tests.oracles import postprocess as oracle

SIDES = st.one_of(st.integers(1, 4), st.integers(1, 24))


def agree(scores: np.ndarray, height: int, width: int, align_corners: bool) -> None:
    """Labels are equal wherever the two best scores differ by more than rounding; confidences within one step."""
    labels, confidence = scores_to_labels(scores, height, width, align_corners)
    assert labels.shape == confidence.shape == (height, width)
    assert labels.dtype == confidence.dtype == np.uint8
    expected, chance = oracle.scores_to_labels(scores, height, width, align_corners)
    full = np.sort(oracle.full_scores(scores, height, width, align_corners).numpy(), 0)
    rounding = 1e-5 * (1 + np.abs(scores).max())
    clear = full[-1] - full[-2] > rounding
    assert np.array_equal(labels[clear], expected[clear])
    assert np.abs(confidence - np.round(chance)).max() <= 1 + 255 * rounding


@st.composite
def grids(draw) -> np.ndarray:
    """21xhxw scores, of few values or many, flat or steep, with or without a clear winner."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (COUNT, draw(SIDES), draw(SIDES))
    spread = draw(st.sampled_from([0, 0.1, 1, 3, 10, 100, 2000]))
    scores = rng.normal(0, spread, shape) + rng.normal(0, draw(st.sampled_from([0, 1, 5])), (COUNT, 1, 1))
    scores[rng.integers(COUNT)] += draw(st.sampled_from([0, 0, 4, 9, 40]))
    scores += draw(st.sampled_from([0, 0, -300, 300]))
    if draw(st.booleans()):
        scores = np.round(scores)  # ties
    return scores.astype(draw(st.sampled_from([np.float16, np.float32])))


@settings(max_examples=300, deadline=None)
@given(grids(), st.integers(1, 70), st.integers(1, 70), st.booleans())
def test_labels_and_confidence_are_those_of_the_plain_way(scores, height, width, align_corners):
    agree(scores, height, width, align_corners)


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize(
    ("h", "w", "height", "width"),
    [
        (69, 105, 768, 1024),
        (1, 1, 300, 700),
        (1, 2, 3, 1024),
        (9, 13, 9, 13),
        (40, 50, 7, 5),
        (2, 2, 1, 1),
        (5, 1, 600, 1),
    ],
)
def test_sizes_from_one_cell_to_a_photo(h, w, height, width, align_corners):
    rng = np.random.default_rng(h * w)
    agree((rng.normal(0, 3, (COUNT, h, w))).astype(np.float16), height, width, align_corners)


def test_many_classes_just_below_the_winner_stay_within_one_step():
    """The worst case of the bound: twenty classes, each as near as what is interpolated in sum may come."""
    rng = np.random.default_rng(1)
    for below in np.arange(0, 12, 0.25):
        scores = rng.normal(-below, 0.7, (COUNT, 6, 6)).astype(np.float32)
        scores[7] = rng.normal(0, 0.7, (6, 6))
        agree(scores, 60, 60, True)


def test_equal_scores_go_to_the_first_class():
    labels, confidence = scores_to_labels(np.zeros((COUNT, 3, 4), np.float16), 20, 30)
    assert (labels == 0).all()
    assert (np.abs(confidence - 255 / COUNT) <= 1).all()


def test_exponentials_are_within_what_the_bound_counts_with():
    values = np.linspace(-40, 0, 4001, dtype=np.float32)
    assert max(abs(exp_below(value) - np.exp(float(value))) for value in values) < 6e-5


def test_the_scores_stay_as_they_were():
    scores = np.random.default_rng(3).normal(size=(COUNT, 5, 5)).astype(np.float32)
    before = scores.copy()
    scores_to_labels(scores, 50, 50)
    assert np.array_equal(scores, before)


def test_warm_up_compiles_for_every_kind_of_scores():
    """After it, no photo waits for the compiler."""
    warm_up()
    assert len(label_cells.signatures) == 1
    for dtype in (np.float16, np.float32):
        scores = np.zeros((COUNT, 3, 3), dtype)
        scores.flags.writeable = False
        for align_corners in (True, False):
            scores_to_labels(scores, 9, 7, align_corners)
            scores_to_labels(scores[:, ::2, :1], 9, 7, align_corners)
    assert len(label_cells.signatures) == 1


@pytest.mark.parametrize("align_corners", [True, False])
def test_softmax_at_is_the_confidence_of_the_winner(align_corners):
    scores = np.random.default_rng(2).normal(0, 3, (COUNT, 5, 7)).astype(np.float16)
    labels, confidence = scores_to_labels(scores, 40, 30, align_corners)
    rows, columns = np.divmod(np.arange(40 * 30), 30)
    found = softmax_at(scores, labels[rows, columns], rows, columns, 40, 30, align_corners)
    assert np.abs(found.astype(int) - confidence.ravel()).max() <= 1
