"""The network in OpenVINO against the same network in PyTorch."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
import torch
from PIL import Image

from seg.models.heads.click import View, empty_view
from seg.models.predictor import QUICKER, Predictor
from seg.models.registry import OTHER_HEADS, ZOO
from seg.models.runtime import Runtime
from seg.models.trunk import Features, empty_features
from tests.serving import ROOT


@pytest.fixture(scope="module")
def plain() -> Predictor:
    return Predictor(ZOO["bundled"], "cpu")


@pytest.fixture(scope="module")
def quick() -> Predictor:
    predictor = Predictor(ZOO["bundled"], "cpu")
    predictor.quicken()
    return predictor


@pytest.mark.parametrize("shape", [(1, 65, 97), (2, 321, 417), (1, 17, 417), (3, 417, 33)])
def test_logits_and_features_are_the_same_at_any_size(plain, quick, shape):
    photos, height, width = shape
    image = torch.rand(photos, 3, height, width) * 255
    (logits, features), (expected, expected_features) = quick._logits(image), plain._logits(image)
    for mine, theirs in zip((logits, *features), (expected, *expected_features), strict=True):
        assert mine.shape == theirs.shape
        assert mine.dtype == theirs.dtype
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-3)


def test_labels_are_the_same_on_an_example(plain, quick):
    photo = np.asarray(Image.open(ROOT / "examples" / "musicians.jpg").convert("RGB"))
    assert quick._runtime
    assert not plain._runtime
    assert (quick(photo).labels == plain(photo).labels).mean() > 0.9999


def test_what_was_answered_stays_when_the_next_photo_comes(quick):
    first, second = torch.zeros(1, 3, 65, 97), torch.full((1, 3, 65, 97), 255.0)
    logits, features = quick._logits(first)
    kept = logits.clone(), features.deep.clone()
    quick._logits(second)
    assert torch.equal(logits, kept[0])
    assert torch.equal(features.deep, kept[1])


def test_threads_do_not_get_each_others_answers(quick):
    images = [torch.full((1, 3, 65, 97), 10.0 * i) for i in range(16)]
    alone = [quick._logits(image)[0] for image in images]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda image: quick._logits(image)[0], images))
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(alone, together, strict=True))


def test_networks_it_is_not_for_stay_as_they_are():
    head = Predictor(ZOO["fcn"], "cpu")
    network = head._network
    head.quicken()
    assert head._runtime is None
    assert head._network is network


@cache
def pair(entry) -> tuple[Predictor, Predictor]:
    """A head in PyTorch and in OpenVINO."""
    plain, quick = Predictor(entry, "cpu"), Predictor(entry, "cpu")
    quick.quicken()
    return plain, quick


@pytest.mark.parametrize("name", QUICKER)
@pytest.mark.parametrize("shape", [(1, 65, 97), (2, 321, 417)])
def test_families_say_the_same_in_openvino(name, shape):
    photos, height, width = shape
    plain, quick = pair(ZOO[name])
    assert quick._runtime
    assert quick._network is not quick._runtime  # `inside` still looks into it
    shapes = [each.shape for each in empty_features(height, width)]
    features = Features(*(torch.rand(photos, *rest) * 4 for _, *rest in shapes))
    found, expected = quick._logits(features)[0], plain._logits(features)[0]
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("shape", [(65, 97), (321, 417), (417, 33)])
def test_heads_say_the_same_in_openvino(shape):
    for name, entry in OTHER_HEADS.items():
        plain, quick = pair(entry)
        quick.quicken()  # again changes nothing
        given = Features(*(torch.rand(each.shape) * 4 for each in empty_features(*shape)))
        if name == "click":
            view = empty_view()
            edges, clicks = torch.tensor([[-9.0, -40.0, 12.5, 7.0]]), torch.tensor([[3.0, -4.5]])
            given = View(torch.rand_like(view.crops) * 255, clicks, edges, torch.tensor([2.5]))
        with torch.inference_mode():
            expected, found = plain._network(given), quick._network(given)
        assert type(quick._network) is Runtime
        for mine, theirs in zip(found, expected, strict=True):
            assert mine.dtype == theirs.dtype
            torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=2e-3)
