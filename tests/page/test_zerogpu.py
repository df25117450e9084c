"""A GPU that is lent to one function at a time, with a stand-in for the package `spaces`."""

import sys
import types

import numpy as np
import pytest
import torch

from seg.models import predictor
from seg.models.predictor import Predictor, load_predictor
from seg.models.registry import ZOO
from seg.page.server import batching as batch
from seg.page.server import zerogpu


@pytest.fixture
def lent(monkeypatch):
    """The calls that ran on the lent GPU, as (duration, model, number of photos)."""
    calls = []

    def gpu(duration):
        def mark(task):
            def run(model, photos):
                calls.append((duration, model, len(photos)))
                return task(model, photos)

            return run

        return mark

    spaces = types.ModuleType("spaces")
    spaces.GPU = gpu
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(predictor, "elsewhere", None)
    return calls


def on_a_pretended_gpu() -> Predictor:
    """A predictor that believes in its GPU, as the package makes torch believe."""
    made = Predictor(ZOO["bundled"], "cpu")
    made.device = torch.device("cuda")
    return made


def photo(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (64, 80, 3), np.uint8)


def test_only_the_networks_run_is_lent_a_gpu(lent):
    assert zerogpu.lend_gpu()
    pretended = on_a_pretended_gpu()
    first = pretended.predict_many([photo(901), photo(902)])
    assert lent == [(zerogpu.SECONDS, "bundled", 2)]
    again = pretended(photo(902))  # remembered in this process, not in the one with the GPU
    assert len(lent) == 1
    assert again is first[1]
    plain = load_predictor("bundled", "cpu")._predict([photo(902)])[0]
    np.testing.assert_array_equal(again.labels, plain.labels)


def test_what_no_visitor_asked_for_is_the_cpus(lent):
    assert zerogpu.lend_gpu()
    assert zerogpu.page_predictor("bundled").device.type == "cpu"
    zerogpu.page_predictor("bundled")(photo(903))
    assert not lent


def test_a_lent_gpu_takes_no_batches(lent, monkeypatch):
    monkeypatch.delenv("SEG_BATCH", raising=False)
    pretended = on_a_pretended_gpu()
    assert not batch.worthwhile(pretended)
    monkeypatch.delenv("SPACES_ZERO_GPU")
    assert batch.worthwhile(pretended)
    assert not batch.worthwhile(load_predictor("bundled", "cpu"))


def test_elsewhere_nothing_is_changed(monkeypatch):
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    monkeypatch.setattr(predictor, "elsewhere", None)
    assert not zerogpu.lend_gpu()
    assert predictor.elsewhere is None


def test_a_zerogpu_space_without_the_package_still_starts(monkeypatch):
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setitem(sys.modules, "spaces", None)
    monkeypatch.setattr(predictor, "elsewhere", None)
    assert not zerogpu.lend_gpu()
