"""The zoo: what it says of each model, and every torchvision entry built, served, fetched, loaded and compared."""

import dataclasses
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import get_model, get_model_weights

from seg.classes import COUNT, NAMES
from seg.models import predictor
from seg.models.cache import Cache
from seg.models.entry import TRAINING_ONLY, mirrored
from seg.models.families import FAMILIES
from seg.models.heads.deeplab import DeepLabV3Plus
from seg.models.predictor import load_predictor
from seg.models.registry import INSTANCES, ZOO, table
from seg.models.trunk import Network
from tests.mirror import Mirror
from tests.stand_in import saved, torchvision_model

BUNDLED = [name for name, entry in ZOO.items() if entry.url is None]
HOSTED = [name for name in ZOO if name not in BUNDLED]
COARSE = {"short_side": 96, "long_side": 192}  # input size in these tests: a thirtieth of the work


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A local download host, an empty cache of torch's own, and no model in memory."""
    monkeypatch.setattr(predictor, "_loaded", Cache(predictor.MODELS_KEPT))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    with Mirror() as mirror:
        monkeypatch.setenv("SEG_WEIGHTS_HOST", mirror.address)
        yield mirror


def serve(host: Mirror, monkeypatch, name: str, path: Path, **changes) -> None:
    """Let the host have `path` under the published address, and the zoo expect that file."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    monkeypatch.setitem(ZOO, name, dataclasses.replace(ZOO[name], sha256=digest, **changes))
    host.files["/models/" + ZOO[name].weights.name] = path


def test_the_promised_models_are_there_and_the_bundled_one_is_first():
    assert BUNDLED == ["bundled", *FAMILIES] == list(ZOO)[: len(BUNDLED)]
    assert set(HOSTED) == {
        "deeplabv3_mobilenet_v3_large",
        "deeplabv3_resnet50",
        "deeplabv3_resnet101",
        "fcn_resnet50",
        "lraspp_mobilenet_v3_large",
    }
    assert list(INSTANCES) == ["maskrcnn_resnet50_fpn"]
    for name, entry in (ZOO | INSTANCES).items():
        assert entry.name == name
        assert entry.title
        assert entry.licence
        assert entry.score_on


@pytest.mark.parametrize("name", HOSTED)
def test_labels_are_our_21_classes_in_our_order(name):
    theirs = get_model_weights(name)["COCO_WITH_VOC_LABELS_V1"].meta["categories"]
    assert [category.strip("_") for category in theirs] == list(NAMES)


@pytest.mark.parametrize("name", HOSTED)
def test_an_entry_says_what_torchvision_says(name):
    weights, entry = get_model_weights(name)["COCO_WITH_VOC_LABELS_V1"], ZOO[name]
    assert entry.url == weights.url
    assert re.search(rf"-{entry.sha256}\.pth$", weights.url)
    assert len(entry.sha256) == 8
    assert entry.score == weights.meta["_metrics"]["COCO-val2017-VOC-labels"]["miou"]
    assert entry.short_side == weights.transforms().resize_size[0]
    with torch.device("meta"):
        aux = {} if name.startswith("lraspp") else {"aux_loss": True}
        model = get_model(name, weights=None, weights_backbone=None, num_classes=COUNT, **aux).eval()
        with FlopCounterMode(display=False) as counter:
            model(torch.empty(1, 3, entry.short_side, entry.short_side))
    assert entry.parameters == sum(weight.numel() for weight in model.parameters())
    assert entry.gflops == pytest.approx(counter.get_total_flops() / 2e9, rel=1e-3)  # a multiply-add is one of theirs
    stored = 4 * sum(value.numel() for value in model.state_dict().values())
    assert entry.megabytes == pytest.approx(stored / 1e6, rel=0.01)


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_entry_says_what_is_there(name):
    entry = ZOO[name]
    with torch.device("meta"):
        model = (Network(entry.build()) if entry.trunk else DeepLabV3Plus()).eval()
        with FlopCounterMode(display=False) as counter:
            model(torch.empty(1, 3, entry.long_side, entry.long_side))
    assert entry.parameters == sum(weight.numel() for weight in model.parameters())
    assert entry.gflops == pytest.approx(counter.get_total_flops() / 2e9, rel=1e-3)
    assert entry.megabytes == pytest.approx(entry.weights.stat().st_size / 1e6, abs=0.05)


def test_registry_card_and_readme_state_the_score_that_was_measured():
    entry = ZOO["bundled"]
    measured = json.loads((entry.weights.parent / "bundled.json").read_text("utf-8"))
    ours, reference = measured["mean_iou"], measured["reference_mean_iou"]
    assert entry.score == pytest.approx(100 * ours)
    assert entry.score_on.startswith(f"{measured['photos']} photos")
    card = (entry.weights.parent / "MODEL_CARD.md").read_text("utf-8")
    assert f"| bundled | {ours:.3f} |" in card
    assert f"| reference | {reference:.3f} |" in card
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert f"{measured['photos']} photos: {ours:.3f} and {reference:.3f}" in readme


@pytest.mark.parametrize(("height", "width"), [(768, 1024), (1024, 683), (60, 60), (333, 500)])
def test_input_size_is_that_of_torchvisions_preset(height, width):
    preset = get_model_weights("fcn_resnet50").DEFAULT.transforms()
    seen = preset(torch.zeros(3, height, width, dtype=torch.uint8))
    assert ZOO["fcn_resnet50"].input_size(height, width) == tuple(seen.shape[1:])


def test_a_long_strip_is_not_blown_up():
    assert ZOO["fcn_resnet50"].input_size(51, 1024) == (51, 1040)
    assert ZOO["fcn_resnet50"].input_size(51, 1024, 0.5) == (25, 520)


def test_the_host_can_be_replaced(monkeypatch):
    url = ZOO["fcn_resnet50"].url
    monkeypatch.delenv("SEG_WEIGHTS_HOST", raising=False)
    assert mirrored(url) == url
    monkeypatch.setenv("SEG_WEIGHTS_HOST", "http://127.0.0.1:8000/torch/")
    assert mirrored(url) == "http://127.0.0.1:8000/torch/models/fcn_resnet50_coco-1167a1af.pth"


@pytest.mark.parametrize("name", HOSTED)
def test_every_entry_takes_the_published_weights(name):
    """By their names and shapes: the file of torchvision's own network fits ours, all of it but the auxiliary head."""
    aux = {} if name.startswith("lraspp") else {"aux_loss": True}
    with torch.device("meta"):
        published = get_model(name, weights=None, weights_backbone=None, num_classes=COUNT, **aux).state_dict()
        ours = ZOO[name].build().state_dict()
    shapes = {key: value.shape for key, value in published.items() if not key.startswith(TRAINING_ONLY)}
    assert shapes == {key: value.shape for key, value in ours.items()}


