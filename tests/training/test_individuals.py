"""Crops of known individuals, the targets made of them for Panoptic-DeepLab's head, and a short run of it."""

import numpy as np
import pytest
import torch

from seg.classes import IGNORE, NAMES
from seg.models.heads import panoptic
from seg.models.heads.panoptic import Centres
from seg.training import individuals, panoptic_head
from seg.training.individuals import FIRST_PASTED, IndividualCrops, alone
from seg.training.panoptic_head import centre_targets, panoptic_loss
from tests.training.runs import assert_moved

DOG, PERSON = NAMES.index("dog"), NAMES.index("person")


def test_only_what_is_surely_one_individual_gets_a_number():
    labels = np.zeros((60, 100), np.uint8)
    labels[10:50, 5:45] = DOG
    labels[20:40, 60:90] = PERSON  # wider than high: not surely one person
    labels[0] = IGNORE
    ids = alone(labels, "VOC 2012")
    assert np.array_equal(ids == 1, labels == DOG)
    assert np.array_equal(ids == IGNORE, (labels == PERSON) | (labels == IGNORE))
    assert (alone(labels, "Clothing Co-Parsing") == 2).sum() == (labels == PERSON).sum()
    labels[10:50, 20:30] = 0  # two halves
    assert not (alone(labels, "VOC 2012") == 1).any()


def test_instances_lie_as_the_labels_do(known):
    ids, labels = np.load(known / "instances.npy"), np.load(known / "labels.npy")
    index = np.load(known / "index.npz")
    for i, start in enumerate(index["start"]):
        area = slice(start, start + index["height"][i] * index["width"][i])
        if i % 2:
            assert np.array_equal(ids[area] == 1, np.isin(labels[area], (8, 12)))
        else:
            assert (ids[area] == IGNORE).all()


def test_pasted_individuals_are_where_their_numbers_are(known):
    crops = IndividualCrops(known, 129, 6, (110, 150), seed=1, paste=1.0)
    batch = next(iter(crops))
    assert batch["image"].shape == (6, 3, 129, 129)
    assert batch["ids"].shape == (6, 129, 129)
    ids = batch["ids"][:, ::4, ::4]
    numbers = [set(each.unique().tolist()) for each in batch["ids"]]
    assert all(some & set(range(FIRST_PASTED, FIRST_PASTED + individuals.MOST)) for some in numbers)
    on_pasted = ids[batch["pasted"]]
    assert ((on_pasted >= FIRST_PASTED) | (on_pasted == 255)).all()
    assert not (ids[~batch["pasted"]] >= FIRST_PASTED)[ids[~batch["pasted"]] != 255].any()
    # The cut-outs are one bright square: a cell of an individual is brighter than the noise around.
    bright = batch["image"].float().amax(1)[:, ::4, ::4]
    inside = (ids >= FIRST_PASTED) & (ids != 255)
    assert bright[inside].mean() > bright[ids == 0].mean() + 30
    # The class under a number is that of the cut-outs; where nobody was pasted, labels are those of plain crops.
    assert set(batch["labels"][inside].unique().tolist()) <= {8, 12}


def test_targets_point_to_the_mean_of_each_individual():
    ids = torch.zeros(20, 20, dtype=torch.long)
    ids[2:6, 3:9], ids[10:16, 10:12], ids[0, :3], ids[19] = 1, 7, 4, IGNORE
    heat, offsets, kept = centre_targets(ids)
    assert (kept[0, :3] == IGNORE).all()  # three cells: too few
    assert np.unravel_index(heat.argmax(), heat.shape) in {(3, 5), (3, 6), (4, 5), (4, 6), (12, 10), (13, 11)}
    for number, centre in ((1, (3.5, 5.5)), (7, (12.5, 10.5))):
        for row, column in np.argwhere((ids == number).numpy()):
            assert (offsets[:, row, column] / 4 + torch.tensor([row, column])).tolist() == pytest.approx(centre)
    assert not offsets[:, ids == 0].any()
    perfect = Centres(heat[None, None], offsets[None])
    assert panoptic_loss(perfect, ids[None]) == pytest.approx(0, abs=1e-6)
    assert panoptic_loss(Centres(heat[None, None] + 0.1, offsets[None] + 10), ids[None]) == pytest.approx(2.2, abs=1e-4)


def test_a_short_run_moves_the_head(known, tmp_path, capsys):
    given = ["--data", str(known), "--out", str(tmp_path), "--side", "65", "--batch", "4", "--workers", "0"]
    given += ["--smallest", "80", "--largest", "140", "--show", "1", "--steps", "2"]
    panoptic_head.train(panoptic_head.arguments(given))
    assert_moved(tmp_path, "panoptic", panoptic.Head)
    assert "panoptic" in capsys.readouterr().out
