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


@pytest.mark.parametrize(("name", "most"), [("click", 1_000_000), ("panoptic", 1_500_000)])
def test_a_head_survives_its_file_and_is_small(name, most, random_heads):
    head = OTHER_HEADS[name].load()
    given = (features(batch=2), torch.tensor([[10.0, 20.0], [30.5, 4.0]]))[: 2 if name == "click" else 1]
    said = head(*given)
    again = OTHER_HEADS[name].build().eval()
    again.load_state_dict(head.state_dict())
    for one, other in zip(said, again(*given), strict=True):
        assert torch.equal(one, other)
    shapes = [tuple(each.shape) for each in ([said] if name == "click" else said)]
    assert shapes == ([(2, 1, 33, 25)] if name == "click" else [(2, 1, 33, 25), (2, 2, 33, 25)])
    assert OTHER_HEADS[name].weights.stat().st_size < most


def test_cells_under_a_click_are_interpolated():
    cells = torch.arange(12.0).reshape(1, 1, 3, 4)
    for place, expected in (((0, 0), 0), ((8, 16), 6), ((16, 24), 11), ((4, 0), 2), ((8, 12), 5.5)):
        assert click.at(cells, torch.tensor([place], dtype=torch.float32)).item() == pytest.approx(expected)


def test_surroundings_are_measured_from_the_click():
    bells_and_way = click.surroundings(torch.tensor([[8.0, 16.0]]), 3, 4, 8)[0]
    *bells, down, right = bells_and_way
    for bell, spread in zip(bells, click.SPREADS, strict=True):
        assert bell[1, 2] == 1
        assert bell[0, 2].item() == pytest.approx(np.exp(-64 / spread**2))
    assert (down * click.SPREADS[-1])[:, 0].tolist() == pytest.approx([-8, 0, 8])
    assert (right * click.SPREADS[-1])[0].tolist() == pytest.approx([-16, -8, 0, 8])


def test_a_click_answers_at_the_photos_size_and_the_photo_is_looked_at_once(predictor, monkeypatch):
    looked = []
    head = predictor.other_head("click")
    monkeypatch.setattr(head._network, "look", lambda given, look=head._network.look: looked.append(1) or look(given))
    first, second = predictor.click(photo(), (10, 20)), predictor.click(photo(), (80, 100))
    assert len(looked) == 1
    for found in (first, second):
        assert found.mask.shape == (96, 130)
        assert found.mask.dtype == bool
        assert 0 <= found.score <= 1
    predictor.click(photo(seed=1), (10, 20))
    assert len(looked) == 2


def test_the_answer_is_that_of_trunk_and_head_run_by_hand(predictor):
    image = photo()
    found = predictor.click(image, (40, 77))
    size = predictor.entry.input_size(96, 130)
    with torch.inference_mode():
        seen = predictor._network.trunk(predictor.inputs_of([image], size))
        seen = type(seen)(*(each.half().float() for each in seen))  # as they are kept
        place = torch.tensor([[40 * (size[0] - 1) / 95, 77 * (size[1] - 1) / 129]])
        logits = OTHER_HEADS["click"].load()(seen, place)
        chances = torch.nn.functional.interpolate(logits, (96, 130), mode="bilinear", align_corners=True).sigmoid()
    chances = chances[0, 0].numpy()
    sure = np.abs(chances - 0.5) > 1e-3
    assert np.array_equal(found.mask[sure], (chances >= 0.5)[sure])
    assert found.score == pytest.approx(chances[found.mask].mean() if found.mask.any() else 0, abs=1e-3)


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
