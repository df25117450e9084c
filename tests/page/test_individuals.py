"""The section "Which one is it?" on the server: what is told about made-up individuals, through the handler the page
calls, for the page's own head and for Mask R-CNN."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from seg.classes import NAMES
from seg.labels.codec import unpack
from seg.lessons import individuals
from seg.models.individuals import Individual, Individuals
from seg.models.predictor import Prediction
from seg.models.registry import INSTANCES
from seg.models.weights import DownloadError
from seg.page.session import Session, checksum
from seg.page.tabs import downloads
from seg.page.tabs import individuals as instances

SHEEP, COW = NAMES.index("sheep"), NAMES.index("cow")


def one(number, name, top, left, bottom, right, score=0.9, cut=None):
    class_id = NAMES.index(name) if name in NAMES else None
    cut = np.ones((bottom - top, right - left), bool) if cut is None else cut
    return Individual(number, name, class_id, score, (top, left, bottom, right), cut, (60, 90))


def with_weights(monkeypatch):
    """As if the weights were on this machine: any file will do."""
    entry = dataclasses.replace(INSTANCES[instances.MODEL], file=Path(__file__))
    monkeypatch.setitem(INSTANCES, instances.MODEL, entry)


@pytest.fixture
def visitor():
    """One blob of sheep, two of cow, on a photo of 60x90."""
    labels = np.zeros((60, 90), np.uint8)
    labels[10:40, 10:50] = SHEEP
    labels[10:20, 60:70] = labels[40:50, 60:70] = COW
    prediction = Prediction(
        labels, np.full_like(labels, 255), np.zeros((21, 15, 23), np.float16), 1.0, "CPU", "bundled"
    )
    return Session("mine.jpg", np.zeros((60, 90, 3), np.uint8), prediction)


@pytest.fixture
def found(monkeypatch):
    """Touching sheep come apart, a tree hides in no class of the semantic model, and one cow is hidden by the sheep."""
    ring = np.ones((10, 10), bool)
    ring[3:7, 3:7] = False
    answer = Individuals(
        60,
        90,
        (
            one(1, "sheep", 10, 10, 40, 30, 0.99),
            one(2, "sheep", 10, 25, 40, 50, 0.98),
            one(3, "kite", 45, 0, 55, 10, 0.8, ring),
            one(4, "cow", 15, 15, 20, 20, 0.6),
        ),
        1234.0,
        "CPU",
        instances.MODEL,
    )
    monkeypatch.setattr(instances, "load_instances", lambda model: lambda photo: answer)
    with_weights(monkeypatch)
    return answer


def request(session, **more):
    labels = session.prediction.labels
    height, width = labels.shape
    return {"way": "boxes", "count": 7, "truth": checksum(labels), "height": height, "width": width} | more


def test_the_answer_is_the_map_and_the_list(visitor, found):
    answer = instances.reply(request(visitor), visitor)
    place = unpack(answer["place"], 60, 90)
    assert np.array_equal(place, found.map())
    assert [(i["number"], i["name"], i["voc"]) for i in answer["individuals"]] == [
        (1, "sheep", SHEEP), (2, "sheep", SHEEP), (3, "kite", None), (4, "cow", COW),
    ]  # fmt: skip
    for each in answer["individuals"]:
        assert each["pixels"] == (place == each["number"]).sum()
        if each["pixels"]:
            assert place[each["row"], each["column"]] == each["number"]  # the badge stands on its own individual
    assert answer["individuals"][3]["pixels"] == 0  # behind a more certain one
    assert (answer["milliseconds"], answer["device"], answer["note"], answer["count"]) == (1234.0, "CPU", "", 7)


def test_blobs_are_counted_beside_individuals(visitor, found):
    answer = instances.reply(request(visitor), visitor)
    assert answer["counts"] == [
        {"name": "sheep", "voc": SHEEP, "blobs": 1, "individuals": 2, "together": 2},
        {"name": "cow", "voc": COW, "blobs": 2, "individuals": 1, "together": 0},
        {"name": "kite", "voc": None, "blobs": None, "individuals": 1, "together": 0},
    ]


def test_nothing_found_is_an_answer(visitor, monkeypatch):
    nobody = Individuals(60, 90, (), 5.0, "CPU", instances.MODEL)
    monkeypatch.setattr(instances, "load_instances", lambda model: lambda photo: nobody)
    with_weights(monkeypatch)
    answer = instances.reply(request(visitor), visitor)
    assert answer["individuals"] == []
    assert not unpack(answer["place"], 60, 90).any()
    assert [row["individuals"] for row in answer["counts"]] == [0, 0]


class Head:
    """Stands in for the bundled predictor: its individuals are known."""

    def __init__(self, found: Individuals):
        self.found = found

    def individuals(self, photo):
        return self.found


@pytest.fixture
def apart(monkeypatch):
    """The head's answer for the visitor's photo: two sheep side by side, every cell pointing exactly at its centre."""
    ones = [one(1, "sheep", 10, 10, 40, 30, 0.9), one(2, "sheep", 10, 30, 40, 50, 0.8)]
    centres = [(24.5, 19.0), (25.0, 40.0)]
    ones = [dataclasses.replace(each, centre=centre) for each, centre in zip(ones, centres, strict=True)]
    rows, columns = np.mgrid[0:59:15j, 0:89:23j].round()  # where cells lie: corners on corners
    nearest = (columns >= 30).astype(int)
    target = np.array(centres)[nearest]
    offsets = np.stack([target[..., 0] - rows, target[..., 1] - columns]).astype(np.float16)
    answer = Individuals(60, 90, tuple(ones), 12.0, "CPU", "panoptic", offsets=offsets)
    monkeypatch.setattr(individuals, "load_predictor", lambda model: Head(answer))
    return answer


def test_the_head_answers_without_any_weights_of_mask_rcnn(visitor, apart):
    answer = instances.reply(request(visitor, way="centres"), visitor)
    assert (answer["way"], answer["same"]) == ("centres", True)
    assert np.array_equal(unpack(answer["place"], 60, 90), apart.map())
    assert [each["centre"] for each in answer["individuals"]] == [[24.5, 19.0], [25.0, 40.0]]
    assert answer["counts"][0] == {"name": "sheep", "voc": SHEEP, "blobs": 1, "individuals": 2, "together": 2}


def test_arrows_start_inside_their_individual_and_end_where_the_head_points(visitor, apart):
    answer = instances.reply(request(visitor, way="centres"), visitor)
    place = apart.map()
    assert len(answer["arrows"]) > 20
    assert {number for number, *_ in answer["arrows"]} == {1, 2}
    for number, row, column, to_row, to_column in answer["arrows"]:
        assert place[row, column] == number
        assert np.hypot(to_row - apart[number - 1].centre[0], to_column - apart[number - 1].centre[1]) <= 1


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (1024, 768)])
def test_there_are_some_arrows_and_never_too_many(shape):
    number = Individual(1, "cow", COW, 0.5, (0, 0, *shape), np.ones(shape, bool), shape, (0.0, 0.0))
    cells = [-(-side // 4) for side in shape]
    found = Individuals(*shape, (number,), 1.0, "CPU", "panoptic", offsets=np.zeros((2, *cells), np.float16))
    assert 1 <= len(instances.arrows(found, found.map())) <= 4 * instances.ARROWS
    assert instances.arrows(dataclasses.replace(found, offsets=None), found.map()) == []
    assert instances.arrows(found, np.zeros(shape, np.uint8)) == []


@pytest.mark.parametrize(
    "wrong", [{"count": "7"}, {"count": None}, {"truth": -1}, {"truth": True}, {"way": "panoptic"}, {"way": []}]
)
def test_what_no_page_sends_is_refused(visitor, found, wrong):
    answer = instances.reply(request(visitor) | wrong, visitor)
    assert answer["problem"].endswith(".")
    assert "Something went wrong" not in answer["problem"]


def test_a_page_that_shows_another_photo_gets_nothing(visitor, found):
    assert instances.reply(request(visitor, truth=1), visitor)["stale"]
    assert instances.reply(request(visitor, width=91), visitor)["stale"]
    assert instances.reply(request(visitor), None)["stale"]
    for nothing in (None, [], "find", {}):
        assert "problem" in instances.reply(nothing, visitor)


def test_without_its_weights_nothing_runs_and_nothing_is_downloaded(visitor, monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setenv("SEG_WEIGHTS_HOST", "http://127.0.0.1:9")
    answer = instances.reply(request(visitor), visitor)
    assert "Mask R-CNN" in answer["problem"]
    assert "178 MB" in answer["problem"]
    assert not list(tmp_path.iterdir())


def test_its_weights_are_downloaded_too(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setenv("SEG_WEIGHTS_HOST", "http://127.0.0.1:9")
    with pytest.raises(DownloadError):
        INSTANCES[instances.MODEL].obtain()
    answer = downloads.reply({"count": 1, "ask": "watch", "model": instances.MODEL})
    assert "refused" in answer["problem"]
    assert instances.MODEL not in answer["here"]
    weights = INSTANCES[instances.MODEL].weights
    weights.parent.mkdir(parents=True, exist_ok=True)
    weights.write_bytes(b"put there by hand")
    assert instances.MODEL in downloads.reply({"count": 2, "ask": "list"})["here"]
