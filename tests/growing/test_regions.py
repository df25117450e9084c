"""Region growing against a plain-Python queue, scikit-image's flood, scipy's labelling and Dijkstra by hand."""

import heapq
import math
import os
import subprocess
import sys
from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from skimage.segmentation import flood

from seg.growing.curve import best, curve, leak, mean_rule_curve
from seg.growing.regions import MAX_SQUARED, RULES, grow, joining_cost, joining_tau, squared_reach, warm_up
from seg.scoring.metrics import grade

settings.register_profile("unhurried", deadline=None)  # the first call compiles; the machine may be busy
settings.load_profile("unhurried")

STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))
levels = st.one_of(st.integers(0, 255), st.integers(0, 3), st.sampled_from([0, 100, 110, 255]))
thresholds = st.one_of(
    st.integers(0, 450).map(float),
    st.floats(0, 450),
    st.integers(0, MAX_SQUARED).map(math.sqrt),  # on the edge, where rounding shows
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


def plain_queue(image, seed, tau, rule):
    """The rule of `grow`, word for word, in plain Python. Returns the arrival order."""
    height, width = image.shape[:2]
    colours = image.tolist()
    arrival = np.full((height, width), -1, np.int32)
    arrival[seed] = 0
    sums = list(colours[seed[0]][seed[1]])
    target = [float(s) for s in sums]
    queue, area = deque([seed]), 1
    while queue:
        row, col = queue.popleft()
        for down, right in STEPS:
            y, x = row + down, col + right
            if not (0 <= y < height and 0 <= x < width) or arrival[y, x] >= 0:
                continue
            red, green, blue = (c - t for c, t in zip(colours[y][x], target, strict=True))
            if math.sqrt(red * red + green * green + blue * blue) <= tau:
                arrival[y, x] = area
                area += 1
                queue.append((y, x))
                if rule == "mean":
                    sums = [s + c for s, c in zip(sums, colours[y][x], strict=True)]
                    target = [s / area for s in sums]
    return arrival


def squared_distances(image, seed):
    return ((image.astype(np.int64) - image[seed].astype(np.int64)) ** 2).sum(-1)


# -- grow --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
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


@pytest.mark.parametrize("rule", RULES)
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


@pytest.mark.parametrize("rule", RULES)
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


@pytest.mark.parametrize("rule", RULES)
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
    for call in (lambda i: grow(i, seed, 1), lambda i: joining_cost(i, seed), lambda i: joining_tau(i, seed)):
        with pytest.raises(ValueError, match="seed must lie in the image, rows 0 to 2 and columns 0 to 3"):
            call(np.zeros((3, 4, 3), np.uint8))


@pytest.mark.parametrize("seed", [(0.5, 1), (1,), (1, 2, 3), None, 5, ("0", "1")])
def test_a_seed_that_is_no_pixel_is_refused(seed):
    with pytest.raises(ValueError, match="two whole numbers"):
        grow(np.zeros((3, 4, 3), np.uint8), seed, 1)


@pytest.mark.parametrize("tau", [-1, -1e-9, math.nan, math.inf, -math.inf, None, "wide", 10**400])
def test_a_bad_threshold_is_refused(tau):
    with pytest.raises(ValueError, match="threshold must be a finite number of 0 or more"):
        grow(np.zeros((3, 4, 3), np.uint8), (0, 0), tau)


@pytest.mark.parametrize("rule", ["", "SEED", "median", None])
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


def test_the_loops_compile_without_a_folder_to_cache_in(tmp_path):
    """numba finds no place for its files when neither the source's folder nor the user's can be written."""
    code = (
        "import numba.core.caching as c; c.CacheImpl._locator_classes = []; "
        "from seg.compiled import compiled\n"
        "def twice(x): return 2 * x\n"
        "twice.__module__ = 'seg.test'; print(compiled(twice)(21))"
    )
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    done = subprocess.run([sys.executable, "-c", code], cwd=here, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "42", done.stderr


# -- all thresholds at once --------------------------------------------------------------------------------------------


def minimax_by_dijkstra(image, seed):
    own = squared_distances(image, seed)
    cost = np.full(own.shape, -1, np.int64)
    heap = [(0, seed)]
    while heap:
        level, (row, col) = heapq.heappop(heap)
        if cost[row, col] >= 0:
            continue
        cost[row, col] = level
        for down, right in STEPS:
            y, x = row + down, col + right
            if 0 <= y < own.shape[0] and 0 <= x < own.shape[1]:
                heapq.heappush(heap, (max(level, int(own[y, x])), (y, x)))
    return cost


@given(seeded_images())
def test_joining_cost_is_the_minimax_path(case):
    cost = joining_cost(*case)
    assert cost.dtype == np.uint32
    np.testing.assert_array_equal(cost, minimax_by_dijkstra(*case))


def test_joining_cost_of_a_photo_is_the_minimax_path():
    np.testing.assert_array_equal(joining_cost(photo(3), (30, 2)), minimax_by_dijkstra(photo(3), (30, 2)))


@given(seeded_images(), thresholds)
@settings(max_examples=200)
def test_comparing_with_joining_cost_is_growing(case, tau):
    mask = grow(*case, tau).mask
    cost = joining_cost(*case)
    np.testing.assert_array_equal(np.sqrt(cost.astype(np.float64)) <= tau, mask)
    np.testing.assert_array_equal(cost <= squared_reach(tau), mask)


@given(seeded_images(), st.floats(0, 450, width=32))
def test_comparing_with_joining_tau_is_growing_for_float32(case, tau):
    smallest = joining_tau(*case)
    assert smallest.dtype == np.float32
    np.testing.assert_array_equal(smallest <= tau, grow(*case, tau).mask)
    whole = float(math.floor(tau))
    np.testing.assert_array_equal(np.ceil(smallest) <= whole, grow(*case, whole).mask)


@given(seeded_images())
def test_a_pixels_own_joining_tau_lets_it_in_and_less_does_not(case):
    smallest = joining_tau(*case)
    for row, col in list(np.ndindex(smallest.shape))[::7]:
        tau = float(smallest[row, col])
        assert grow(*case, tau).mask[row, col]
        if tau:
            assert not grow(*case, float(np.nextafter(np.float32(tau), np.float32(0)))).mask[row, col]


@given(thresholds)
def test_squared_reach_is_the_largest_square_within(tau):
    reach = int(squared_reach(tau))
    assert 0 <= reach <= MAX_SQUARED
    assert math.sqrt(reach) <= tau
    assert reach == MAX_SQUARED or math.sqrt(reach + 1) > tau


def test_squared_reach_of_every_possible_distance_is_exact():
    squares = np.arange(MAX_SQUARED + 1)
    np.testing.assert_array_equal(squared_reach(np.sqrt(squares)), squares)
    np.testing.assert_array_equal(squared_reach(np.nextafter(np.sqrt(squares[1:]), 0)), squares[:-1])


# -- the curve ---------------------------------------------------------------------------------------------------------


@given(seeded_images(), st.lists(thresholds, min_size=1, max_size=6, unique=True), st.data())
def test_the_curve_is_growing_and_grading_at_every_tau(case, taus, data):
    image, seed = case
    truth = data.draw(arrays(np.bool_, image.shape[:2]))
    taus = sorted(taus)
    points = curve(joining_cost(image, seed), truth, taus)
    slow = [grow(image, seed, tau).mask for tau in taus]
    np.testing.assert_array_equal(points.taus, taus)
    np.testing.assert_array_equal(points.area, [mask.sum() for mask in slow])
    np.testing.assert_array_equal(points.iou, [(mask & truth).sum() / (mask | truth).sum() for mask in slow])


def test_the_default_curve_has_every_whole_tau_and_ends_with_everything():
    image = photo(4)
    truth = grow(image, (16, 20), 33.0).mask
    points = curve(joining_cost(image, (16, 20)), truth)
    np.testing.assert_array_equal(points.taus, np.arange(443))
    assert points.area[-1] == truth.size
    assert best(points) == (33, 33.0, 1.0)
    for tau in (0, 20, 33, 80):
        score = grade(truth.astype(np.uint8), grow(image, (16, 20), tau).mask.astype(np.uint8)).iou[1]
        assert points.iou[tau] == pytest.approx(score)


def test_the_mean_rules_curve_is_growing_at_every_tau():
    image, truth = photo(5), np.zeros((32, 44), bool)
    truth[8:20, 10:30] = True
    points = mean_rule_curve(image, (12, 15), truth, [0, 10, 20, 40, 80])
    for tau, area, iou in zip(*points, strict=True):
        mask = plain_queue(image, (12, 15), tau, "mean") >= 0
        assert (area, iou) == (mask.sum(), (mask & truth).sum() / (mask | truth).sum())


def test_best_and_leak_of_a_square_beside_grass():
    image = np.full((10, 20, 3), 100, np.uint8)
    image[:, 5:] = 146, 100, 100  # 46 away
    truth = np.zeros((10, 20), bool)
    truth[:, :5] = True
    points = curve(joining_cost(image, (3, 3)), truth)
    assert best(points) == (0, 0.0, 1.0)
    assert leak(points.taus, points.area) == (46, 46.0, 50, 200)
    assert points.iou[46] == 0.25
    assert leak([0, 1, 2], [7, 7, 7]) is None
    assert leak([5], [7]) is None


def test_an_empty_truth_scores_zero():
    points = curve(joining_cost(photo(6), (0, 0)), np.zeros((32, 44), bool))
    assert not points.iou.any()


def test_bad_curves_are_refused():
    image = photo(7)
    cost, truth = joining_cost(image, (0, 0)), np.zeros((32, 44), bool)
    with pytest.raises(ValueError, match="truth must be a bool mask"):
        curve(cost, truth.astype(np.uint8))
    with pytest.raises(ValueError, match="truth must be a bool mask"):
        mean_rule_curve(image, (0, 0), truth.T, [1])
    with pytest.raises(ValueError, match="rising"):
        curve(cost, truth, [3, 2])
    with pytest.raises(ValueError, match="rising"):
        mean_rule_curve(image, (0, 0), truth, [])
    with pytest.raises(ValueError, match="threshold"):
        curve(cost, truth, [-1, 2])
    with pytest.raises(ValueError, match="cost must be"):
        curve(joining_tau(image, (0, 0)), truth)


def test_warm_up_leaves_growing_as_it_was():
    before = grow(photo(8), (3, 3), 40, "mean").arrival
    warm_up()
    np.testing.assert_array_equal(grow(photo(8), (3, 3), 40, "mean").arrival, before)
