"""What the Learn tab shows of the families: every head's own answer, FCN's stages, MaskFormer's masks."""

import json

import numpy as np
import pytest

from seg.classes import TITLES
from seg.labels.codec import unpack
from seg.lessons.families import LEAST, MASKS, answers
from seg.models.families import FAMILIES
from seg.models.heads.maskformer import semantic
from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo


@pytest.fixture(scope="module")
def photo():
    return load_photo("examples/cat.jpg")


@pytest.fixture(scope="module")
def found(photo):
    return json.loads(json.dumps(answers(photo)))


def test_every_head_gives_its_own_labels(photo, found):
    assert [head["name"] for head in found["heads"]] == ["bundled", *FAMILIES]
    seen = set()
    for head in found["heads"]:
        labels = unpack(head["labels"], *photo.shape[:2])
        assert np.array_equal(labels, load_predictor(head["name"])(photo).labels)
        assert 0 < head["mean_iou"] < 1
        assert head["title"]
        assert head["key_move"].endswith(".")
        seen.add(labels.tobytes())
    assert len(seen) == len(found["heads"])


def test_the_last_stage_of_fcn_is_its_answer(photo, found):
    assert [stage["title"] for stage in found["stages"]] == ["FCN-32s", "FCN-16s", "FCN-8s"]
    stages = [unpack(stage["labels"], *photo.shape[:2]) for stage in found["stages"]]
    assert np.array_equal(stages[2], load_predictor("fcn")(photo).labels)
    assert len({stage.tobytes() for stage in stages}) == 3


def test_masks_are_the_queries_that_found_something_the_surest_first(photo, found):
    masks = found["masks"]
    assert 1 <= len(masks) <= MASKS
    scores = [mask["score"] for mask in masks]
    assert scores == sorted(scores, reverse=True)
    assert {"background", "cat"} <= {mask["name"] for mask in masks}
    for mask in masks:
        assert mask["name"] == TITLES[mask["label"]]
        plane = unpack(mask["mask"], *photo.shape[:2])
        assert set(np.unique(plane)) <= {0, 1}
        assert plane.mean() >= LEAST


def test_maskformers_logits_come_from_its_masks(photo):
    predictor = load_predictor("maskformer", "cpu")
    scores = predictor.inside(photo, lambda head, features: semantic(head.masks(features)[-1])[0])
    kept = np.exp(predictor(photo).scores.astype(np.float32))
    assert np.allclose(kept, scores.clamp(min=1e-4).numpy(), rtol=0.02)
