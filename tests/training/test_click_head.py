"""Clicks drawn in individuals, what they are to be answered with, and a short run of the head that learns from them."""

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt

from seg.classes import IGNORE
from seg.models.heads.click import Head, Windows
from seg.training import click_head
from seg.training.click_head import LEAST, draw_clicks, mask_loss, overlap, reach_of, shown_in
from tests.training.runs import assert_moved


def numbers() -> np.ndarray:
    """Three photos of 40x40: two individuals and a speck; nobody; one individual beside what nobody knows."""
    ids = np.zeros((3, 40, 40), np.uint8)
    ids[0, 3:20, 4:30], ids[0, 25:38, 2:9], ids[0, 0, :3] = 5, 6, 9
    ids[2, 10:30, 10:14], ids[2, :, 20:] = 101, IGNORE
    return ids


@pytest.mark.parametrize("seed", range(5))
def test_clicks_lie_in_individuals_each_as_often(seed):
    ids, rng = numbers(), np.random.default_rng(seed)
    photos, places, drawn = draw_clicks(ids, 6, rng)
    assert photos.tolist() == [0, 2]
    assert sorted(drawn[0].tolist()) == [5, 5, 5, 6, 6, 6]
    assert drawn[1].tolist() == [101] * 6
    for photo, where, which in zip(photos, places, drawn, strict=True):
        for (row, column), number in zip(where.int().tolist(), which.tolist(), strict=True):
            assert ids[photo, row, column] == number
    assert draw_clicks(ids[1:2], 6, rng) is None
    assert (ids[0] == 9).sum() < LEAST


def test_most_clicks_lie_deep_inside():
    rng, mask = np.random.default_rng(0), np.zeros((41, 41), bool)
    mask[:, :20] = True
    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    drawn = [depth[int(row), int(column)] for row, column in (click_head.draw_click(mask, rng) for _ in range(300))]
    deep = np.mean(np.array(drawn) > click_head.DEEP * depth.max())
    anywhere = (depth > click_head.DEEP * depth.max()).sum() / mask.sum()
    assert deep == pytest.approx(click_head.INNER + (1 - click_head.INNER) * anywhere, abs=0.08)


def test_reach_is_told_from_the_click():
    masks = torch.zeros(1, 2, 30, 30, dtype=torch.bool)
    masks[0, 0, 2:10, 5:30], masks[0, 1, 7, 7] = True, True
    reach = reach_of(masks, torch.tensor([[[5.0, 6.0], [7.0, 7.0]]]))
    assert (2**reach - 1).round().int().tolist() == [[[3, 1, 4, 23], [0, 0, 0, 0]]]


def test_a_window_is_compared_with_the_part_of_the_mask_it_shows():
    masks, sure = torch.zeros(1, 1, 41, 41), torch.ones(1, 41, 41)
    masks[0, 0, 10:30, 16:26] = 1
    sure[0, :, 20:] = 0
    for middle, spacing in (((20.0, 20.0), 2.0), ((12.0, 30.0), 1.0), ((20.0, 20.0), 12.0)):
        windows = Windows(torch.tensor([[middle]]), torch.tensor([[spacing]]), 9)
        rows, columns = windows.places()[0, 0].unbind(-1)
        right = (rows >= 10) & (rows < 30) & (columns >= 16) & (columns < 26)
        unknown = (columns >= 20) | (columns < 0) | (rows < 0) | (rows > 40)
        wanted, known = shown_in(windows, masks, sure)
        assert torch.equal(known[0] == 0, unknown.flatten())
        if spacing < 12:
            assert torch.equal(wanted[0] > 0.5, right.flatten())


def test_the_iou_of_a_window_counts_what_it_does_not_show():
    logits = torch.tensor([[5.0, 5.0, -5.0, 5.0], [-5.0, -5.0, -5.0, -5.0]])
    wanted, known = torch.tensor([[1.0, 0.0, 1.0, 1.0]]).repeat(2, 1), torch.tensor([[1.0, 1.0, 1.0, 0.0]]).repeat(2, 1)
    # Drawn 2 known cells, 1 of them right; the individual has 6 cells in all: 1 / (2 + 6 - 1).
    assert overlap(logits, wanted, known, torch.tensor([6.0, 6.0])).tolist() == pytest.approx([1 / 7, 0])


def test_the_loss_of_a_mask_by_hand():
    logits, wanted = torch.tensor([[0.0, 0.0, 9.0]]), torch.tensor([[1.0, 0.0, 0.0]])
    known = torch.tensor([[1.0, 1.0, 0.0]])
    # Two cells at a half: cross-entropy ln 2, Dice 1 - (2 * 0.5 + 1) / (1 + 1 + 1).
    assert mask_loss(logits, wanted, known).item() == pytest.approx(np.log(2) + 1 / 3)


def test_a_short_run_moves_the_head(known, tmp_path, capsys):
    given = ["--data", str(known), "--out", str(tmp_path), "--side", "65", "--batch", "4", "--workers", "0"]
    given += ["--smallest", "80", "--largest", "140", "--show", "1", "--steps", "2"]
    click_head.train(click_head.arguments(given))
    assert_moved(tmp_path, "click", Head)
    assert "click" in capsys.readouterr().out
    again = click_head.arguments([*given[:2], "--out", str(tmp_path / "b"), *given[4:], "--start", str(tmp_path)])
    again.steps = 0
    click_head.train(again)
    one, two = (torch.load(tmp_path / part / "click.pt", weights_only=True) for part in ("", "b"))
    assert all(torch.equal(one[key], two[key]) for key in one)
