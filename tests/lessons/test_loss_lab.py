"""The loss lab against the losses themselves."""

import itertools

import numpy as np
import pytest
import torch

from seg.classes import COUNT
from seg.lessons.loss_lab import confident_logits, loss_table
from seg.scoring.losses import LOSSES
from tests.label_maps import blobby


def test_logits_of_a_mask_are_as_confident_as_they_should():
    labels = np.array([[0, 13]], np.uint8)
    shares = torch.from_numpy(confident_logits(labels, 0.9)).softmax(0)
    assert shares[0, 0, 0].item() == pytest.approx(0.9, abs=1e-6)
    assert shares[13, 0, 1].item() == pytest.approx(0.9, abs=1e-6)
    assert shares[5, 0, 0].item() == pytest.approx(0.1 / 20, abs=1e-7)


def test_the_loss_table_holds_the_losses_and_the_background_share_of_their_pull():
    truth = blobby(3, 12, 16)
    logits = {"nothing": np.zeros((COUNT, 12, 16), np.float32), "itself": confident_logits(truth)}
    table = loss_table(logits, truth)
    target = torch.from_numpy(truth.astype(np.int64))
    for name, loss in itertools.product(logits, LOSSES):
        entry = table[name][loss]
        assert entry["value"] == pytest.approx(LOSSES[loss](torch.from_numpy(logits[name]), target).item(), rel=1e-6)
        assert entry["on_background"] == pytest.approx(entry["map"][truth == 0].sum() / entry["map"].sum(), rel=1e-4)
    # Knowing nothing, cross-entropy pulls at every pixel alike: background gets its share of the photo.
    assert table["nothing"]["cross_entropy"]["on_background"] == pytest.approx((truth == 0).mean(), rel=1e-5)
