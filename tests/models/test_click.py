"""The click head and its answer: where the click lies, which windows it is shown, what is refused."""

import dataclasses

import numpy as np
import pytest
import torch

from seg.labels.grid import check_pixel
from seg.models import click
from seg.models import predictor as predictor_module
from seg.models.cache import Cache
from seg.models.click import Click
from seg.models.heads import click as head_module
from seg.models.heads import panoptic
from seg.models.heads.click import CELLS, PIXELS
from seg.models.predictor import Predictor, load_predictor
from seg.models.registry import OTHER_HEADS, ZOO
from seg.training.loop import export
from tests.models.test_heads import features


@pytest.fixture
def random_heads(tmp_path, monkeypatch):
    """Heads with random weights in place of the bundled ones; no model in memory."""
    monkeypatch.setattr(predictor_module, "_loaded", Cache(predictor_module.MODELS_KEPT))
    torch.manual_seed(3)
    for name, module in (("click", head_module), ("panoptic", panoptic)):
        export(module.Head(), tmp_path / f"{name}.pt")
        monkeypatch.setitem(OTHER_HEADS, name, dataclasses.replace(OTHER_HEADS[name], file=tmp_path / f"{name}.pt"))
    return tmp_path


@pytest.fixture
def predictor(random_heads) -> Predictor:
    return load_predictor("bundled", "cpu")


