"""What becomes of torchvision's answer, and Mask R-CNN through the real path beside torchvision's own."""

import numpy as np
import pytest
import torch
from torchvision.models.detection import maskrcnn_resnet50_fpn

from seg.classes import NAMES
from seg.models import mask_rcnn
from seg.models.cache import Cache
from seg.models.individuals import Individuals
from seg.models.mask_rcnn import VOC_NAMES, individuals, load_instances
from seg.models.predictor import NOTE_CPU
from seg.models.registry import INSTANCES
from seg.models.torchvision import coco_categories
from tests.mirror import Mirror
from tests.stand_in import saved

NAME = "maskrcnn_resnet50_fpn"


def answer(*found) -> dict[str, np.ndarray]:
    """torchvision's answer for a photo of 20 x 30: (COCO name, score, rows, columns) of rectangles."""
    masks = np.zeros((len(found), 20, 30), bool)
    for i, (_, _, rows, columns) in enumerate(found):
        masks[i, rows, columns] = True
    return {
        "labels": np.array([coco_categories().index(name) for name, *_ in found]),
        "scores": np.array([score for _, score, *_ in found], np.float32),
        "masks": masks,
    }


def test_every_voc_class_but_background_has_its_coco_name():
    translated = {VOC_NAMES.get(name, name) for name in coco_categories()}
    assert set(NAMES) - translated == {"background"}
    assert set(VOC_NAMES) <= set(coco_categories())
    assert set(VOC_NAMES.values()) <= set(NAMES)


def test_individuals_come_most_certain_first_cut_to_their_masks():
    found = individuals(
        answer(
            ("cow", 0.6, slice(2, 9), slice(3, 5)),
            ("couch", 0.9, slice(0, 20), slice(10, 30)),
            ("giraffe", 0.7, slice(4, 6), slice(0, 30)),
            ("person", 0.8, slice(0, 0), slice(0, 0)),
        ),
        (20, 30),
    )
    assert [(one.name, one.class_id, one.box) for one in found] == [
        ("sofa", NAMES.index("sofa"), (0, 10, 20, 30)),
        ("giraffe", None, (4, 0, 6, 30)),
        ("cow", NAMES.index("cow"), (2, 3, 9, 5)),
    ]
    assert [(one.number, round(one.score, 3)) for one in found] == [(1, 0.9), (2, 0.7), (3, 0.6)]
    for one in found:
        top, left, bottom, right = one.box
        assert one.cut.shape == (bottom - top, right - left)
        assert one.cut.all()
        assert one.cut.base is None
        assert one.mask.shape == (20, 30)
        assert one.mask[top:bottom, left:right].all()
        assert one.mask.sum() == one.pixels == one.cut.size


def test_the_map_gives_a_pixel_to_the_most_certain():
    random = np.random.default_rng(4)
    answers = answer(*[("dog", score, slice(0, 0), slice(0, 0)) for score in (0.9, 0.8, 0.7)])
    answers["masks"] = random.random((3, 20, 30)) < 0.4
    found = Individuals(20, 30, individuals(answers, (20, 30)), 1.0, "CPU", NAME).map()
    for row in range(20):
        for column in range(30):
            claims = [i + 1 for i in range(3) if answers["masks"][i, row, column]]
            assert found[row, column] == (claims[0] if claims else 0)


