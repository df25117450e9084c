"""Grouping: exact centres and offsets give the individuals back, and whatever the head says, the label map is kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seg.classes import NAMES
from seg.models.grouping import (
    LEAST_HEAT,
    NUMBERS,
    SMALLEST,
    STRAY,
    WINDOW,
    assign,
    find_centres,
    group,
    join_fragments,
    reassign,
)
from seg.models.individuals import Individuals
from seg.models.postprocess import positions

SHEEP, COW, PERSON = (NAMES.index(name) for name in ("sheep", "cow", "person"))


def exact(ids: np.ndarray, cells: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(heat, offsets) as a perfect head gives them for HxW numbers of individuals, on a grid of so many cells."""
    rows, columns = (np.linspace(0, side - 1, count) for side, count in zip(ids.shape, cells, strict=True))
    down, right = np.meshgrid(rows, columns, indexing="ij")
    under = ids[np.rint(down).astype(int), np.rint(right).astype(int)]
    heat, offsets = np.zeros(cells), np.zeros((2, *cells), np.float32)
    for number in np.unique(ids[ids > 0]):
        row, column = (where.mean() for where in np.nonzero(ids == number))
        heat = np.maximum(heat, np.exp(-((down - row) ** 2 + (right - column) ** 2) / 128))
        offsets[:, under == number] = np.stack([row - down, column - right])[:, under == number]
    return heat, offsets


def test_touching_individuals_come_apart():
    ids = np.zeros((97, 129), np.uint8)
    ids[20:60, 10:50], ids[20:60, 50:90], ids[70:90, 100:120] = 1, 2, 3
    labels = np.array([0, SHEEP, SHEEP, COW], np.uint8)[ids]
    found = group(labels, np.full_like(labels, 204), *exact(ids, (25, 33)))
    assert sorted(one.name for one in found) == ["cow", "sheep", "sheep"]
    assert [one.number for one in found] == [1, 2, 3]
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        number = ids[one.mask].max()
        overlap = (one.mask & (ids == number)).sum() / (one.mask | (ids == number)).sum()
        assert overlap > 0.9  # at the seam an offset lies between two cells that point to two centres
        assert np.allclose(one.centre, [where.mean() for where in np.nonzero(ids == number)], atol=2.5)
        assert 0 < one.score <= 0.8 + 1e-6  # the confidence everywhere is 204 / 255


def test_nothing_is_nobody():
    empty = np.zeros((33, 49), np.uint8)
    assert group(empty, empty + 255, np.ones((9, 13)), np.zeros((2, 9, 13))) == []


def test_a_patch_without_a_centre_is_an_individual():
    labels = np.zeros((33, 49), np.uint8)
    labels[2:12, 2:12] = labels[20:30, 30:40] = PERSON
    found = group(labels, labels + 240, np.zeros((9, 13)), np.zeros((2, 9, 13)))
    assert [(one.class_id, one.pixels, one.centre) for one in found] == [(PERSON, 100, None)] * 2


def test_a_rider_keeps_its_pixels_from_the_horse_below():
    """One centre for two classes: the smaller one cannot be of the larger one's class, so it stands alone."""
    labels = np.zeros((65, 65), np.uint8)
    labels[30:60, 10:50], labels[10:30, 20:30] = COW, PERSON
    heat = np.zeros((17, 17))
    heat[11, 7] = 1
    found = group(labels, np.full_like(labels, 255), heat, np.zeros((2, 17, 17)))
    assert {one.class_id: one.pixels for one in found} == {COW: 1200, PERSON: 200}


@given(
    arrays(np.uint8, (18, 23), elements=st.sampled_from([0, 0, SHEEP, COW])),
    arrays(np.float32, (5, 7), elements=st.floats(0, 1, width=16)),
    arrays(np.float32, (2, 5, 7), elements=st.floats(-40, 40, width=16)),
)
def test_every_labelled_pixel_belongs_to_one_individual_of_its_class(labels, heat, offsets):
    found = group(labels, np.full_like(labels, 128), heat, offsets)
    owners = np.zeros(labels.shape, int)
    for one in found:
        assert (labels[one.mask] == one.class_id).all()
        owners += one.mask
    assert np.array_equal(owners, labels > 0)  # a single pixel is more than SMALLEST here


def test_a_centre_that_points_elsewhere_is_none():
    labels = np.full((65, 129), COW, np.uint8)
    heat, offsets = np.zeros((17, 33)), np.zeros((2, 17, 33), np.float32)
    heat[8, 4], heat[8, 28] = 0.9, 0.5
    assert len(group(labels, labels, heat, offsets)) == 2
    offsets[1, 8, 4] = STRAY * 129 + 1
    assert [one.centre for one in group(labels, labels, heat, offsets)] == [(32, 112)]


def test_what_is_too_small_is_nobody_unless_it_is_a_patch_that_is_sure():
    labels = np.zeros((100, 100), np.uint8)
    labels[10:60, 10:60], labels[80:84, 80:85] = COW, PERSON
    cow, person = 2500, 20
    assert person / labels.size == SMALLEST
    nothing = np.zeros((26, 26)), np.zeros((2, 26, 26))
    assert [one.pixels for one in group(labels, np.full_like(labels, 255), *nothing)] == [cow, person]
    labels[80, 80] = 0
    assert [one.pixels for one in group(labels, np.full_like(labels, 127), *nothing)] == [cow]
    assert [one.pixels for one in group(labels, np.full_like(labels, 128), *nothing)] == [cow, person - 1]


