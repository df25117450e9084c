"""Warming up the heads: each is in memory afterwards, and one that cannot be read costs nobody the page."""

import dataclasses
import sys

from seg.models import grouping
from seg.models import predictor as predictor_module
from seg.models.cache import Cache
from seg.models.predictor import load_predictor
from seg.models.registry import OTHER_HEADS, ZOO
from seg.models.warm_up import warm_up_heads


def test_every_head_is_ready_and_a_damaged_one_is_left(tmp_path, monkeypatch, caplog):
    cache = Cache(predictor_module.MODELS_KEPT)
    monkeypatch.setattr(predictor_module, "_loaded", cache)
    (tmp_path / "fcn.pt").write_bytes(b"no weights")
    monkeypatch.setitem(ZOO, "fcn", dataclasses.replace(ZOO["fcn"], file=tmp_path / "fcn.pt"))
    warm_up_heads()
    device = load_predictor("bundled").device
    heads = [entry for entry in ZOO.values() if entry.trunk]
    assert len(heads) > 4
    assert [entry.name for entry in heads if (entry, device) not in cache] == ["fcn"]
    assert all((entry, device) in cache for entry in OTHER_HEADS.values())
    assert "cannot be used" in caplog.text
    compiled = signatures()
    assert len(load_predictor("bundled").individuals("examples/hens.jpg"))
    assert signatures() == compiled  # nothing had to be compiled for the first photo


def signatures() -> list:
    return [loop.signatures for loop in (grouping.assign, grouping.reassign)]


def test_nothing_is_run_on_a_gpu_that_is_only_lent(monkeypatch):
    monkeypatch.setattr(predictor_module, "elsewhere", lambda *_: [])
    monkeypatch.setattr(predictor_module, "_loaded", Cache(1))
    warm_up_heads()
    assert not predictor_module._loaded._values


def test_without_openvino_the_network_stays_in_pytorch(monkeypatch, caplog):
    monkeypatch.setattr(predictor_module, "_loaded", Cache(predictor_module.MODELS_KEPT))
    monkeypatch.setitem(sys.modules, "seg.models.runtime", None)  # importing it raises ImportError
    warm_up_heads()
    assert "PyTorch runs what is left" in caplog.text
    assert len(load_predictor("bundled").individuals("examples/hens.jpg"))