@pytest.mark.parametrize("name", ["deeplabv3_mobilenet_v3_large", "fcn_resnet50", "lraspp_mobilenet_v3_large"])
def test_an_entry_is_fetched_loaded_and_answers_as_torchvisions_own_network(host, tmp_path, monkeypatch, name):
    # A photo of the input size: nothing is scaled, so torchvision's own path is the very same question.
    coarse = np.random.default_rng(2).integers(0, 256, (9, 12, 3), np.uint8)
    photo = np.array(Image.fromarray(coarse).resize((136, 96), Image.Resampling.BICUBIC))
    preset = get_model_weights(name).DEFAULT.transforms(resize_size=96)
    normalised = preset(torch.from_numpy(photo).permute(2, 0, 1))[None]
    model = torchvision_model(name, normalised)
    entry, path = saved(dataclasses.replace(ZOO[name], **COARSE), model, tmp_path)
    monkeypatch.setitem(ZOO, name, entry)
    host.files["/models/" + path.name] = path
    assert not entry.ready
    seen = []
    loaded = load_predictor(name, "cpu", lambda *numbers: seen.append(numbers))
    path.unlink()
    assert entry.weights == tmp_path / "torch" / "hub" / "checkpoints" / path.name
    assert entry.ready
    assert seen[-1] == (entry.weights.stat().st_size,) * 2
    assert load_predictor(name, "cpu") is loaded
    assert len(host.requests) == 1

    prediction = loaded(photo)
    with torch.inference_mode():
        chance, winner = model(normalised)["out"][0].softmax(0).max(0)
    assert (prediction.argmax() == winner.numpy()).mean() > 0.995  # equal but for ties within float16's rounding
    same = prediction.labels == winner.numpy()
    assert np.abs(prediction.confidence.astype(int) - (chance * 255).numpy())[same].max() <= 2
    assert len(np.unique(prediction.labels)) > 1
    stride = 8 if "resnet" in name or name.startswith("lraspp") else 16
    assert prediction.scores.shape == (COUNT, 96 // stride, -(-136 // stride))
    assert (prediction.model, prediction.align_corners, prediction.note) == (name, False, "")
    entry.weights.unlink()


def test_a_file_put_there_by_hand_is_found(host, tmp_path, monkeypatch):
    name = "lraspp_mobilenet_v3_large"
    entry, path = saved(ZOO[name], torchvision_model(name), tmp_path)
    monkeypatch.setitem(ZOO, name, entry)
    entry.weights.parent.mkdir(parents=True)
    path.rename(entry.weights)
    assert load_predictor(name, "cpu").entry is entry
    assert host.requests == []


def test_what_is_no_checkpoint_is_named_with_its_remedy(host, tmp_path, monkeypatch):
    junk = tmp_path / "junk"
    junk.write_bytes(b"<html>not here</html>" * 100)
    serve(host, monkeypatch, "fcn_resnet50", junk)
    with pytest.raises(ValueError, match=r"fcn_resnet50_coco-1167a1af\.pth is not a readable checkpoint.*delete it"):
        load_predictor("fcn_resnet50", "cpu")


def test_the_weights_of_another_model_are_named(host, tmp_path, monkeypatch):
    other = tmp_path / "other"
    torch.save(torchvision_model("lraspp_mobilenet_v3_large").state_dict(), other)
    serve(host, monkeypatch, "deeplabv3_mobilenet_v3_large", other)
    with pytest.raises(ValueError, match="does not fit deeplabv3_mobilenet_v3_large"):
        load_predictor("deeplabv3_mobilenet_v3_large", "cpu")


def test_a_failed_download_is_one_sentence_and_the_next_try_works(host, tmp_path, monkeypatch):
    name = "lraspp_mobilenet_v3_large"
    entry, path = saved(ZOO[name], torchvision_model(name), tmp_path)
    monkeypatch.setitem(ZOO, name, entry)
    with pytest.raises(ValueError, match=rf"{path.name} could not be downloaded .* 404 "):
        load_predictor(name, "cpu")
    host.files["/models/" + path.name] = path
    assert load_predictor(name, "cpu").entry is entry


def test_the_environment_chooses_the_model_at_the_start(monkeypatch):
    monkeypatch.delenv("SEG_MODEL", raising=False)
    assert load_predictor().entry.name == "bundled"
    monkeypatch.setenv("SEG_MODEL", "vgg")
    with pytest.raises(ValueError, match='got "vgg"'):
        load_predictor()
    assert load_predictor("bundled").entry.name == "bundled"


def test_models_leave_memory_but_the_bundled_one_stays(tmp_path, monkeypatch):
    """Copies of the bundled network under other names stand for the large ones."""
    names = [f"copy{i}" for i in range(predictor.MODELS_KEPT + 1)]
    for name in names:
        monkeypatch.setitem(ZOO, name, dataclasses.replace(ZOO["bundled"], name=name, url="https://example.org"))
    bundled, first = load_predictor("bundled"), load_predictor(names[0])
    photo = np.full((64, 64, 3), 9, np.uint8)
    for name in names[1:]:
        load_predictor(name)
    assert load_predictor("bundled") is bundled
    assert load_predictor(names[-1]) is load_predictor(names[-1])
    assert first(photo).labels.shape == (64, 64)  # whoever still holds it can finish
    assert load_predictor(names[0]) is not first


def test_the_readme_shows_the_zoos_own_table_and_a_time_for_each():
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    section = readme.split("\n## Models\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    without_times = [row.rstrip("|").rpartition("|")[0] + "|" for row in rows]
    assert without_times == table().splitlines(), "copy what `python -m seg.models.registry` prints into the README"
    assert all(re.fullmatch(r" [\d.]+ s ", row.rstrip("|").rpartition("|")[2]) for row in rows[2:])
