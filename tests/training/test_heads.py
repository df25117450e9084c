"""Training the families' heads: MaskFormer's matching against every other matching, a short run, and the table."""

import itertools
import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from seg.classes import IGNORE
from seg.models.families import FAMILIES
from seg.models.heads.maskformer import NOTHING, Masks
from seg.training import families, heads, mask_loss


def dice(logits, wanted) -> float:
    chances = 1 / (1 + np.exp(-logits))
    return 1 - (2 * (chances * wanted).sum() + 1) / (chances.sum() + wanted.sum() + 1)


def entropy(logits, wanted) -> float:
    return float(F.binary_cross_entropy_with_logits(torch.tensor(logits), torch.tensor(wanted)))


@pytest.mark.parametrize("seed", range(3))
def test_the_matching_is_the_cheapest_of_all(seed):
    rng = np.random.default_rng(seed)
    classes, masks = rng.normal(size=(5, NOTHING + 1)), rng.normal(size=(5, 30))
    ids, wanted = np.array([0, 7, 15]), (rng.random((3, 30)) < 0.4).astype(float)
    chances = np.exp(classes) / np.exp(classes).sum(1, keepdims=True)

    def cost(queries) -> float:
        return sum(
            -mask_loss.CLASS * chances[q, c]
            + mask_loss.MASK * entropy(masks[q], w)
            + mask_loss.DICE * dice(masks[q], w)
            for q, c, w in zip(queries, ids, wanted, strict=True)
        )

    best = min(itertools.permutations(range(5), 3), key=cost)
    queries, places = mask_loss.match(*(torch.tensor(each) for each in (classes, masks, ids, wanted)))
    assert dict(zip(places.tolist(), queries.tolist(), strict=True)) == dict(enumerate(best))


def test_a_perfect_answer_costs_next_to_nothing_and_a_swapped_one_much():
    labels = torch.zeros(1, 16, 16, dtype=torch.long)
    labels[:, 4:10, 4:12], labels[:, -1] = 8, IGNORE
    classes = torch.full((1, 6, NOTHING + 1), -12.0)
    for query, c in enumerate((8, 0, NOTHING, NOTHING, NOTHING, NOTHING)):
        classes[0, query, c] = 12.0
    masks = torch.full((1, 6, 16, 16), -20.0)
    masks[0, 0][labels[0] == 8], masks[0, 1][labels[0] == 0] = 20.0, 20.0
    assert mask_loss.mask_loss(Masks(classes, masks), labels) < 0.01
    swapped = masks[:, [1, 0, 2, 3, 4, 5]]
    assert mask_loss.mask_loss(Masks(classes, swapped), labels) > 5


def test_small_classes_and_unknown_cells_are_no_segments():
    labels = torch.tensor([[0, 0, 0, 0, 3], [IGNORE] * 5, [9, 9, 9, 9, 9]])
    ids, masks = mask_loss.segments(labels)
    assert ids.tolist() == [0, 9]
    assert masks.sum((1, 2)).tolist() == [4, 5]


def test_a_short_run_trains_every_head_and_goes_on_where_it_stopped(prepared, tmp_path, capsys):
    given = ["--data", str(prepared), "--out", str(tmp_path), "--side", "65", "--batch", "4", "--workers", "0"]
    given += ["--smallest", "80", "--largest", "140", "--show", "1"]
    heads.train(heads.arguments([*given, "--steps", "2"]))
    before = torch.load(tmp_path / "last.pt", weights_only=True)
    heads.train(heads.arguments([*given, "--steps", "3"]))
    after = torch.load(tmp_path / "last.pt", weights_only=True)
    assert (before["step"], after["step"]) == (2, 3)
    for name, family in FAMILIES.items():
        moved = [
            not torch.equal(before["heads"][key], after["heads"][key])
            for key in before["heads"]
            if key.startswith(name + ".") and key.endswith("weight")
        ]
        assert all(moved)
        state = torch.load(tmp_path / f"{name}.pt", weights_only=True)
        left_out = family.build().load_state_dict({key: each.float() for key, each in state.items()}, strict=False)
        assert all(key.endswith("num_batches_tracked") for key in left_out.missing_keys)
        assert not left_out.unexpected_keys
    said = capsys.readouterr().out
    assert all(name in said for name in FAMILIES)


def test_the_table_has_a_row_per_head(tmp_path, capsys):
    for folder in ("images", "labels", "heads"):
        (tmp_path / folder).mkdir()
    truth = np.zeros((40, 60), np.uint8)
    truth[10:30, 10:30] = 15
    Image.fromarray(truth).save(tmp_path / "labels" / "a.png")
    Image.new("RGB", (60, 40)).save(tmp_path / "images" / "a.png")
    head = FAMILIES["fcn"].build()
    heads.export(head, tmp_path / "heads" / "fcn.pt")
    record = tmp_path / "heads.json"
    found = families.main(["--data", str(tmp_path), "--folder", str(tmp_path / "heads"), "--record", str(record)])
    assert json.loads(record.read_text()) == found
    assert list(found) == ["bundled", "fcn"]
    assert found["fcn"]["head_parameters"] == sum(weight.numel() for weight in head.parameters())
    assert found["bundled"]["parameters"] > found["bundled"]["head_parameters"]
    assert "| FCN-8s | `fcn` |" in capsys.readouterr().out
