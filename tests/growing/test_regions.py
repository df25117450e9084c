"""Region growing against a plain-Python queue, scikit-image's flood and scipy's labelling."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from skimage.segmentation import flood

from seg.growing.regions import COLOUR_RULES, grow, squared_reach
from tests.oracles.growing import STEPS, plain_queue

settings.register_profile("unhurried", deadline=None)  # the first call compiles; the machine may be busy
settings.load_profile("unhurried")

FARTHEST = 3 * 255**2  # black to white, squared
levels = st.one_of(st.integers(0, 255), st.integers(0, 3), st.sampled_from([0, 100, 110, 255]))
thresholds = st.one_of(
    st.integers(0, 450).map(float),
    st.floats(0, 450),
    st.integers(0, FARTHEST).map(math.sqrt),  # on the edge, where rounding shows
    st.integers(1, 30).map(math.sqrt),
)


@st.composite
def seeded_images(draw, side=9):
    height, width = draw(st.integers(1, side)), draw(st.integers(1, side))
    image = draw(arrays(np.uint8, (height, width, 3), elements=levels))
    return image, (draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1)))


def photo(seed=0, shape=(32, 44)):
    """Smooth colours with a little noise: regions grow, stop and leak."""
    random = np.random.default_rng(seed)
    smooth = np.stack([ndimage.gaussian_filter(random.random(shape), 3) for _ in range(3)], -1)
    smooth = (smooth - smooth.min()) / np.ptp(smooth) * 235 + random.normal(0, 4, (*shape, 3))
    return smooth.clip(0, 255).astype(np.uint8)


def squared_distances(image, seed):
    return ((image.astype(np.int64) - image[seed].astype(np.int64)) ** 2).sum(-1)


# -- grow --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", COLOUR_RULES)
@given(case=seeded_images(), tau=thresholds)
@settings(max_examples=200)
def test_grow_is_the_plain_queue(rule, case, tau):
    image, seed = case
    region = grow(image, seed, tau, rule)
    np.testing.assert_array_equal(region.arrival, plain_queue(image, seed, tau, rule))
    assert region.arrival.dtype == np.int32
    np.testing.assert_array_equal(region.mask, region.arrival >= 0)
    assert region.mask.dtype == np.bool_
    assert region.area == region.mask.sum()
    np.testing.assert_allclose(region.mean_rgb, image[region.mask].mean(0), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rule", COLOUR_RULES)
@pytest.mark.parametrize("tau", [0, 12, 25.5, 60, 442])
def test_grow_on_a_photo_is_the_plain_queue(rule, tau):
    image = photo()
    np.testing.assert_array_equal(grow(image, (9, 20), tau, rule).arrival, plain_queue(image, (9, 20), tau, rule))


@given(seeded_images(), thresholds)
def test_seed_rule_is_flood_on_the_distance_image_and_one_labelled_component(case, tau):
    image, seed = case
    mask = grow(image, seed, tau).mask
    distance = np.sqrt(squared_distances(image, seed))
    np.testing.assert_array_equal(mask, flood(distance, seed, tolerance=tau, connectivity=1))
    parts, _ = ndimage.label(distance <= tau)
    np.testing.assert_array_equal(mask, parts == parts[seed])


@pytest.mark.parametrize("rule", COLOUR_RULES)
@given(case=seeded_images(), tau=thresholds)
def test_a_region_is_connected_and_arrives_in_order(rule, case, tau):
    image, seed = case
    region = grow(image, seed, tau, rule)
    assert region.mask[seed]
    assert ndimage.label(region.mask)[1] == 1
    arrival = region.arrival
    np.testing.assert_array_equal(np.sort(arrival[region.mask]), np.arange(region.area))
    around = np.pad(arrival, 1, constant_values=-1)
    for row, col in np.argwhere(arrival > 0):
        neighbours = [around[row + 1 + down, col + 1 + right] for down, right in STEPS]
        assert any(0 <= other < arrival[row, col] for other in neighbours)


def steps_inside(mask, seed):
    """The fewest steps from the seed to each pixel of the mask, by growing a ring at a time; -1 outside."""
    steps, reached = np.full(mask.shape, -1), np.zeros_like(mask)
    reached[seed], steps[seed] = True, 0
    for ring in range(1, mask.size):
        wider = ndimage.binary_dilation(reached) & mask
        steps[wider & ~reached] = ring
        reached = wider
    return steps


@given(seeded_images(), thresholds)
def test_under_the_seed_rule_nearer_pixels_arrive_first(case, tau):
    image, seed = case
    region = grow(image, seed, tau)
    rings = steps_inside(region.mask, seed)[region.mask]
    in_order = rings[np.argsort(region.arrival[region.mask])]
    assert (np.diff(in_order) >= 0).all()


@given(seeded_images(), thresholds, thresholds)
def test_the_seed_rule_only_grows_with_tau(case, one, other):
    image, seed = case
    smaller, larger = (grow(image, seed, tau).mask for tau in sorted((one, other)))
    assert (larger | ~smaller).all()


@pytest.mark.parametrize("rule", COLOUR_RULES)
def test_the_ends_of_the_scale(rule):
    image = photo(1)
    assert grow(image, (0, 0), 442, rule).area == image.shape[0] * image.shape[1]
    assert grow(image, (0, 0), 1e300, rule).area == image.shape[0] * image.shape[1]
    image[:] = 77
    image[4, 5] = 78
    assert grow(image, (4, 5), 0, rule).area == 1
    assert grow(image, (4, 5), 3**0.5, rule).area == image.shape[0] * image.shape[1]
    assert grow(image, (4, 5), math.nextafter(3**0.5, 0), rule).area == 1


def test_the_mean_follows_a_gradient_that_stops_the_seed():
    image = np.repeat(np.arange(0, 200, 2, np.uint8)[None, :, None], 3, 2)
    # Pixel x is 2x sqrt(3) from the seed, and (x + 1) sqrt(3) from the mean of those before it, which is x - 1.
    assert (grow(image, (0, 0), 40, "seed").area, grow(image, (0, 0), 40, "mean").area) == (12, 23)


def test_numpy_seeds_lists_and_views_are_welcome():
    image = photo(2)
    expected = grow(image, (5, 7), 30).arrival
    np.testing.assert_array_equal(grow(image, np.array([5, 7]), np.float32(30)).arrival, expected)
    np.testing.assert_array_equal(grow(np.asfortranarray(image), [5, 7], 30).arrival, expected)
    image.flags.writeable = False
    np.testing.assert_array_equal(grow(image[::-1, ::-1], (26, 36), 30).mask, expected[::-1, ::-1] >= 0)


@pytest.mark.parametrize("seed", [(-1, 0), (0, -1), (3, 0), (0, 4), (10**30, 0)])
def test_a_seed_outside_is_refused(seed):
    with pytest.raises(ValueError, match="seed must lie in the image, rows 0 to 2 and columns 0 to 3"):
        grow(np.zeros((3, 4, 3), np.uint8), seed, 1)


@pytest.mark.parametrize("seed", [(0.5, 1), (1,), (1, 2, 3), None, 5, ("0", "1")])
def test_a_seed_that_is_no_pixel_is_refused(seed):
    with pytest.raises(ValueError, match="two whole numbers"):
        grow(np.zeros((3, 4, 3), np.uint8), seed, 1)


@pytest.mark.parametrize("tau", [-1, -1e-9, math.nan, math.inf, -math.inf, None, "wide", 10**400])
def test_a_bad_threshold_is_refused(tau):
    with pytest.raises(ValueError, match="threshold must be a finite number of 0 or more"):
        grow(np.zeros((3, 4, 3), np.uint8), (0, 0), tau)


@pytest.mark.parametrize("rule", ["", "SEED", "median", 0])
def test_an_unknown_rule_is_refused(rule):
    with pytest.raises(ValueError, match='rule must be "seed" or "mean"'):
        grow(np.zeros((3, 4, 3), np.uint8), (0, 0), 1, rule)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((3, 4), np.uint8),
        np.zeros((3, 4, 4), np.uint8),
        np.zeros((3, 4, 3)),
        np.zeros((0, 4, 3), np.uint8),
        "photo.jpg",
    ],
    ids=["gray", "alpha", "floats", "empty", "path"],
)
def test_a_wrong_image_is_refused(image):
    with pytest.raises(ValueError, match="image must be HxWx3 uint8 RGB"):
        grow(image, (0, 0), 1)


# -- on the edge -------------------------------------------------------------------------------------------------------


@given(thresholds)
def test_squared_reach_is_the_largest_square_within(tau):
    reach = squared_reach(tau)
    assert math.sqrt(reach) <= tau
    assert reach >= FARTHEST or math.sqrt(reach + 1) > tau


def test_squared_reach_of_every_possible_distance_is_exact():
    for square in range(1, FARTHEST + 1):
        root = math.sqrt(square)
        assert squared_reach(root) == square
        assert squared_reach(math.nextafter(root, 0)) == square - 1
