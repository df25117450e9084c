"""Growing on the network's opinion, against scipy's softmax on torch's upsampling and a plain queue."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from seg.growing.network_rule import points_from_seed
from seg.growing.regions import grow
from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo
from tests.oracles import growing

NEAR = 0.01  # points: positions on the grid are in single precision, as for the labels; the oracle's in double


def opinion(scores, height, width, align_corners=True):
    """What `grow` reads of a Prediction."""
    labels = np.zeros((height, width), np.uint8)
    return SimpleNamespace(scores=np.asarray(scores, np.float16), labels=labels, align_corners=align_corners)


@st.composite
def opinions(draw):
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    height, width = draw(st.integers(rows, 14)), draw(st.integers(columns, 14))
    scores = random.normal(0, draw(st.sampled_from([0.3, 2, 9])), (21, rows, columns))
    seed = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    return opinion(scores, height, width, draw(st.booleans())), seed


@given(opinions())
def test_the_distance_is_the_total_variation_of_the_two_softmax_vectors(case):
    prediction, seed = case
    points = points_from_seed(prediction.scores, seed, *prediction.labels.shape, prediction.align_corners)
    np.testing.assert_allclose(points, growing.points_from_seed(prediction, seed), atol=NEAR)
    assert points[seed] == 0
    assert points.min() >= 0
    assert points.max() <= 100


@given(opinions(), st.floats(0, 100))
@settings(max_examples=200)
def test_the_queue_is_the_plain_one(case, tau):
    prediction, seed = case
    points = growing.points_from_seed(prediction, seed)
    assume(np.abs(points - tau).min() > NEAR)
    region = grow(prediction, seed, tau)
    np.testing.assert_array_equal(region.arrival, growing.plain_network_queue(points, seed, tau))
    np.testing.assert_array_equal(region.mask, region.arrival >= 0)
    assert region.area == region.mask.sum()
    assert region.mean_rgb is None


def test_the_ends_of_the_scale():
    scores = np.full((21, 2, 2), -30.0)
    scores[[3, 5, 7, 9], [0, 0, 1, 1], [0, 1, 0, 1]] = 30  # four corners, each sure of a class of its own
    assert grow(opinion(scores, 8, 8), (0, 0), 0).area == 1
    assert grow(opinion(scores, 8, 8), (0, 0), 100).area == 64
    assert grow(opinion(scores, 8, 8), (0, 0), 1e300).area == 64
    assert grow(opinion(np.zeros((21, 3, 3)), 8, 8), (4, 4), 0).area == 64  # undecided everywhere


def test_on_a_photo_it_finds_what_colours_do_not():
    """Where the network is sure, any tau between gives its mask: the animal, whatever its colours."""
    photo = load_photo("examples/cow.jpg")
    prediction = load_predictor("bundled")(photo)
    cow = prediction.labels == 10
    seed = tuple(np.argwhere(cow)[cow.sum() // 2])
    found = grow(prediction, seed, 40).mask
    by_colour = max(
        (mask & cow).sum() / (mask | cow).sum() for mask in (grow(photo, seed, tau).mask for tau in range(0, 200, 10))
    )
    assert (found & cow).sum() / (found | cow).sum() > max(0.8, by_colour)


@pytest.mark.parametrize("rule", ["seed", "mean", "edge"])
def test_rules_of_colour_need_the_photo(rule):
    with pytest.raises(ValueError, match='rule must be "network" for a prediction'):
        grow(opinion(np.zeros((21, 2, 2)), 4, 4), (0, 0), 1, rule)


def test_the_network_rule_needs_a_prediction():
    with pytest.raises(ValueError, match=r'rule "network" needs a prediction in place of the image: grow\(predictor'):
        grow(np.zeros((3, 4, 3), np.uint8), (0, 0), 1, "network")


@pytest.mark.parametrize(("seed", "tau"), [((4, 0), 1), ((0, -1), 1), ((0.5, 1), 1), ((0, 0), -1), ((0, 0), np.nan)])
def test_a_bad_seed_or_threshold_is_refused(seed, tau):
    with pytest.raises(ValueError, match=r"seed must|threshold must"):
        grow(opinion(np.zeros((21, 2, 2)), 4, 4), seed, tau)