@pytest.mark.parametrize("seed", range(4))
def test_centres_are_the_largest_of_their_surroundings(seed):
    heat = np.random.default_rng(seed).random((20, 30)) * 0.3
    reach = WINDOW // 2
    expected = [
        (i, j)
        for i in range(20)
        for j in range(30)
        if heat[i, j] > LEAST_HEAT
        and heat[i, j] == heat[max(0, i - reach) : i + reach + 1, max(0, j - reach) : j + reach + 1].max()
    ]
    found = [tuple(cell) for cell in find_centres(heat)]
    assert sorted(found) == expected
    assert [heat[cell] for cell in found] == sorted((heat[cell] for cell in found), reverse=True)


@pytest.mark.parametrize("seed", range(3))
def test_a_pixel_goes_where_its_offset_points(seed):
    rng = np.random.default_rng(seed)
    labels = rng.choice([0, SHEEP, COW], (17, 21)).astype(np.uint8)
    offsets = rng.normal(0, 5, (2, 5, 6)).astype(np.float32)
    places = rng.uniform(0, 16, (4, 2)).astype(np.float32)
    owners, counts = np.zeros(labels.shape, np.int32), np.zeros((5, 21), np.int64)
    kept = np.array([False, True, True, True, True])
    lines = *positions(5, 17, True), *positions(6, 21, True)
    assign(labels, offsets, *lines, places, kept, owners, counts)
    kept[2] = False  # its pixels, and no others, go to the next one
    before, others = owners.copy(), owners != 2
    assign(labels, offsets, *lines, places, kept, owners, counts)
    assert np.array_equal(owners[others], before[others])
    for y, x in np.ndindex(labels.shape):
        if not labels[y, x]:
            assert owners[y, x] == 0
            continue
        v, u = y * 4 / 16, x * 5 / 20
        i, j = min(int(v), 3), min(int(u), 4)
        v, u = v - i, u - j
        corners = offsets[:, i : i + 2, j : j + 2]
        weights = np.outer([1 - v, v], [1 - u, u])
        to = np.array([y, x]) + (corners * weights).sum((1, 2))
        distances = np.hypot(*(places - to).T)
        assert distances[before[y, x] - 1] == pytest.approx(distances.min(), abs=1e-3)
        distances[1] = np.inf
        assert distances[owners[y, x] - 1] == pytest.approx(distances.min(), abs=1e-3)
    for k in range(1, 5):
        assert np.array_equal(counts[k], np.bincount(labels[owners == k], minlength=21))


def test_pixels_of_another_class_go_to_the_nearest_of_their_own():
    labels = np.array([[COW, COW, SHEEP, COW, SHEEP]], np.uint8)
    owners = np.array([[1, 1, 1, 1, 2]], np.int32)
    places = np.array([[0, 0], [0, 4], [0, 3]], np.float32)
    reassign(labels, owners, np.array([0, COW, SHEEP, COW]), places)
    assert owners.tolist() == [[1, 1, 2, 1, 2]]


def test_small_groups_are_given_to_the_next_centre():
    labels = np.zeros((81, 81), np.uint8)
    labels[20:60, 20:60] = SHEEP
    heat, offsets = np.zeros((21, 21)), np.zeros((2, 21, 21), np.float32)
    heat[10, 10], heat[0, 20] = 0.9, 0.8  # the second one has no pixel near it
    assert SMALLEST * labels.size > 1
    assert [one.pixels for one in group(labels, labels, heat, offsets)] == [1600]


def test_there_are_never_more_than_a_map_can_number():
    labels = np.zeros((400, 400), np.uint8)
    for row, column in np.ndindex(20, 20):
        labels[20 * row : 20 * row + 19, 20 * column : 20 * column + 19] = SHEEP
    found = group(labels, labels, np.zeros((100, 100), np.float32), np.zeros((2, 100, 100), np.float32))
    assert SMALLEST * labels.size <= 361  # each of the 400 is large enough
    ids = Individuals(*labels.shape, tuple(found), 1.0, "CPU", "panoptic").map()
    assert len(found) == NUMBERS == ids.max()


def test_a_fragment_inside_another_joins_it_and_a_part_of_its_own_stays():
    owners = np.zeros((20, 40), np.int32)
    owners[:, :20], owners[:, 20:] = 1, 2
    owners[5:8, 30:33] = 1  # inside the second
    owners[12:14, 25:28] = 3  # of another class
    owners[15:, 18:22] = 0
    owners[17:, 0:3] = 0
    owners[19, 0] = 1  # apart from the first, and touching nobody
    join_fragments(owners, np.array([0, 7, 7, 9]))
    assert (owners[5:8, 30:33] == 2).all()
    assert (owners[12:14, 25:28] == 3).all()
    assert owners[19, 0] == 1
    halves = np.zeros((9, 30), np.int32)
    halves[:, :13], halves[:, 13:17], halves[:, 17:] = 1, 2, 1  # behind a lamppost: both are large
    before = halves.copy()
    join_fragments(halves, np.array([0, 7, 7]))
    assert np.array_equal(halves, before)
