"""Individuals beside the label map: how many share a blob, and whose labels are grouped."""

import numpy as np
import pytest

from seg.classes import NAMES
from seg.lessons.individuals import blobs_and_individuals, has_head, in_fullest_blob, individuals_beside
from seg.models.individuals import Individual, Individuals
from seg.models.predictor import load_predictor
from seg.page.examples import examples

SHEEP, COW = NAMES.index("sheep"), NAMES.index("cow")


def one(number, name, *box):
    top, left, bottom, right = box
    return Individual(number, name, NAMES.index(name), 0.9, box, np.ones((bottom - top, right - left), bool), (60, 90))


def test_who_shares_a_blob_is_counted_where_most_of_them_is():
    """Two of three sheep in one blob; a cow beyond any blob of cows."""
    labels = np.zeros((60, 90), np.uint8)
    labels[0:20, 0:40] = labels[40:50, 0:10] = SHEEP
    ones = (one(1, "sheep", 0, 0, 20, 20), one(2, "sheep", 0, 20, 20, 40), one(3, "sheep", 35, 0, 50, 10))
    found = Individuals(60, 90, (*ones, one(4, "cow", 50, 80, 55, 85)), 1.0, "CPU", "panoptic")
    assert in_fullest_blob(labels, found) == {SHEEP: 2}
    (row, cow) = blobs_and_individuals(labels, found)
    assert (row["blobs"], row["individuals"], row["together"]) == (2, 3, 2)
    assert cow == {"name": "cow", "voc": COW, "blobs": 0, "individuals": 1, "together": 0}


@pytest.fixture(scope="module")
def hens():
    return examples()["hens"].photo


@pytest.mark.parametrize("model", ["bundled", "fcn"])
def test_the_labels_on_the_page_are_the_ones_that_are_grouped(hens, model):
    prediction = load_predictor(model)(hens)
    found = individuals_beside(hens, prediction)
    assert has_head(model)
    assert len(found)
    assert (prediction.labels[found.map() > 0] > 0).all()
    for each in found:
        assert (prediction.labels[each.mask] == each.class_id).all()


def test_beside_a_network_without_the_head_the_bundled_model_answers(hens):
    stranger = type("Prediction", (), {"model": "fcn_resnet50"})
    assert not has_head("fcn_resnet50")
    assert individuals_beside(hens, stranger) is load_predictor("bundled").individuals(hens)
