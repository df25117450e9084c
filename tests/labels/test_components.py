"""Connected parts and shares of each class: compared with scikit-image and counted by hand."""

import json

import numpy as np
import pytest
from hypothesis import given
from skimage import measure

from seg.classes import CLASSES, IGNORE, NAMES, TITLES
from seg.labels import components
from tests.label_maps import LABELS, blobby


@given(LABELS)
def test_blobs_as_scikit_image_counts_them(labels):
    expected = {int(i): int(measure.label(labels == i, connectivity=2).max()) for i in np.unique(labels) if i != IGNORE}
    assert components.count_blobs(labels) == expected


@pytest.mark.parametrize("seed", range(4))
def test_blobs_of_large_maps(seed):
    labels = blobby(seed, 300, 400, range(9))
    labels[np.random.default_rng(seed).random(labels.shape) < 0.02] = IGNORE
    expected = {int(i): int(measure.label(labels == i, connectivity=2).max()) for i in np.unique(labels)[:-1]}
    assert components.count_blobs(labels) == expected


def test_blobs_by_hand():
    spiral = np.array([[1, 1, 1, 1], [0, 0, 0, 1], [1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1]], np.uint8)
    assert components.count_blobs(spiral) == {0: 1, 1: 1}
    assert components.count_blobs(np.full((3, 3), IGNORE, np.uint8)) == {}
    stripes = np.tile(np.array([[2], [7]], np.uint8), (5, 30))
    assert components.count_blobs(stripes) == {2: 5, 7: 5}


@given(LABELS)
def test_describe_has_names_for_people_too(labels):
    for entry in components.describe(labels, TITLES):
        assert entry["name"] == TITLES[entry["id"]]


@given(LABELS)
def test_describe_counts_every_pixel_once(labels):
    legend = json.loads(json.dumps(components.describe(labels)))
    assert sum(entry["pixels"] for entry in legend) == (labels != IGNORE).sum()
    assert [e["pixels"] for e in legend] == sorted((e["pixels"] for e in legend), reverse=True)
    for entry in legend:
        assert list(entry) == ["id", "name", "color", "pixels", "share", "blobs"]
        inside = labels == entry["id"]
        assert entry["pixels"] == inside.sum() > 0
        assert entry["share"] == pytest.approx(inside.mean())
        assert entry["blobs"] == measure.label(inside, connectivity=2).max()
        assert entry["name"] == NAMES[entry["id"]]
        assert tuple(bytes.fromhex(entry["color"][1:])) == CLASSES[entry["id"]].color
