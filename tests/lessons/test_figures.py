"""The individuals of the figure "Three kinds of segmentation", from made-up ones; and what is kept of a photo."""

from dataclasses import replace

import numpy as np
from PIL import Image

from seg.classes import NAMES
from seg.labels.codec import unpack
from seg.lessons.figures import NUMBERED, kinds, work_out
from seg.models.individuals import Individual, Individuals
from seg.models.predictor import load_predictor

COW, PERSON = NAMES.index("cow"), NAMES.index("person")


def test_the_subject_and_every_individual_with_a_place_for_its_number():
    """Fifteen people, larger from left to right, and a cow behind the last of them."""
    labels, people = np.zeros((40, 160), np.uint8), []
    for i in range(15):
        box = (0, 10 * i, 5 + 2 * i, 10 * i + 9)
        labels[box[0] : box[2], box[1] : box[3]] = PERSON
        people.append(Individual(i + 1, "person", PERSON, 0.9, box, np.ones((5 + 2 * i, 9), bool), labels.shape))
    hidden = Individual(16, "cow", COW, 0.3, (2, 141, 8, 148), np.ones((6, 7), bool), labels.shape)
    found = Individuals(*labels.shape, (*people, hidden), 1.0, "CPU", "panoptic")
    figure = kinds(labels, found)["figure"]
    place = unpack(figure["place"], *labels.shape)
    assert figure["subject"] == PERSON
    assert np.array_equal(place, found.map())
    assert [(row["number"], row["id"]) for row in figure["individuals"]] == [
        (one.number, one.class_id) for one in found
    ]
    for row, one in zip(figure["individuals"][:15], people, strict=True):
        assert place[row["row"], row["column"]] == one.number
        assert (row["box"], row["pixels"]) == (list(one.box), one.pixels)
    assert figure["individuals"][15]["pixels"] == 0
    assert sorted(figure["numbered"]) == list(range(16 - NUMBERED, 16))  # the largest


def test_nobody_has_a_figure_too():
    nobody = Individuals(3, 4, (), 1.0, "CPU", "panoptic")
    figure = kinds(np.zeros((3, 4), np.uint8), nobody)["figure"]
    assert (figure["subject"], figure["individuals"], figure["numbered"]) == (0, [], [])


def test_what_is_known_of_a_photo_is_not_worked_out_again_and_other_labels_are():
    photo = np.array(Image.open("examples/cat.jpg").convert("RGB").resize((160, 120)))
    prediction = load_predictor("bundled")(photo)
    answer = work_out(photo, prediction)
    assert work_out(photo.copy(), replace(prediction, labels=prediction.labels.copy())) is answer
    turned = replace(prediction, labels=np.ascontiguousarray(prediction.labels[::-1]))
    assert work_out(photo, turned)["figures"]["superset"] != answer["figures"]["superset"]
