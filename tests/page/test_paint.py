"""The tab's server side: one-click masks against scipy and their own definitions, answers to good and bad requests."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import distance_transform_edt

from seg.labels.codec import pack, unpack
from seg.lessons.masks import MAX_N, ONE_CLICK_MASKS, lesson, superset
from seg.models.predictor import Prediction, load_predictor
from seg.page.session import Session, checksum
from seg.page.tabs.paint import reply
from seg.photo.decode import load_photo
from seg.scoring.metrics import grade


def scene(seed: int = 0, shape: tuple[int, int] = (48, 64)) -> np.ndarray:
    """HxW uint8: a disc of dog, a bar of person, background."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    labels = np.zeros(shape, np.uint8)
    labels[np.hypot(rows - 20, cols - 24 - seed) < 12] = 12
    labels[10:40, 50:54] = 15
    return labels


def visitor(labels: np.ndarray) -> Session:
    prediction = Prediction(labels, np.full_like(labels, 200), np.zeros((21, 4, 4), np.float16), 1.0, "CPU", "bundled")
    return Session("a photo", np.zeros((*labels.shape, 3), np.uint8), prediction)


def request(labels: np.ndarray, painted: np.ndarray, **other) -> dict:
    height, width = labels.shape
    return {
        "ask": "grade",
        "count": 3,
        "sequence": 7,
        "truth": checksum(labels),
        "height": height,
        "width": width,
        "mask": pack(painted),
        "one_click": None,
    } | other


# The object at a pixel


def test_the_object_is_the_one_click_heads_mask():
    photo = load_photo("examples/dog.jpg")
    predictor = load_predictor("bundled")
    session = Session("dog", photo, predictor(photo))
    labels = session.prediction.labels
    sent = request(labels, labels, ask="object", row=300, column=300)
    answer = reply(sent, session)
    thing = predictor.click(photo, (300, 300))
    assert (answer["count"], answer["object"], answer["pixels"]) == (3, True, thing.pixels)
    np.testing.assert_array_equal(unpack(answer["mask"], *labels.shape), thing.mask)
    assert reply(sent | {"truth": 1}, session)["stale"] is True
    for wrong in ({"row": labels.shape[0]}, {"column": -1}, {"row": None}, {"column": "3"}):
        assert "must be a whole number from 0 to" in reply(sent | wrong, session)["problem"]


# One-click masks

label_maps = arrays(np.uint8, (9, 11), elements=st.sampled_from([0, 0, 0, 5, 12, 255]))


