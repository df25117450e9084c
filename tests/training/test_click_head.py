"""Clicks drawn in individuals, what they are to be answered with, and a short run of the head that learns from them."""

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt

from seg.classes import IGNORE
from seg.models import click
from seg.models.click import Windows, cut, fitting
from seg.models.heads.click import CELLS, Head
from seg.models.registry import OTHER_HEADS
from seg.training import click_head
from seg.training.click_head import LEAST, draw_clicks, mask_loss, overlap, reach_of, sampled, shown_in
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
    masks = torch.zeros(2, 30, 30, dtype=torch.bool)
    masks[0, 2:10, 5:30], masks[1, 7, 7] = True, True
    reach = reach_of(masks, torch.tensor([[5.0, 6.0], [7.0, 7.0]]))
    assert (2**reach - 1).round().int().tolist() == [[3, 1, 4, 23], [0, 0, 0, 0]]


def test_a_window_is_compared_with_the_part_of_the_mask_it_shows():
    masks, sure = torch.zeros(1, 81, 81), torch.ones(1, 81, 81)
    masks[0, 20:60, 32:52] = 1
    sure[0, :, 40:] = 0
    for middle, spacing in (((40.0, 40.0), 2.0), ((24.0, 60.0), 1.0), ((40.0, 40.0), 4.0)):
        windows = Windows(torch.tensor([middle]), torch.tensor([spacing]))
        rows, columns = windows.places(click_head.FINER)[0].unbind(-1)
        assert rows.shape == (2 * CELLS - 1, 2 * CELLS - 1)
        assert (rows[1, 0] - rows[0, 0]).item() == pytest.approx(spacing / 2)
        right = (rows >= 20) & (rows < 60) & (columns >= 32) & (columns < 52)
        edge = ((rows - 19.5).abs() < 1) | ((rows - 59.5).abs() < 1)
        edge |= ((columns - 31.5).abs() < 1) | ((columns - 51.5).abs() < 1)
        unknown = (columns > 39) | (columns < 0) | (rows < 0) | (rows > 80)
        wanted, known = shown_in(windows, masks, sure)
        assert torch.equal(known[0] == 0, unknown.flatten())
        assert torch.equal((wanted[0] > 0.5)[~edge.flatten()], right[~edge].flatten())


def test_training_cuts_out_what_the_page_cuts_out():
    """Of a picture that changes slowly, a window within it and one that hangs over its edge."""
    rows, columns = np.mgrid[:200, :200]
    picture = np.stack([rows, columns, 255 - rows], -1).astype(np.uint8)
    colours = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
    for middle, spacing in (((90.0, 70.0), 1.5), ((90.0, 70.0), 5.0), ((20.0, 180.0), 3.0)):
        windows = Windows(torch.tensor([middle]), torch.tensor([spacing]))
        theirs = cut(picture, windows, 1.0)
        mine = 127.5 * (sampled(colours, windows.places(4)) + 1)
        places = windows.places(4)[0]
        inside = ((places > 1) & (places < 198)).all(-1)
        assert inside.float().mean() > 0.4
        assert (theirs - mine)[0, :, inside].abs().max() < 3
        outside = ((places < -1) | (places > 200)).any(-1)
        assert (theirs[0, :, outside] == click.GREY).all()
        assert (mine[0, :, outside] == 127.5).all()


def test_windows_of_training_are_off_by_as_much_as_a_first_look():
    torch.manual_seed(0)
    off = click_head.stretched(torch.full((4000, 4), 5.0)) - 5
    common = off.mean(1, keepdim=True)
    assert off.mean().abs() < 0.05
    assert common.std().item() == pytest.approx(np.sqrt((0.5**2 + 1.5**2 / 3) / 2 + 0.5**2 / 4), abs=0.03)
    assert (off - common).std().item() == pytest.approx(0.5 * np.sqrt(3 / 4), abs=0.02)


def test_a_second_look_goes_where_the_first_one_said(monkeypatch):
    clicks = click_head.Clicks(torch.tensor([0]), torch.tensor([[[30.0, 20.0], [10.0, 10.0]]]), torch.tensor([[5, 5]]))
    ids, asked = torch.full((1, 65, 65), 5, dtype=torch.uint8), []
    head, told = Head().eval(), torch.tensor([3.0, 4.0, 2.0, 5.0])

    def answer(view):
        asked.append(view)
        found = Head.forward(head, view)
        return found._replace(reach=told.expand(len(view.spacing), 4))

    monkeypatch.setattr(head, "forward", answer)
    monkeypatch.setattr(click_head, "SMALLER", 0.0)
    assert click_head.click_loss(head, torch.zeros(1, 3, 65, 65), ids, clicks, 1).item() > 0
    first, second = asked
    assert first.clicks.tolist() == [[0, 0]]
    assert click.FIRST / 2 <= first.spacing.item() <= 2 * click.FIRST
    windows = fitting(torch.tensor([[30.0, 20.0]]), told[None])
    assert second.spacing[0].item() == pytest.approx(windows.spacing.item())
    expected = (torch.tensor([[30.0, 20.0]]) - windows.middle) / windows.spacing
    assert second.clicks[0].tolist() == pytest.approx(expected[0].tolist())


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
    assert_moved(tmp_path, "click", OTHER_HEADS["click"].build)
    assert "click" in capsys.readouterr().out
    again = click_head.arguments([*given[:2], "--out", str(tmp_path / "b"), *given[4:], "--start", str(tmp_path)])
    again.steps = 0
    click_head.train(again)
    one, two = (torch.load(tmp_path / part / "click.pt", weights_only=True) for part in ("", "b"))
    assert all(torch.equal(one[key], two[key]) for key in one)
