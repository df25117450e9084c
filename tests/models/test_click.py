"""The click head and its answer: where the click lies, what is kept of a photo, what is refused."""

import dataclasses

import numpy as np
import pytest
import torch

from seg.labels.grid import check_pixel
from seg.models import predictor as predictor_module
from seg.models.cache import Cache
from seg.models.click import Click
from seg.models.heads import click, panoptic
from seg.models.heads.click import DRAW
from seg.models.predictor import Predictor, load_predictor
from seg.models.registry import OTHER_HEADS, ZOO
from seg.training.loop import export
from tests.models.test_heads import features


@pytest.fixture
def random_heads(tmp_path, monkeypatch):
    """Heads with random weights in place of the bundled ones; no model in memory."""
    monkeypatch.setattr(predictor_module, "_loaded", Cache(predictor_module.MODELS_KEPT))
    torch.manual_seed(3)
    for name, module in (("click", click), ("panoptic", panoptic)):
        export(module.Head(), tmp_path / f"{name}.pt")
        monkeypatch.setitem(OTHER_HEADS, name, dataclasses.replace(OTHER_HEADS[name], file=tmp_path / f"{name}.pt"))
    return tmp_path


@pytest.fixture
def predictor(random_heads) -> Predictor:
    return load_predictor("bundled", "cpu")


def photo(height=96, width=130, seed=0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_heads_survive_their_files_and_are_small(random_heads):
    scores, image, clicks = torch.rand(2, 21, 33, 25), 255 * torch.rand(2, 3, 129, 97), torch.rand(2, 3, 2) * 90
    for name, given, most in (
        ("click", (features(batch=2), scores, image, clicks), 1_000_000),
        ("panoptic", (features(batch=2),), 1_500_000),
    ):
        head = OTHER_HEADS[name].load()
        again = OTHER_HEADS[name].build().eval()
        again.load_state_dict(head.state_dict())
        said, repeated = head(*given), again(*given)
        for one, other in zip(said, repeated, strict=True):
            assert torch.equal(one, other) if isinstance(one, torch.Tensor) else one.cells == other.cells
        shapes = [tuple(each.shape) for each in said if isinstance(each, torch.Tensor)]
        assert shapes == ([(2, 3, DRAW, DRAW), (2, 3)] if name == "click" else [(2, 1, 33, 25), (2, 2, 33, 25)])
        assert OTHER_HEADS[name].weights.stat().st_size < most


def test_cells_at_a_place_are_interpolated_and_nothing_lies_outside():
    cells = torch.arange(12.0).reshape(1, 1, 3, 4)
    last = torch.tensor([[16.0, 24.0]])
    for place, expected in (((0, 0), 0), ((8, 16), 6), ((16, 24), 11), ((4, 0), 2), ((8, 12), 5.5), ((8, 40), 0)):
        places = torch.tensor([[place]], dtype=torch.float32)
        assert click.sampled(cells, places[:, :, None, None], torch.tensor([[16.0, 24.0]])).item() == pytest.approx(
            expected, abs=1e-5
        )
    places = torch.tensor([[[0.0, 8.0], [16.0, 0.0]], [[8.0, 8.0], [8.0, 16.0]]])[:, :, None, None]
    found = click.sampled(torch.cat([cells, cells + 100]), places, last.expand(2, 2))  # two photos, two places in each
    assert found.flatten().tolist() == pytest.approx([1, 8, 105, 106])


def test_surroundings_are_measured_from_the_click():
    windows = click.Windows(torch.tensor([[[8.0, 16.0]]]), torch.tensor([[4.0]]), 5)
    places = windows.places()
    assert places[0, 0, 0, 0].tolist() == [0, 8]
    assert places[0, 0, 4, 2].tolist() == [16, 16]
    clicks, last = torch.tensor([[[8.0, 16.0]]]), torch.tensor([[16.0, 21.0]])
    *bells, down, right, on_photo, zoom = click.surroundings(places, windows, clicks, last)[0]
    for bell, spread in zip(bells, click.BELLS, strict=True):
        assert bell[2, 2] == 1
        assert bell[0, 2].item() == pytest.approx(np.exp(-4 / spread**2))
    assert (down * 5)[:, 0].tolist() == pytest.approx([-2, -1, 0, 1, 2])
    assert (right * 5)[0].tolist() == pytest.approx([-2, -1, 0, 1, 2])
    assert on_photo[0].tolist() == [1, 1, 1, 1, 0]
    assert zoom.unique().item() == pytest.approx(np.log2(4) / np.log2(24))


def test_a_drawn_window_has_room_for_what_the_glance_told_of():
    clicks, far = torch.tensor([[[50.0, 60.0]]]), torch.tensor([[[10.0, 20.0, 30.0, 140.0]]])
    windows = click.fitting(clicks, (far + 1).log2())
    assert windows.middle[0, 0].tolist() == pytest.approx([60, 120])
    assert windows.spacing.item() * (DRAW - 1) == pytest.approx(click.ROOM * 161)
    assert click.fitting(clicks, torch.zeros(1, 1, 4)).spacing.item() == click.FINEST


def seen_in(colours: torch.Tensor) -> click.Seen:
    return click.Seen(torch.rand(1, click.KEPT, 40, 40), colours, click.last_pixel(colours))


def test_windows_grow_until_the_mask_keeps_off_their_edge(monkeypatch):
    """Two discs and a click in each: of the windows in turn the first that shows the whole disc counts."""
    head, seen = click.Head().eval(), seen_in(torch.rand(1, 3, 157, 157))
    clicks, radii = torch.tensor([[[80.0, 40.0], [80.0, 100.0]]]), torch.tensor([[20.0, 30.0]])
    guessed = torch.tensor([[[30.0] * 4, [30.0] * 4]])
    monkeypatch.setattr(head, "glance", lambda seen, clicks: (None, (guessed + 1).log2()))
    drawn = []

    def draw(seen, places, rough, windows):
        away = (windows.places() - clicks[:, :, None, None]).square().sum(-1).sqrt()
        drawn.append(windows)
        return radii[..., None, None] - away, torch.full((1, 2), float(len(drawn)))

    monkeypatch.setattr(head, "draw", draw)
    windows, _, expected = head.answer(seen, clicks)
    halves = [(windows.spacing[0] * (DRAW - 1) / 2).tolist() for windows in drawn]
    first = [next(i for i, half in enumerate(halves) if half[k] > radii[0, k]) for k in range(2)]
    assert first == [1, 2]
    assert len(drawn) == 3  # the fourth is not needed
    assert windows.spacing[0].tolist() == [drawn[1].spacing[0, 0], drawn[2].spacing[0, 1]]
    assert expected[0].tolist() == pytest.approx([1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-3))])
    assert torch.equal(windows.places()[0, 0], drawn[1].places()[0, 0])