@given(label_maps, st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_superset_covers_the_truth_and_nothing_farther_than_n(truth, n):
    mask = superset(truth, n)
    plain = np.where(truth == 255, 0, truth)
    assert np.array_equal(mask[plain > 0], plain[plain > 0])
    away = distance_transform_edt(plain == 0) if plain.any() else np.full(plain.shape, 1e9)
    assert np.array_equal(mask > 0, away <= n)


@given(label_maps, st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_a_grown_pixel_takes_the_class_of_a_nearest_one(truth, n):
    mask = superset(truth, n)
    plain = np.where(truth == 255, 0, truth)
    spots = np.argwhere(plain)
    for row, col in np.argwhere((mask > 0) & (plain == 0)):
        distances = ((spots - (row, col)) ** 2).sum(1)
        nearest = spots[distances == distances.min()]
        assert mask[row, col] in plain[tuple(nearest.T)]


@given(label_maps, st.integers(0, MAX_N), st.sampled_from(sorted(ONE_CLICK_MASKS)))
@settings(max_examples=60, deadline=None)
def test_masks_hold_class_ids_only_and_leave_the_truth_alone(truth, n, name):
    kept = truth.copy()
    mask = ONE_CLICK_MASKS[name].make(truth, n)
    assert mask.shape == truth.shape
    assert mask.dtype == np.uint8
    assert set(np.unique(mask)) <= {0, 5, 12}
    assert np.array_equal(truth, kept)


def test_shifted_is_the_truth_elsewhere():
    truth = scene()
    mask = ONE_CLICK_MASKS["shifted"].make(truth, 5)
    assert np.array_equal(mask[5:, 5:], truth[:-5, :-5])
    assert not mask[:5].any()
    assert not mask[:, :5].any()


def test_without_thin_parts_loses_the_bar_and_keeps_most_of_the_disc():
    truth = scene()
    mask = ONE_CLICK_MASKS["thin"].make(truth, 6)
    assert not (mask == 15).any()
    assert (mask == 12).sum() > 0.9 * (truth == 12).sum()
    assert not ((mask > 0) & (mask != truth)).any()


def test_the_superset_lesson_is_true():
    truth = scene()
    mask = superset(truth, 3)
    result = grade(truth, mask)
    for label in (12, 15):
        assert result.iou[label] == pytest.approx((truth == label).sum() / (mask == label).sum())
    assert f"IoU of person is {result.iou[15]:.3f}" in lesson("superset", 3, truth, result)


def test_lessons_know_of_tiny_classes_and_of_photos_without_background():
    truth = scene(shape=(480, 640))
    truth[300:304, 400:404] = 20
    thin = ONE_CLICK_MASKS["thin"].make(truth, 6)
    said = lesson("thin", 6, truth, grade(truth, thin))
    assert "all of person (120 pixels) and TV (16 pixels)" in said
    assert "legs" not in said
    shifted = ONE_CLICK_MASKS["shifted"].make(truth, 8)
    assert "IoU of person, only 120 pixels large, is 0.000" in lesson("shifted", 8, truth, grade(truth, shifted))
    full = np.full_like(truth, 11)
    nothing = np.zeros_like(truth)
    assert "easy to guess" not in lesson("background", 0, full, grade(full, nothing))
    assert "no room for too much" in lesson("superset", 16, full, grade(full, full))
    half = np.where(np.arange(640) < 500, full, 0).astype(np.uint8)
    said = lesson("background", 0, half, grade(half, nothing))
    assert "21.9 % pixel accuracy" in said
    assert "easy to guess" not in said


@pytest.mark.parametrize("name", sorted(ONE_CLICK_MASKS))
def test_every_lesson_has_words_for_every_photo(name):
    truth = scene()
    mask = ONE_CLICK_MASKS[name].make(truth, ONE_CLICK_MASKS[name].n)
    blank = np.zeros_like(truth)
    assert lesson(name, 16, truth, grade(truth, mask)).endswith(".")
    assert "only background" in lesson(name, 16, blank, grade(blank, blank))
    assert "nan" not in lesson(name, 16, truth, grade(truth, mask))


# Answers


def test_a_stroke_is_graded_as_grade_does():
    truth = scene()
    painted = scene(seed=3)
    answer = reply(request(truth, painted), visitor(truth))
    expected = grade(truth, painted)
    assert (answer["sequence"], answer["count"], answer["truth"]) == (7, 3, checksum(truth))
    scores = answer["scores"]
    for name in ("mean_iou", "pixel_accuracy", "mean_dice", "boundary_iou", "wrong", "pixels"):
        assert scores[name] == pytest.approx(getattr(expected, name))
    assert [one["id"] for one in scores["classes"]] == [12, 15, 0]
    assert [one["iou"] for one in scores["classes"]] == pytest.approx([expected.iou[i] for i in (12, 15, 0)])
    for one in scores["classes"]:
        true, mine = truth == one["id"], painted == one["id"]
        assert (one["overlap"], one["missed"]) == ((true & mine).sum(), (true & ~mine).sum())
        assert one["extra"] == (mine & ~true).sum()


@pytest.mark.parametrize("convention", ["present", "torchmetrics", "mmsegmentation"])
def test_on_one_photo_three_conventions_are_those_of_grade(convention):
    truth, painted = scene(), scene(seed=6)
    painted[0, :9] = 3
    means = reply(request(truth, painted), visitor(truth))["scores"]["conventions"][convention]
    expected = grade(truth, painted, boundary=False)
    assert means == pytest.approx({"mean_iou": expected.mean_iou, "mean_dice": expected.mean_dice})


def test_conventions_are_what_the_libraries_compute():
    truth, painted = scene(), scene(seed=6)
    means = reply(request(truth, painted), visitor(truth))["scores"]["conventions"]
    sklearn = pytest.importorskip("sklearn.metrics")
    listed = sklearn.jaccard_score(
        truth.ravel(), painted.ravel(), labels=list(range(21)), average="macro", zero_division=0
    )
    assert means["scikit-learn"]["mean_iou"] == pytest.approx(listed)
    torch = pytest.importorskip("torch")
    segmentation = pytest.importorskip("torchmetrics.segmentation")
    metric = segmentation.MeanIoU(num_classes=21, input_format="index")
    theirs = metric(torch.from_numpy(painted)[None].long(), torch.from_numpy(truth)[None].long())
    assert means["torchmetrics"]["mean_iou"] == pytest.approx(float(theirs), abs=1e-6)


def test_a_mask_is_made_from_this_visitors_truth():
    truth = scene()
    answer = reply(request(truth, truth, ask="one_click", name="shifted", n=4), visitor(truth))
    assert np.array_equal(unpack(answer["mask"], *truth.shape), ONE_CLICK_MASKS["shifted"].make(truth, 4))
    assert (answer["name"], answer["n"]) == ("shifted", 4)


def test_a_graded_mask_comes_with_its_lesson():
    truth = scene()
    answer = reply(request(truth, np.zeros_like(truth), one_click={"name": "background", "n": 0}), visitor(truth))
    assert "pixel accuracy" in answer["lesson"]


def test_a_painting_of_another_photo_is_not_graded():
    truth, other = scene(), scene(seed=9)
    assert reply(request(other, truth), visitor(truth)).get("stale")
    assert reply(request(truth, truth), None).get("stale")
    wide = np.zeros((48, 65), np.uint8)
    assert reply(request(wide, wide, truth=checksum(truth)), visitor(truth)).get("stale")


BAD = {
    "no mask": {"mask": None},
    "not base64": {"mask": "ä%&"},
    "too few pixels": {"mask": pack(np.zeros((2, 2), np.uint8))},
    "too many pixels": {"mask": pack(np.zeros((400, 400), np.uint8))},
    "a class id of 21": {"mask": pack(np.full((48, 64), 21, np.uint8))},
    "unsure": {"mask": pack(np.full((48, 64), 255, np.uint8))},
    "a sequence that is a text": {"sequence": "7"},
    "a negative sequence": {"sequence": -1},
    "true for a number": {"count": True},
    "an endless number": {"sequence": 10**400},
    "an unknown mask": {"ask": "one_click", "name": "../etc", "n": 3},
    "a name that is a list": {"ask": "one_click", "name": ["shifted"], "n": 3},
    "too many px": {"ask": "one_click", "name": "shifted", "n": 10**9},
    "a fraction of px": {"ask": "one_click", "name": "shifted", "n": 1.5},
    "a one-click mask that is a text": {"one_click": "shifted"},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
def test_bad_requests_get_one_sentence_and_no_score(change):
    truth = scene()
    answer = reply(request(truth, truth) | change, visitor(truth))
    assert "scores" not in answer
    assert "mask" not in answer
    assert answer["problem"].endswith(".")
    assert "our side" not in answer["problem"]


@pytest.mark.parametrize("nonsense", [None, [], "paint", 7, {}])
def test_what_is_no_request_at_all_gets_a_sentence_too(nonsense):
    assert "problem" in reply(nonsense, visitor(scene()))