def photo(height=96, width=130, seed=0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_heads_survive_their_files_and_are_small(random_heads):
    for name, given, most in (
        ("click", (head_module.empty_view(2),), 1_000_000),
        ("panoptic", (features(batch=2),), 1_500_000),
    ):
        head = OTHER_HEADS[name].load()
        again = OTHER_HEADS[name].build().eval()
        again.load_state_dict(head.state_dict())
        said, repeated = head(*given), again(*given)
        for one, other in zip(said, repeated, strict=True):
            assert torch.equal(one, other)
        shapes = [tuple(each.shape) for each in said]
        assert shapes == ([(2, CELLS, CELLS), (2,), (2, 4)] if name == "click" else [(2, 1, 33, 25), (2, 2, 33, 25)])
        assert OTHER_HEADS[name].weights.stat().st_size < most


def test_what_lies_under_a_click_is_interpolated():
    maps = torch.zeros(1, 2, CELLS, CELLS)
    maps[0, 0, 16, 16], maps[0, 0, 17, 16], maps[0, 1, 32] = 1, 3, 5
    for place, expected in (((0, 0), (1, 0)), ((0.5, 0), (2, 0)), ((16, -3), (0, 5)), ((40, 40), (0, 5))):
        found = head_module.at(maps, torch.tensor([place]).float())
        assert found[0].tolist() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("finer", [1, 2])
def test_surroundings_are_measured_from_the_click(finer):
    windows = click.Windows(torch.tensor([[8.0, 16.0]]), torch.tensor([4.0]))
    clicks, last = torch.tensor([[12.0, 16.0]]), torch.tensor([[16.0, 21.0]])
    places = windows.places(finer)[0]
    view = windows.view(torch.zeros(1, 3, PIXELS, PIXELS), clicks, last)
    *bells, down, right, on_photo, zoom = head_module.surroundings(view, finer)[0]
    away = (places - clicks[0]) * finer / 4
    for bell, spread in zip(bells, head_module.BELLS, strict=True):
        torch.testing.assert_close(bell, (-away.square().sum(-1) / spread**2).exp())
        assert bell.max() == 1
    torch.testing.assert_close(torch.stack([down, right], -1), away / len(places))
    inside = ((places >= 0) & (places <= last[0])).all(-1)
    assert 0 < inside.sum() < inside.numel()
    assert torch.equal(on_photo.bool(), inside)
    assert zoom.unique().item() == pytest.approx(np.log2(4 / finer) / np.log2(24))


def test_a_window_has_room_for_what_the_head_told_of():
    clicks, far = torch.tensor([[50.0, 60.0]]), torch.tensor([[10.0, 20.0, 30.0, 140.0]])
    windows = click.fitting(clicks, (far + 1).log2())
    assert windows.middle[0].tolist() == pytest.approx([60, 120])
    assert windows.spacing.item() * (CELLS - 1) == pytest.approx(click.ROOM * 161)
    assert click.fitting(clicks, torch.zeros(1, 4)).spacing.item() == pytest.approx(click.FINEST)


def test_a_crop_shows_the_means_of_the_photo_and_grey_outside():
    """Every pixel of a crop is the mean of four of the photo, and lies where `places` says."""
    pixels = photo(300, 400)
    windows = click.Windows(torch.tensor([[100.5, 320.5]]), torch.tensor([8.0]))
    crop = click.cut(pixels, windows, 1.0)[0]
    rows, columns = windows.places(4)[0].unbind(-1)
    assert (rows[0, 0].item(), columns[0, 0].item()) == (-27.5, 192.5)
    beyond = (rows < 0) | (columns > 399)
    assert (crop[:, beyond] == click.GREY).all()
    steps = range(14, 129), range(104)  # rows of the photo from 0.5, columns up to 398.5
    # Pillow weighs a triangle over four pixels a side: 1, 3, 3, 1.
    padded = np.pad(pixels.astype(float), ((1, 1), (1, 1), (0, 0)), "edge")
    weights = np.array([1, 3, 3, 1]) / 8
    for i, j in ((14, 0), (20, 50), (100, 80), (128, 103)):
        assert i in steps[0]
        assert j in steps[1]
        top, left = round(rows[i, j].item() - 0.5), round(columns[i, j].item() - 0.5)
        block = padded[top : top + 4, left : left + 4]
        if top > 0 and left + 3 < 400:
            expected = np.einsum("ijc,i,j->c", block, weights, weights)
            assert crop[:, i, j].tolist() == pytest.approx(expected.tolist(), abs=1.5)


def test_a_window_beside_the_photo_is_grey():
    windows = click.Windows(torch.tensor([[-900.0, 50.0]]), torch.tensor([1.0]))
    assert (click.cut(photo(), windows, 1.0) == click.GREY).all()


def disc(radius: float, told: float, asked: list):
    """A head that draws a disc around the click, and says that the thing reaches `told` pixels to all sides."""

    def ask(view):
        asked.append(view)
        steps = torch.arange(CELLS) - (CELLS - 1) / 2
        places = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1)[None]
        away = view.spacing * (places - view.clicks[:, None, None]).square().sum(-1).sqrt()
        reach = torch.full((1, 4), np.log2(told + 1))
        return head_module.Found(radius - away, torch.full((1,), float(len(asked))), reach)

    return ask


@pytest.mark.parametrize("told", [5.0, 10.0, 20.0, 36.0, 56.0, 90.0])
def test_windows_grow_until_the_mask_keeps_off_their_sides(told):
    """A disc fills a side's cells where it reaches beyond it, so each window is known from the one before."""
    pixels, asked = photo(417, 417), []
    found = click.answer_click(disc(40.0, told, asked), pixels, (200, 210))
    assert [view.clicks.abs().max().item() for view in asked] == pytest.approx([0] * len(asked), abs=1e-4)
    first, *halves = (view.spacing.item() * (CELLS - 1) / 2 for view in asked)
    assert first == pytest.approx(click.FIRST * (CELLS - 1) / 2)
    expected = []
    while not expected or (cells_within(expected[-1]) > click.OVER):
        octaves = -click.SMALLER + len(expected) * click.WIDER
        expected.append(click.ROOM * (2 * (told + 1) * 2**octaves - 1) / 2)
    assert halves == pytest.approx(expected[: click.LOOKS - 1], rel=1e-4)
    assert found.pixels == pytest.approx(np.pi * 40**2, rel=0.03)
    assert found.score == pytest.approx(1 / (1 + np.exp(-len(asked))))