def test_an_edge_of_the_photo_is_no_edge_of_a_window():
    windows = click.Windows(torch.tensor([[[10.0, 50.0]]]), torch.tensor([[1.0]]), DRAW)
    share = click.edge_share(
        click.Drawn(windows, torch.ones(1, 1, DRAW, DRAW), torch.zeros(1, 1)), torch.tensor([[100.0, 100.0]])
    )
    # The window's rows -10 to 30: its lower edge, and 30 cells more of either side, of 160.
    assert share.item() == pytest.approx((41 + 2 * 30) / 160)


def test_what_a_glance_saw_is_found_again_at_other_places():
    rough, clicks = torch.zeros(1, 1, 4, click.GLANCE, click.GLANCE), torch.tensor([[[40.0, 30.0]]])
    rough[0, 0, 1, 10, 12], rough[0, 0, 1, 3, 10] = 5, 7  # spacing 6: 2 cells to the right of the click, 7 above it
    rough[0, 0, 3] = 1  # spacing 24
    places = click.Windows(torch.tensor([[[40.0, 36.0]]]), torch.tensor([[6.0]]), 5).places()
    seen = click.rough_at(rough, clicks, places)[0]
    assert seen[1, 2, 3] == pytest.approx(5)
    assert seen[1].sum().item() == pytest.approx(5)
    assert not seen[0].any()
    torch.testing.assert_close(seen[3], torch.ones(5, 5))
    far = click.rough_at(rough, clicks, places + torch.tensor([0.0, 480.0]))[0]
    assert not far.any()


def test_a_map_of_one_channel_is_that_of_its_convolution():
    layer, found = torch.nn.Conv2d(6, 1, 1), torch.rand(3, 6, 4, 5)
    torch.testing.assert_close(click.one_map(found, layer), layer(found)[:, 0])


def test_a_click_answers_at_the_photos_size_and_the_photo_is_looked_at_once(predictor, monkeypatch):
    looked = []
    head = predictor.other_head("click")
    look = head._network.look
    monkeypatch.setattr(head._network, "look", lambda *given: looked.append(1) or look(*given))
    first, second = predictor.click(photo(), (10, 20)), predictor.click(photo(), (80, 100))
    assert len(looked) == 1
    for found in (first, second):
        assert found.mask.shape == (96, 130)
        assert found.mask.dtype == bool
        assert 0 <= found.score <= 1
    predictor.click(photo(seed=1), (10, 20))
    assert len(looked) == 2


@pytest.mark.parametrize(("height", "width", "place"), [(96, 130, (40, 77)), (300, 41, (299, 0)), (16, 60, (0, 59))])
def test_the_answer_is_that_of_trunk_and_head_run_by_hand(height, width, place, predictor):
    image = photo(height, width)
    found = predictor.click(image, place)
    size = predictor.entry.input_size(height, width)
    read = predictor.inputs_of([image], size)
    with torch.inference_mode():
        seen = predictor._network.trunk(read)
        seen = type(seen)(*(each.half().float() for each in seen))  # as they are kept
        scale = [(pixels - 1) / max(1, side - 1) for pixels, side in zip(size, (height, width), strict=True)]
        where = torch.tensor([[[place[0] * scale[0], place[1] * scale[1]]]])
        scores = torch.from_numpy(predictor(image).scores)[None].float()
        windows, logits, judged = OTHER_HEADS["click"].load()(seen, scores, read, where)
        # Each pixel of the photo looks for its place in the window; outside it there is nothing.
        first = windows.middle[0, 0] - windows.spacing * (DRAW - 1) / 2
        rows, columns = torch.arange(height) * scale[0], torch.arange(width) * scale[1]
        places = (torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1) - first) / windows.spacing
        grid = (2 * places / (DRAW - 1) - 1).flip(-1)[None]
        expected = torch.nn.functional.grid_sample(logits, grid.float(), align_corners=True, padding_mode="zeros")
        inside = ((places >= 0) & (places <= DRAW - 1)).all(-1).numpy()
    expected = np.where(inside, expected[0, 0].numpy(), -1)
    edge = ((places.numpy() > -0.01) & (places.numpy() < DRAW - 0.99)).all(-1) & ~inside
    sure = (np.abs(expected) > 4e-3) & ~edge
    assert sure.mean() > 0.8
    assert np.array_equal(found.mask[sure], (expected > 0)[sure])
    assert found.score == (pytest.approx(judged.item(), abs=2e-3) if found.mask.any() else 0)


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
