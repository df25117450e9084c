"""The endpoint /grade: PNG files in, the numbers of `grade` out, one sentence for everything that does not fit."""

import io
import json

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from seg.classes import NAMES
from seg.label_png import encode_png
from seg.page.api import grade, with_sentences
from seg.scoring.metrics import grade as grade_masks


@pytest.fixture
def save(tmp_path):
    """save(labels or bytes, name) -> the path of a file that holds them."""

    def saved(content, name="mask.png"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else encode_png(content))
        return str(path)

    return saved


def maps(shape=(30, 40)):
    rng = np.random.default_rng(4)
    truth = rng.choice(np.array([0, 0, 7, 15, 255], np.uint8), shape)
    painted = np.where(rng.random(shape) < 0.7, truth, np.uint8(7))
    return truth, painted


def test_the_answer_is_that_of_grade(save):
    truth, painted = maps()
    answer = json.loads(json.dumps(grade(save(truth, "a.png"), save(painted, "b.png")), allow_nan=False))
    expected = grade_masks(truth, painted)
    assert set(answer) == {"mean_iou", "pixel_accuracy", "mean_dice", "boundary_iou", "iou"}
    for name in set(answer) - {"iou"}:
        assert answer[name] == pytest.approx(getattr(expected, name))
    assert list(answer["iou"]) == list(NAMES)
    present = {name for name, value in answer["iou"].items() if value is not None}
    assert present == {"background", "car", "person"}


def test_a_grayscale_png_of_class_ids_is_welcome(save):
    truth, painted = maps()
    file = io.BytesIO()
    Image.fromarray(painted).save(file, "PNG")
    assert grade(save(truth, "a.png"), save(file.getvalue(), "b.png")) == grade_masks(truth, painted).as_dict()


def test_nothing_to_grade_is_null_not_nan(save):
    unsure = save(np.full((4, 4), 255, np.uint8))
    assert grade(unsure, unsure)["mean_iou"] is None


def test_sizes_must_match(save):
    with pytest.raises(ValueError, match="one size, got 5 x 4 and 4 x 5 pixels"):
        grade(save(np.zeros((4, 5), np.uint8), "a.png"), save(np.zeros((5, 4), np.uint8), "b.png"))


def colour_png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("content", [b"", b"not a picture", encode_png(np.zeros((4, 4), np.uint8))[:40], colour_png()])
def test_other_files_get_a_sentence_that_says_which(save, content):
    good = save(np.zeros((4, 4), np.uint8), "good.png")
    bad = save(content, "bad.png")
    with pytest.raises(ValueError, match=r"^The painted mask: "):
        grade(good, bad)
    with pytest.raises(ValueError, match=r"^The truth mask: "):
        grade(bad, good)


def test_unsure_paint_on_a_pixel_with_a_truth_is_explained(save):
    with pytest.raises(gr.Error, match="unsure"):
        with_sentences(grade)(save(np.zeros((4, 4), np.uint8), "a.png"), save(np.full((4, 4), 255, np.uint8), "b.png"))


def test_a_missing_file_is_asked_for(save):
    with pytest.raises(gr.Error, match="painted mask is missing"):
        with_sentences(grade)(save(np.zeros((4, 4), np.uint8)), None)
