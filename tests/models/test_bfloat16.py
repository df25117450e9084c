"""Half the bits on processors made for them: chosen by measuring, and the answers stay the same.

Any processor can work in bfloat16, most of them slowly: the answers are compared everywhere, on a small photo.
"""

import numpy as np
import pytest
import torch
from PIL import Image

from seg.models import device, predictor
from seg.models.cache import Cache
from seg.models.families import FAMILIES
from seg.models.predictor import load_predictor


@pytest.mark.parametrize(
    ("has", "seconds", "chosen"),
    [
        (False, {torch.float32: 2, torch.bfloat16: 1}, torch.float32),
        (True, {torch.float32: 2, torch.bfloat16: 1}, torch.bfloat16),
        (True, {torch.float32: 1, torch.bfloat16: 2}, torch.float32),
    ],
)
def test_the_quicker_type_is_chosen_where_the_processor_has_both(monkeypatch, has, seconds, chosen):
    monkeypatch.setattr(device, "has_bfloat16", lambda: has)
    monkeypatch.setattr(device, "_quickest", lambda layer, cells, dtype: seconds[dtype])
    assert device.cpu_dtype.__wrapped__() == chosen


def test_a_type_is_timed_by_running_in_it():
    layer = torch.nn.Conv2d(4, 4, 1)
    assert device._quickest(layer, torch.rand(1, 4, 5, 5), torch.bfloat16, 2) > 0
    assert layer.weight.dtype == torch.bfloat16


@pytest.fixture
def loaded(monkeypatch):
    """load(dtype): the bundled predictor, and every head asked through it, with the CPU's numbers of that type."""

    def load(dtype):
        monkeypatch.setattr(device, "cpu_dtype", lambda: dtype)
        monkeypatch.setattr(predictor, "_loaded", Cache(predictor.MODELS_KEPT))
        return load_predictor("bundled", "cpu")

    return load


def test_every_head_answers_alike_in_bfloat16(loaded):
    photo = np.array(Image.open("examples/musicians.jpg").convert("RGB").resize((240, 180)))
    answers = []
    for dtype in (torch.float32, torch.bfloat16):
        bundled = loaded(dtype)
        assert bundled.dtype == dtype
        maps = {name: load_predictor(name, "cpu")(photo).labels for name in ("bundled", *FAMILIES)}
        answers.append((maps, len(bundled.individuals(photo)), bundled.click(photo, (90, 70)).mask))
    (maps, people, mask), (maps_16, people_16, mask_16) = answers
    for name, labels in maps.items():
        assert (labels == maps_16[name]).mean() > 0.97, name
    assert abs(people - people_16) <= 1  # a centre may lie at the threshold
    assert (mask & mask_16).sum() > 0.75 * (mask | mask_16).sum()  # on so small a photo its outline moves