def cells_within(half: float, radius: float = 40.0) -> int:
    """How many cells of a window's side, `half` pixels from the middle of a disc, lie in the disc."""
    along = np.linspace(-half, half, CELLS)
    return int((along**2 + half**2 < radius**2).sum())


def test_a_window_grows_only_where_the_mask_runs_over():
    asked, drawn = [], torch.full((1, CELLS, CELLS), -1.0)
    drawn[:, 5:30, 5:] = 1  # over the right side

    def ask(view):
        asked.append(view)
        logits = drawn if len(asked) < 4 else torch.full_like(drawn, -1.0)
        return head_module.Found(logits, torch.zeros(1), torch.full((1, 4), np.log2(21.0)))

    click.answer_click(ask, photo(417, 417), (200, 100))
    assert len(asked) == 4
    reaches = [21 * 2**-click.SMALLER - 1, *(21 * 2 ** (-click.SMALLER + i * click.WIDER) - 1 for i in (1, 2))]
    for view, right in zip(asked[1:], reaches, strict=True):
        middle = view.clicks[0] * -view.spacing
        assert middle.tolist() == pytest.approx([0, (right - reaches[0]) / 2], abs=1e-3)
        assert view.spacing.item() * (CELLS - 1) == pytest.approx(click.ROOM * (right + reaches[0] + 1), rel=1e-4)


def test_a_window_grows_as_far_as_the_last_look_said_within_limits():
    reach = torch.tensor([[3.0, 3.0, 3.0]])
    found = click.farther(reach, torch.tensor([[2.0, 4.5, 9.0]]))
    assert found.tolist() == [pytest.approx([3 + click.WIDER, 4.5, 3 + click.WIDEST])]


def test_an_edge_of_the_photo_is_no_side_to_run_over():
    last = torch.tensor([[100.0, 100.0]])
    everywhere = torch.ones(1, CELLS, CELLS)
    windows = click.Windows(torch.tensor([[10.0, 50.0]]), torch.tensor([1.0]))  # rows -6 to 26, columns 34 to 66
    assert click.runs_over(windows, everywhere, last).tolist() == [[False, True, True, True]]
    assert not click.runs_over(windows, -everywhere, last).any()
    some = -everywhere
    some[:, -1, : click.OVER] = 1
    assert not click.runs_over(windows, some, last).any()
    some[:, -1, click.OVER] = 1
    assert click.runs_over(windows, some, last).tolist() == [[False, False, True, False]]


def test_a_map_of_one_channel_is_that_of_its_convolution():
    layer, found = torch.nn.Conv2d(6, 1, 1), torch.rand(3, 6, 4, 5)
    torch.testing.assert_close(head_module.one_map(found, layer), layer(found)[:, 0])


def test_the_head_shares_most_of_the_trunk_and_its_file_has_the_rest():
    bundled = ZOO["bundled"].load().trunk
    head = head_module.Head(bundled)
    mine, theirs = head.trunk.state_dict(), bundled.state_dict()
    everything = dict(head.trunk.named_parameters()) | dict(head.trunk.named_buffers())
    for key, value in theirs.items():
        assert torch.equal(everything[key], value)
    left_out = {key for key in theirs if key not in mine}
    assert left_out == {
        key
        for key, value in theirs.items()
        if key.endswith(("running_mean", "running_var"))
        or (value.ndim == 4 and value.shape[1] > 1 and key.startswith(tuple(f"stages.{i}." for i in range(3, 7))))
    }
    view = head_module.empty_view()
    with torch.inference_mode():
        features, expected = [], bundled.eval()(view.crops)
        head.trunk.eval().stages[-1].register_forward_hook(lambda part, given, found: features.append(found))
        head.cells(view)
    # The trunk's own norm of colours is by 127 and 128, the head's by 127.5.
    assert (features[0] - expected.deep).abs().mean() < 0.05 * expected.deep.abs().mean()


