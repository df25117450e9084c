"""What the predictor does beyond one photo on a healthy CPU: batches, a full graphics card, failures, leaving memory.

No graphics card is needed: the network's own runs are replaced by ones that report a full memory, as torch would.
"""

import dataclasses
import weakref

import numpy as np
import pytest
import torch

from seg.models import predictor as module
from seg.models.cache import forget_photos
from seg.models.predictor import BATCH, NOTE_CPU, NOTE_SMALLER, Predictor
from seg.models.registry import ZOO

SMALL = dataclasses.replace(ZOO["bundled"], long_side=97)
FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.fixture
def predictor() -> Predictor:
    return Predictor(SMALL, "cpu")


def photo(seed: int, height: int = 64, width: int = 80) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def watch(predictor: Predictor, monkeypatch, fails=lambda batch: False, error: Exception = FULL) -> list:
    """The sizes (photos, height, width) the network is run at from now on; a run for which `fails` raises `error`."""
    runs, network = [], predictor._network

    def run(batch):
        runs.append((len(batch), *batch.shape[2:]))
        if fails(batch):
            raise error
        return network(batch)

    monkeypatch.setattr(predictor, "_network", run)
    return runs


def test_photos_of_one_size_run_together_and_others_apart(predictor, monkeypatch):
    alone = [Predictor(SMALL, "cpu")(photo(seed)) for seed in range(3)]
    runs = watch(predictor, monkeypatch)
    answers = predictor.predict_many([photo(0), photo(9, 80, 64), photo(1), photo(2), photo(0)])
    assert sorted(runs) == [(1, 97, 81), (3, 81, 97)]
    assert answers[4] is answers[0]
    assert answers[1].labels.shape == (80, 64)
    for one, together in zip(alone, [answers[0], answers[2], answers[3]], strict=True):
        assert (one.labels == together.labels).mean() > 0.999
        assert np.abs(one.scores.astype(float) - together.scores).max() < 0.02
    assert predictor.predict_many([photo(1)])[0] is answers[2]
    assert predictor(photo(2)) is answers[3]


def test_a_batch_has_its_limit(predictor, monkeypatch):
    runs = watch(predictor, monkeypatch)
    answers = predictor.predict_many([photo(seed) for seed in range(BATCH + 3)])
    assert [count for count, *_ in runs] == [BATCH, 3]
    assert all(answer.milliseconds > 0 for answer in answers)
    assert predictor.runs == 2


def test_one_bad_photo_is_refused_before_anything_runs(predictor, monkeypatch):
    runs = watch(predictor, monkeypatch)
    with pytest.raises(ValueError, match="at least 16 pixels"):
        predictor.predict_many([photo(1), np.zeros((2, 2, 3), np.uint8)])
    assert runs == []
    assert predictor(photo(1)).note == ""


def test_a_full_graphics_card_is_asked_again_for_a_smaller_photo_and_the_page_is_told(predictor, monkeypatch):
    runs = watch(predictor, monkeypatch, lambda batch: batch.shape[3] > 60)
    prediction = predictor(photo(1))
    assert [width for *_, width in runs] == [97, 49]
    assert prediction.note == NOTE_SMALLER
    assert prediction.labels.shape == (64, 80)
    monkeypatch.undo()
    again = predictor(photo(1))  # not remembered: there may be room by now
    assert again.note == ""
    assert again is predictor(photo(1))


@pytest.mark.parametrize("error", [FULL, RuntimeError("MPS backend out of memory (MPS allocated: 18 GB)")])
def test_then_the_cpu_answers_and_the_page_is_told(predictor, monkeypatch, error):
    runs = watch(predictor, monkeypatch, lambda batch: True, error)
    prediction = predictor(photo(1))
    assert len(runs) == 2
    assert prediction.note == NOTE_CPU
    assert prediction.device == "CPU"
    expected = Predictor(SMALL, "cpu")(photo(1))
    assert np.array_equal(prediction.labels, expected.labels)
    spare = predictor._spare
    predictor(photo(2))
    assert predictor._spare is spare


def test_a_batch_that_does_not_fit_is_taken_apart_before_photos_are_made_smaller(predictor, monkeypatch):
    runs = watch(predictor, monkeypatch, lambda batch: len(batch) > 1)
    answers = predictor.predict_many([photo(1), photo(2)])
    assert [count for count, *_ in runs] == [2, 1, 1]
    assert [answer.note for answer in answers] == ["", ""]


def test_a_model_that_does_not_fit_on_the_graphics_card_lives_on_the_cpu(monkeypatch):
    put, tried = module.on_device, []

    def on_device(network, device):
        tried.append(device.type)
        if len(tried) == 1:
            raise FULL
        return put(network, device)

    monkeypatch.setattr(module, "on_device", on_device)
    predictor = Predictor(SMALL, "cpu")
    assert len(tried) == 2
    assert predictor(photo(1)).note == NOTE_CPU
    assert predictor(photo(1)) is predictor(photo(1))


def test_another_error_leaves_nothing_behind(predictor, monkeypatch):
    watch(predictor, monkeypatch, lambda batch: True, RuntimeError("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"))
    with pytest.raises(RuntimeError, match="CUDNN"):
        predictor(photo(1))
    monkeypatch.undo()
    assert predictor(photo(1)).note == ""


def test_photos_are_forgotten_when_nobody_asks_about_them(predictor):
    first = predictor(photo(1))
    forget_photos(3600)
    assert predictor(photo(1)) is first
    forget_photos(-1)
    assert predictor(photo(1)) is not first


def test_a_predictor_nobody_holds_is_freed():
    predictor = Predictor(SMALL, "cpu")
    predictor(photo(1))
    gone = weakref.ref(predictor)
    del predictor
    assert gone() is None


@pytest.mark.parametrize("name", ["bundled", "lraspp_mobilenet_v3_large", "fcn_resnet50"])
def test_folding_leaves_no_batch_norm_and_changes_nothing(name):
    torch.manual_seed(1)
    network = ZOO[name].build().eval()
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.1)
            part.running_var.uniform_(1, 4)
    image = torch.rand(1, 3, 65, 65) * 255
    with torch.inference_mode():
        before = network(image)
        after = module.fold_batch_norms(network)(image)
    assert not [part for part in network.modules() if isinstance(part, torch.nn.BatchNorm2d)]
    assert (after - before).abs().max() <= 1e-4 * before.abs().max()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_half_precision_on_the_gpu_agrees_with_float32_on_the_cpu():
    there, here = Predictor(ZOO["bundled"], "cuda"), Predictor(ZOO["bundled"], "cpu")
    assert there.dtype == torch.float16
    assert (there(photo(1, 400, 500)).labels == here(photo(1, 400, 500)).labels).mean() > 0.99
