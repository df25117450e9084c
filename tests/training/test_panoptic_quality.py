"""Individuals measured over photos made here: the counts, the baseline of blobs, the table and the record."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from seg.scoring.panoptic import match
from seg.training import panoptic_quality
from seg.training.panoptic_quality import Segments, blobs, measure, photos, summary
from tests.label_maps import blobby

COW, DOG = 10, 12


@pytest.fixture
def folder(tmp_path):
    """Two cows that touch and a dog in one photo, a dog and a crowd in the other; a third has no individuals."""
    for name in ("images", "labels", "instances"):
        (tmp_path / name).mkdir()
    ids, labels = np.zeros((2, 2, 20, 30), np.uint8)
    ids[0, 2:12, 2:8], ids[0, 2:12, 8:14], ids[0, 15:, 20:] = 1, 2, 3
    labels[0, 2:12, 2:14], labels[0, 15:, 20:] = COW, DOG
    ids[1, :5, :5], ids[1, 10:, 10:] = 1, 255
    labels[1, :5, :5], labels[1, 10:, 10:] = DOG, 255
    for i in range(3):
        Image.new("RGB", (30, 20), (i, 0, 0)).save(tmp_path / "images" / f"{i}.png")
    for i in range(2):
        Image.fromarray(labels[i]).save(tmp_path / "labels" / f"{i}.png")
        Image.fromarray(ids[i]).save(tmp_path / "instances" / f"{i}.png")
    return tmp_path


def test_photos_come_with_their_individuals(folder):
    found = list(photos([folder]))
    assert [photo.getpixel((0, 0))[0] for photo, _ in found] == [0, 1]
    assert [truth.classes for _, truth in found] == [{1: COW, 2: COW, 3: DOG}, {1: DOG}]
    assert len(list(photos([folder, folder], limit=1))) == 2


@pytest.mark.parametrize("seed", range(3))
def test_blobs_are_scipys_and_of_one_class_each(seed):
    labels = blobby(seed, ids=(0, 0, 8, 15, 255))
    found = blobs(labels)
    expected = sum(ndimage.label(labels == c, np.ones((3, 3)))[1] for c in (8, 15))
    assert len(found.classes) == expected == len(np.unique(found.ids)) - 1
    for i, c in found.classes.items():
        assert (labels[found.ids == i] == c).all()
    assert ((found.ids > 0) == np.isin(labels, (8, 15))).all()


def test_small_blobs_are_left_out_where_asked():
    labels = np.zeros((10, 10), np.uint8)
    labels[0, 0], labels[2:4, 2:5], labels[9, 5:] = COW, COW, DOG
    found = blobs(labels, 0.05)
    assert sorted(found.classes.values()) == [COW, DOG]
    assert np.array_equal(np.flatnonzero(found.ids), np.flatnonzero(labels)[1:])
    assert len(blobs(labels, 0.06).classes) == 1


def test_counts_are_summed_over_the_photos(folder):
    truths = [truth for _, truth in photos([folder])]
    labels = [np.asarray(Image.open(folder / "labels" / f"{i}.png")) for i in range(2)]
    number, counts = measure({"blobs": lambda photo: blobs(labels[photo.getpixel((0, 0))[0]])}, [folder])
    assert number == 2
    each = [match(*truth, *blobs(label)) for truth, label in zip(truths, labels, strict=True)]
    np.testing.assert_array_equal(counts["blobs"].panoptic_quality, (each[0] + each[1]).panoptic_quality)
    assert counts["blobs"].panoptic_quality[DOG] == 1  # the crowd is void
    assert counts["blobs"].counting_error[COW] == 1  # two cows, one blob
    assert summary(number, counts) == {
        "photos": 2,
        "true_individuals": 4,
        "blobs_panoptic_quality": 0.5,
        "blobs_recognition_quality": 0.5,
        "blobs_segmentation_quality": 0.5,
        "blobs_counting_error": 0.5,
    }


def test_without_individuals_there_is_nothing_to_measure(tmp_path):
    with pytest.raises(ValueError, match="instances/"):
        measure({}, [tmp_path])


def test_the_programme_prints_a_table_and_writes_the_record(folder, monkeypatch, capsys):
    monkeypatch.setattr(panoptic_quality, "load_predictor", lambda model, device: StandIn(folder))
    record = folder / "figures.json"
    found = panoptic_quality.main(["--data", str(folder), "--record", str(record)])
    assert json.loads(record.read_text()) == found
    assert found["individuals_panoptic_quality"] == 1
    assert found["individuals_panoptic_quality"] / found["blobs_panoptic_quality"] == 2
    said = capsys.readouterr().out
    assert "| cow | 2 | 1.000 | 1.000 | 1.000 | 0.000 | 0.000 | 0.000 | 0.000 | 1.000 | 0.000 |" in said
    assert "| mean | 4 | 1.000 |" in said


class StandIn:
    """Answers with the truth."""

    def __init__(self, folder):
        self.truths = [truth for _, truth in photos([folder])]
        self.found = [np.asarray(Image.open(folder / "labels" / f"{i}.png")) for i in range(2)]

    def __call__(self, photo):
        return type("Prediction", (), {"labels": self.found[photo.getpixel((0, 0))[0]]})

    def individuals(self, photo):
        truth = self.truths[photo.getpixel((0, 0))[0]]
        return Answer(truth)


class Answer(list):
    def __init__(self, truth: Segments):
        super().__init__(type("One", (), {"number": i, "class_id": c}) for i, c in truth.classes.items())
        self.truth = truth

    def map(self):
        return np.where(self.truth.ids == 255, 0, self.truth.ids).astype(np.uint8)
