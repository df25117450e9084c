"""The predictor: what it promises about sizes and values, its memory, and what it sees in the example photos."""

import dataclasses
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from seg.classes import COUNT, NAMES
from seg.labels.specks import absorb_specks
from seg.models.device import choose_device
from seg.models.predictor import Predictor, load_predictor
from seg.models.registry import ZOO
from tests.oracles import postprocess as oracle

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor(ZOO["bundled"], "cpu")


def photo(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize(("height", "width"), [(60, 80), (333, 500), (500, 31)])
def test_prediction_keeps_its_promises(predictor, height, width):
    prediction = predictor(photo(height, width))
    assert prediction.labels.shape == prediction.confidence.shape == (height, width)
    assert prediction.labels.dtype == prediction.confidence.dtype == np.uint8
    assert prediction.labels.max() < COUNT
    assert prediction.scores.dtype == np.float16
    assert prediction.scores.shape[0] == COUNT
    assert np.isfinite(prediction.scores).all()
    assert prediction.milliseconds > 0
    assert (prediction.model, prediction.device) == ("bundled", "CPU")


def test_large_photos_are_answered_at_working_size(predictor):
    assert predictor(photo(1100, 2200)).labels.shape == (512, 1024)


def test_the_network_reads_the_photo_scaled_as_pillow_scales_it(predictor):
    large = photo(300, 400)
    read = predictor.inputs_of([large], (97, 129))[0].permute(1, 2, 0).numpy()
    expected = np.asarray(Image.fromarray(large).resize((129, 97), Image.Resampling.BILINEAR))
    assert np.abs(read - expected.astype(np.float32)).max() <= 1


def test_labels_and_confidence_are_those_of_the_kept_scores(predictor):
    prediction = predictor(photo(97, 130))
    labels, chance = oracle.scores_to_labels(prediction.scores, 97, 130, prediction.align_corners)
    assert (prediction.argmax() == labels).mean() > 0.999  # equal but for ties within rounding
    assert np.array_equal(prediction.labels, absorb_specks(prediction.argmax()))
    same = prediction.labels == labels
    assert np.abs(prediction.confidence - np.round(chance))[same].max() <= 1
    assert (prediction.confidence <= np.round(chance) + 1)[~same].all()


def test_the_network_runs_once_for_equal_photos(predictor):
    before = predictor.runs
    first = predictor(photo(64, 64, seed=5))
    assert predictor(photo(64, 64, seed=5)) is first
    assert predictor(Image.fromarray(photo(64, 64, seed=5))) is first
    assert predictor.runs == before + 1
    assert predictor(photo(64, 64, seed=6)) is not first


def test_visitors_arriving_together_with_one_photo_share_one_run(predictor):
    before, answers, start = predictor.runs, [], threading.Barrier(6)

    def visit():
        start.wait()
        answers.append(predictor(photo(96, 96, seed=77)))

    visitors = [threading.Thread(target=visit) for _ in range(6)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert predictor.runs == before + 1
    assert len(answers) == 6
    assert all(answer is answers[0] for answer in answers)


def test_memory_is_bounded_and_forgets_the_oldest(monkeypatch):
    monkeypatch.setattr("seg.models.predictor.PREDICTIONS_KEPT", 3)
    predictor = Predictor(ZOO["bundled"], "cpu")
    first = predictor(photo(32, 32, seed=1000))
    for seed in range(1001, 1003):
        predictor(photo(32, 32, seed=seed))
    assert predictor(photo(32, 32, seed=1000)) is first
    for seed in range(1003, 1006):
        predictor(photo(32, 32, seed=seed))
    before = predictor.runs
    again = predictor(photo(32, 32, seed=1000))
    assert predictor.runs == before + 1
    assert np.array_equal(again.labels, first.labels)


def test_unknown_model_and_device_are_refused():
    with pytest.raises(ValueError, match="bundled"):
        load_predictor("vgg")
    with pytest.raises(ValueError, match='use "cpu"'):
        choose_device("xpu:7")


@pytest.mark.parametrize("content", [None, b"", b"not a checkpoint", "half"])
def test_missing_and_damaged_weights_are_named(tmp_path, content):
    path = tmp_path / "bundled.pt"
    if content == "half":
        path.write_bytes(ZOO["bundled"].weights.read_bytes()[:100_000])
    elif content is not None:
        path.write_bytes(content)
    entry = dataclasses.replace(ZOO["bundled"], file=path)
    with pytest.raises((FileNotFoundError, ValueError), match=r"bundled\.pt"):
        entry.load()


def test_weights_of_another_network_are_refused(tmp_path):
    torch.save({"conv.weight": torch.zeros(3)}, tmp_path / "other.pt")
    entry = dataclasses.replace(ZOO["bundled"], file=tmp_path / "other.pt")
    with pytest.raises(ValueError, match="does not fit"):
        entry.load()


def test_bundled_weights_are_ten_megabytes_at_most():
    assert ZOO["bundled"].weights.stat().st_size <= 10_000_000


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("horses", "horse"),
        ("cow", "cow"),
        ("sheep", "sheep"),
        ("dog", "dog"),
        ("kitten", "cat"),
        ("cat", "cat"),
        ("hens", "bird"),
        ("duck", "bird"),
        ("astronaut", "person"),
    ],
)
def test_the_right_class_dominates_in_the_examples(predictor, name, expected):
    """Of the pixels that are not background, most are of the class a person would name."""
    labels = predictor(Image.open(EXAMPLES / f"{name}.jpg")).labels
    found = np.bincount(labels[labels > 0], minlength=COUNT)
    assert NAMES[int(found.argmax())] == expected
    assert found.sum() > 0.02 * labels.size