@pytest.fixture
def host(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(mask_rcnn, "_loaded", Cache(1))
    with Mirror() as mirror:
        monkeypatch.setenv("SEG_WEIGHTS_HOST", mirror.address)
        yield mirror


def published_names(state: dict) -> dict:
    """The state dict with the names of the published file, which is older than torchvision's present layout."""
    old = {}
    for key, value in state.items():
        for block in ("inner_blocks", "layer_blocks"):
            for i in range(4):
                key = key.replace(f"fpn.{block}.{i}.0.", f"fpn.{block}.{i}.")
        key = key.replace("rpn.head.conv.0.0.", "rpn.head.conv.")
        for i in range(4):
            key = key.replace(f"mask_head.{i}.0.", f"mask_head.mask_fcn{i + 1}.")
        old[key] = value
    return old


def test_mask_rcnn_is_fetched_loaded_and_answers_as_torchvisions_own_network(host, tmp_path, monkeypatch):
    """Random weights are sure of nothing: every candidate is let through, and the two answers are compared."""
    torch.manual_seed(3)
    model = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).eval()
    for part in model.modules():
        if type(part).__name__ == "FrozenBatchNorm2d":
            part.weight.fill_(0.3)  # or fifty layers of random weights overflow
    keys = set(model.state_dict())
    stored = published_names(model.state_dict())
    assert set(stored) != keys
    monkeypatch.setattr(model, "state_dict", lambda: stored)
    entry, path = saved(INSTANCES[NAME], model, tmp_path)
    monkeypatch.setitem(INSTANCES, NAME, entry)
    host.files["/models/" + path.name] = path
    seen = []
    monkeypatch.setattr(mask_rcnn, "SURE", 0.0)
    monkeypatch.setattr(mask_rcnn, "MOST", 4)
    loaded = load_instances(device="cpu", progress=lambda *numbers: seen.append(numbers))
    path.unlink()
    assert seen[-1] == (entry.weights.stat().st_size,) * 2
    assert load_instances(device="cpu") is loaded

    photo = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
    for network in (model, loaded._network):
        network.transform.min_size = (128,)
    model.roi_heads.score_thresh, model.roi_heads.detections_per_img = 0.0, 4
    with torch.inference_mode():
        expected = model([torch.from_numpy(photo).permute(2, 0, 1) / 255])[0]
    found = loaded(photo)
    assert len(found)
    assert loaded(photo) is found
    assert loaded.runs == 1
    masks = [mask[0].numpy() >= 0.5 for mask in expected["masks"]]
    expected = {"labels": expected["labels"].numpy(), "scores": expected["scores"].numpy(), "masks": np.array(masks)}
    assert len(expected["scores"]) == 4
    for one, other in zip(found, individuals(expected, (96, 128)), strict=True):
        assert (one.number, one.name, one.class_id, one.box) == (other.number, other.name, other.class_id, other.box)
        assert one.score == pytest.approx(other.score, abs=1e-4)
        assert np.array_equal(one.mask, other.mask)
    assert (found.height, found.width, found.model, found.device, found.note) == (96, 128, NAME, "CPU", "")
    entry.weights.unlink()


def test_without_the_network_the_sentence_names_the_file(host):
    with pytest.raises(ValueError, match=r"maskrcnn_resnet50_fpn_coco-bf2d0c1e\.pth could not be downloaded"):
        load_instances()
    with pytest.raises(ValueError, match="maskrcnn_resnet50_fpn"):
        load_instances("yolo")


def test_a_full_graphics_card_leaves_it_to_the_cpu_and_says_so(monkeypatch):
    class OnGpu(mask_rcnn.InstancePredictor):
        def __init__(self, entry, device="auto"):
            self.entry, self.device, self.runs = entry, torch.device(device), 0
            self._answers, self._lock = Cache(4), mask_rcnn.threading.Lock()

        def _run(self, photo):
            if self.device.type == "cuda":
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return answer(("cow", 0.9, slice(2, 9), slice(3, 5)))

    monkeypatch.setattr(mask_rcnn, "InstancePredictor", OnGpu)
    full = OnGpu(INSTANCES[NAME], "cuda")
    found = full(np.zeros((20, 30, 3), np.uint8))
    assert found.note == NOTE_CPU
    assert found.device == "CPU"
    assert [one.name for one in found] == ["cow"]
    assert full(np.zeros((20, 30, 3), np.uint8)) is not found  # not remembered: there may be room by now