def test_a_click_answers_at_the_photos_size(predictor):
    first, second = predictor.click(photo(), (10, 20)), predictor.click(photo(), (80, 100))
    for found in (first, second):
        assert found.mask.shape == (96, 130)
        assert found.mask.dtype == bool
        assert 0 <= found.score <= 1
    assert np.array_equal(predictor.click(photo(), (10, 20)).mask, first.mask)


@pytest.mark.parametrize(
    ("height", "width", "place"), [(96, 130, (40, 77)), (300, 41, (299, 0)), (16, 60, (0, 59)), (1, 1, (0, 0))]
)
def test_a_mask_lies_where_its_window_lay(height, width, place):
    """Each pixel of the photo looks for its place in the window; outside it there is nothing."""
    asked, torch_rng = [], torch.Generator().manual_seed(1)
    drawn = torch.randn(1, CELLS, CELLS, generator=torch_rng)
    drawn[:, [0, -1]] = drawn[:, :, [0, -1]] = -1

    def ask(view):
        asked.append(view)
        return head_module.Found(drawn, torch.zeros(1), torch.tensor([[4.0, 5.0, 3.0, 4.5]]))

    found = click.answer_click(ask, photo(height, width), place)
    view, scale = asked[-1], max(1, max(height, width) - 1) / 416
    rows, columns = torch.arange(height) / scale, torch.arange(width) / scale
    there = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1)
    cells = (there - torch.tensor(place) / scale) / view.spacing + view.clicks[0]
    grid = (cells / ((CELLS - 1) / 2)).flip(-1)[None]
    expected = torch.nn.functional.grid_sample(drawn[None], grid, align_corners=True, padding_mode="zeros")[0, 0]
    outside = (cells.abs() > (CELLS - 1) / 2).any(-1)
    expected[outside] = -1
    sure = expected.abs() > 1e-3
    assert sure.float().mean() > 0.8
    assert np.array_equal(found.mask[sure.numpy()], (expected > 0)[sure].numpy())


def test_box_and_pixels_of_a_mask():
    mask = np.zeros((5, 6), bool)
    assert Click(mask, 0.0, 1.0).box is None
    mask[1:3, 2:5] = True
    assert (Click(mask, 0.9, 1.0).box, Click(mask, 0.9, 1.0).pixels) == ((1, 2, 3, 5), 6)


@pytest.mark.parametrize("place", [(-1, 0), (0, 130), (96, 0), (1.5, 2), "ab", (1,), None, (1, 2, 3)])
def test_a_place_outside_the_photo_is_refused(place, predictor):
    with pytest.raises(ValueError, match="click must"):
        predictor.click(photo(), place)
    with pytest.raises(ValueError, match="click must"):
        check_pixel(place, 96, 130, "a click")


def test_a_model_on_another_trunk_has_no_such_head(random_heads):
    other = Predictor.__new__(Predictor)
    other.entry = ZOO["fcn_resnet50"]
    with pytest.raises(ValueError, match=r'fcn_resnet50 has no "panoptic" head'):
        other.individuals(photo())
    with pytest.raises(ValueError, match=r'fcn_resnet50 has no "click" head'):
        other.click(photo(), (0, 0))


def test_individuals_fit_the_label_map_and_are_remembered(predictor):
    image = photo(120, 160, seed=2)
    found = predictor.individuals(image)
    labels = predictor(image).labels
    assert not (found.map() > 0)[labels == 0].any()
    assert all((labels[one.mask] == one.class_id).all() for one in found)
    assert predictor.individuals(image) is found
    assert (found.height, found.width, found.model, found.device) == (120, 160, "panoptic", "CPU")
    rows, columns = predictor.entry.input_size(120, 160)
    assert found.offsets.shape == (2, (rows - 1) // 4 + 1, (columns - 1) // 4 + 1)
