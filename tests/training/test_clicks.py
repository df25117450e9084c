"""The measurement of clicks, on a photo drawn here: what is right is known by construction."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import distance_transform_edt

from seg.growing.regions import grow
from seg.lessons.clicks import HEADS, record, rows
from seg.models.predictor import load_predictor
from seg.training import clicks


@pytest.fixture
def folder(tmp_path):
    """A photo with two discs of one colour each on grey: individuals 1 and 2, a corner that nobody assigned."""
    for name in ("images", "instances"):
        (tmp_path / name).mkdir()
    down, across = np.mgrid[:96, :128]
    numbers = np.zeros((96, 128), np.uint8)
    photo = np.full((96, 128, 3), 128, np.uint8)
    for number, (column, colour) in enumerate([(30, (200, 40, 40)), (90, (40, 40, 200))], 1):
        disc = np.hypot(down - 48, across - column) < 22
        numbers[disc], photo[disc] = number, colour
    numbers[:8, :8] = 255
    Image.fromarray(photo).save(tmp_path / "images" / "a.png")
    Image.fromarray(numbers).save(tmp_path / "instances" / "a.png")
    return tmp_path


def test_the_click_is_the_innermost_point(folder):
    ((_, drawn, known),) = clicks.individuals([folder])
    assert len(drawn) == 2
    assert (~known).sum() == 64
    for disc, column in zip(drawn, (30, 90), strict=True):
        assert clicks.innermost(disc)[:2] == (48, column)
        assert distance_transform_edt(disc)[48, column] == distance_transform_edt(disc).max()


def test_discs_of_one_colour_are_found_whole_by_growing(folder, tmp_path):
    path = tmp_path / "clicks.json"
    found = clicks.main(["--data", str(folder), "--record", str(path)])
    assert (found["photos"], found["individuals"]) == (1, 2)
    for rule in ("seed", "mean"):
        assert found["answers"][rule]["iou"] == found["answers"][rule]["iou_at_tau"] == 1
    assert list(found["answers"]) == ["seed", "mean", "network", "class_mask", "click"]
    assert record(path) == found == json.loads(path.read_text())
    assert len(rows(found)) == 6
    assert clicks.table(found).count("\n") == 6
    assert clicks.table(found).startswith("| " + " | ".join(HEADS))
    assert record(tmp_path / "none.json") is None


def test_regions_on_the_opinion_are_those_of_grow(folder):
    ((photo, _, _),) = clicks.individuals([folder])
    predictor = load_predictor("bundled")
    masks = list(clicks.regions(predictor, photo, (48, 30), "network"))
    for tau, mask in zip(clicks.TAUS["network"], masks, strict=True):
        np.testing.assert_array_equal(mask, grow(predictor(photo), (48, 30), tau).mask)


def test_what_nobody_assigned_is_dropped():
    individual, known = np.zeros((2, 4), bool), np.ones((2, 4), bool)
    individual[:, :2] = True
    mask = individual.copy()
    mask[:, 2] = True
    assert clicks.overlap(mask, individual, known) == pytest.approx(4 / 6)
    known[:, 2] = False
    assert clicks.overlap(mask, individual, known) == 1
    assert clicks.overlap(~individual & False, individual, known) == 0
