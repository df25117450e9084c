"""Every family's head: its key move by hand, its weights there and back, its answer from features that were kept."""

from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from seg.classes import COUNT
from seg.models import predictor as predictor_module
from seg.models.cache import Cache
from seg.models.families import FAMILIES, Family
from seg.models.heads import fcn, maskformer, pspnet, segnet
from seg.models.predictor import Predictor, load_predictor
from seg.models.registry import ZOO, heads
from seg.models.trunk import DEEP_CHANNELS, FINE_CHANNELS, MIDDLE_CHANNELS, Features, Network
from seg.photo.decode import load_photo
from seg.training.loop import export

STRIDES = {name: family.stride for name, family in FAMILIES.items()}


def features(height=129, width=97, batch=1) -> Features:
    """Random ones, as the trunk makes them of a photo of this size."""
    generator = torch.Generator().manual_seed(0)
    sizes = ((FINE_CHANNELS, 4), (MIDDLE_CHANNELS, 8), (DEEP_CHANNELS, 16))
    return Features(
        *(torch.rand(batch, c, (height - 1) // s + 1, (width - 1) // s + 1, generator=generator) for c, s in sizes)
    )


@pytest.fixture
def random_heads(tmp_path, monkeypatch):
    """{name: Entry} of heads with random weights, in the zoo in place of the bundled ones; no model in memory."""
    monkeypatch.setattr(predictor_module, "_loaded", Cache(predictor_module.MODELS_KEPT))
    torch.manual_seed(1)
    for name, family in FAMILIES.items():
        export(family.build(), tmp_path / f"{name}.pt")
    entries = heads(tmp_path)
    for name, entry in entries.items():
        monkeypatch.setitem(ZOO, name, entry)
    return entries


@pytest.mark.parametrize("name", FAMILIES)
def test_a_head_gives_logits_at_its_stride_and_survives_its_file(name, random_heads):
    given, head = features(batch=2), random_heads[name].load()
    logits = head(given)
    assert logits.shape == (2, COUNT, 128 // STRIDES[name] + 1, 96 // STRIDES[name] + 1)
    again = FAMILIES[name].build().eval()
    again.load_state_dict(head.state_dict())
    assert torch.equal(again(given), logits)
    assert random_heads[name].weights.stat().st_size < 1_500_000


@pytest.mark.parametrize("name", FAMILIES)
def test_a_head_on_a_trunk_is_a_network(name):
    with torch.device("meta"):
        network = Network(FAMILIES[name].build()).eval()
        assert network(torch.empty(1, 3, 513, 385)).shape[1:] == (
            COUNT,
            512 // STRIDES[name] + 1,
            384 // STRIDES[name] + 1,
        )


def test_each_stage_of_fcn_adds_to_the_one_before():
    torch.manual_seed(2)
    head, given = fcn.Head().eval(), features()
    first, second, third = head.stages(given)
    deep = head.reduce(given.deep)
    assert [tuple(each.shape[2:]) for each in (first, second, third)] == [(5, 4), (9, 7), (17, 13)]
    for stage, before, finer in ((second, first, head.deep(deep)), (third, second, head.middle(given.middle))):
        stretched = F.interpolate(before, size=stage.shape[2:], mode="bilinear", align_corners=True)
        assert torch.allclose(stage - stretched, finer, atol=1e-5)
    assert torch.equal(head(given), third)
    with torch.no_grad():  # a stage that adds nothing changes nothing
        head.middle.weight.zero_()
        head.middle.bias.zero_()
    assert torch.allclose(head(given), F.interpolate(second, size=(17, 13), mode="bilinear", align_corners=True))


@pytest.mark.parametrize("side", [(4, 6), (5, 7)])
def test_segnet_puts_every_maximum_back_where_it_was(side):
    x = torch.rand(2, 3, *side, generator=torch.Generator().manual_seed(3))
    maxima, where, size = segnet.pooled(x)
    assert size == side
    back = segnet.unpooled(maxima, where, size)
    expected = torch.zeros_like(x)
    for b, c, row, column in product(range(2), range(3), range(0, side[0], 2), range(0, side[1], 2)):
        bin = x[b, c, row : row + 2, column : column + 2]
        r, k = np.unravel_index(int(bin.argmax()), tuple(bin.shape))
        assert maxima[b, c, row // 2, column // 2] == bin.max()
        expected[b, c, row + r, column + k] = bin.max()
    assert torch.equal(back, expected)


def test_pspnet_averages_over_its_grids():
    """A branch that hands one channel on shows the averages themselves: checked at the middles of the bins."""
    pyramid = pspnet.Pyramid(1).eval()
    for branch in pyramid.branches:
        branch[0].weight.data.fill_(1)
        branch[0].bias.data.zero_()
    x = torch.rand(1, 1, 12, 18, generator=torch.Generator().manual_seed(4))
    out = pyramid(x).detach()
    assert torch.equal(out[:, :1], x)
    for k, grid in enumerate(pspnet.GRIDS):
        channel = out[0, 1 + k * pspnet.PER_GRID]
        tall, wide = 12 // grid, 18 // grid
        averages = x[0, 0].reshape(grid, tall, grid, wide).mean((1, 3))
        for r, c in product(range(grid), repeat=2):
            if tall % 2 and wide % 2:  # the bin has a middle cell, where nothing of its neighbours is mixed in
                middle = channel[r * tall + tall // 2, c * wide + wide // 2]
                assert float(middle) == pytest.approx(float(averages[r, c]))
        assert float(channel[0, 0]) == pytest.approx(float(averages[0, 0]))
        assert float(channel[-1, -1]) == pytest.approx(float(averages[-1, -1]))


def test_maskformers_scores_are_the_formulas():
    generator = torch.Generator().manual_seed(5)
    said = maskformer.Masks(
        torch.randn(1, 5, COUNT + 1, generator=generator), torch.randn(1, 5, 3, 4, generator=generator)
    )
    scores = maskformer.semantic(said)
    for c, row, column in ((0, 0, 0), (7, 2, 3), (20, 1, 2)):
        by_hand = 0.0
        for q in range(5):
            powers = np.exp(said.classes[0, q].double().numpy())
            by_hand += powers[c] / powers.sum() / (1 + np.exp(-float(said.masks[0, q, row, column])))
        assert float(scores[0, c, row, column]) == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize("name", ["unet", "maskformer"])
def test_features_kept_with_a_prediction_give_the_answer_of_a_fresh_run(random_heads, name):
    photo = load_photo("examples/dog.jpg")
    trunk, head = load_predictor("bundled", "cpu"), load_predictor(name, "cpu")
    trunk(photo)
    runs = trunk.runs
    kept = head(photo)
    assert trunk.runs == runs  # nothing of the trunk ran again
    size = ZOO[name].input_size(*photo.shape[:2])
    network = Network(FAMILIES[name].build())
    network.trunk.load_state_dict(ZOO["bundled"].load().trunk.state_dict())
    network.head.load_state_dict(ZOO[name].load().state_dict())
    image = torch.from_numpy(photo.copy()).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        fresh = network.eval()(F.interpolate(image, size=size, mode="bilinear", antialias=True))[0]
    apart = np.abs(kept.scores.astype(np.float32) - fresh.numpy())
    assert apart.mean() < 0.01 * fresh.std()
    assert kept.labels.shape == photo.shape[:2]
    assert (kept.model, kept.features) == (name, None)


def test_half_the_size_is_a_run_of_its_own(random_heads):
    photo, head = load_photo("examples/dog.jpg"), load_predictor("pspnet", "cpu")
    size = ZOO["pspnet"].input_size(*photo.shape[:2], 0.5)
    assert head.scores_of([photo], size).shape[2:] == tuple((side - 1) // 16 + 1 for side in size)


def test_a_new_head_is_a_class_and_a_line(tmp_path, monkeypatch):
    """What the README says of adding one."""

    class Head(nn.Module):
        def __init__(self):
            super().__init__()
            self.classify = nn.Conv2d(DEEP_CHANNELS, COUNT, 1)

        def forward(self, features):
            return self.classify(features.deep)

    monkeypatch.setitem(FAMILIES, "linear", Family("Linear", Head, 16, "One 1x1 convolution."))
    export(Head(), tmp_path / "linear.pt")
    entry = heads(tmp_path)["linear"]
    assert (entry.title, entry.ready, entry.trunk) == ("Linear", True, "bundled")
    prediction = Predictor(entry, "cpu")(load_photo("examples/cat.jpg"))
    assert prediction.scores.shape[0] == COUNT
    assert prediction.labels.shape == (300, 451)
