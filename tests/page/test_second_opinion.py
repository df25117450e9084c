"""Second opinions on the server: against the network run by hand, what is answered, and what is refused."""

import base64
import io
import math

import gradio as gr
import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from seg.labels.codec import pack, unpack
from seg.models.families import FAMILIES
from seg.models.predictor import Predictor, load_predictor
from seg.models.registry import ZOO
from seg.models.second_opinion import alternatives
from seg.page.select_photo import open_example
from seg.page.session import SecondOpinion, Session, checksum, truth_named
from seg.page.tabs import paint, second_opinion, share
from seg.scoring.agreement import agreement, in_words
from seg.scoring.metrics import grade
from tests.oracles.codec import unpack_smooth


@pytest.fixture(scope="module")
def session():
    return open_example("horses", load_predictor("bundled"))


@pytest.fixture(scope="module")
def answered(session):
    """(answer, opinion) of the second opinion with half the input size."""
    return second_opinion.reply(request(session, "half"), session)


def request(session, other, **more):
    labels = session.prediction.labels
    height, width = labels.shape
    asked = {"ask": "second-opinion", "count": 5, "other": other, "truth": checksum(labels), "height": height}
    return asked | {"width": width} | more


# -- alternatives ------------------------------------------------------------------------------------------------------


def by_hand(photo, size, mirrored=False):
    """Labels of the bundled network at an input size, from scratch: no predictor, no folding, no bands of rows."""
    network = ZOO["bundled"].load()
    image = torch.from_numpy(photo[:, ::-1].copy() if mirrored else photo.copy()).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        logits = network(F.interpolate(image, size=size, mode="bilinear", antialias=True))
        full = F.interpolate(logits, size=photo.shape[:2], mode="bilinear", align_corners=True)[0]
    return (full.flip(-1) if mirrored else full).argmax(0).numpy()


@pytest.mark.parametrize(("name", "size"), [("half", (129, 209)), ("mirror", (273, 417))])
def test_a_variant_is_the_same_network_asked_that_way(session, name, size):
    assert session.photo.shape == (664, 1024, 3)
    prediction = alternatives("bundled")[name].ask(session.photo)
    expected = by_hand(session.photo, size, mirrored=name == "mirror")
    assert (prediction.labels == expected).mean() > 0.999  # half precision of the kept scores moves a few edge pixels
    assert prediction.labels.dtype == prediction.confidence.dtype == np.uint8
    assert not np.array_equal(prediction.labels, session.prediction.labels)
    assert prediction.scores.shape[0] == 21
    assert (prediction.model, prediction.device) == ("bundled", session.prediction.device)
    assert prediction.milliseconds > 0


def test_mirroring_twice_is_the_first_answer(session):
    mirrored = np.ascontiguousarray(session.photo[:, ::-1])
    twice = alternatives("bundled")["mirror"].ask(mirrored).labels[:, ::-1]
    assert (twice == session.prediction.labels).mean() > 0.999


def test_every_other_model_can_be_asked_and_the_same_one_only_differently():
    for model in ZOO:
        known = alternatives(model)
        assert list(known) == ["half", "mirror", *(name for name in ZOO if name != model)]
        assert {known["half"].entry.name, known["mirror"].entry.name} == {model}
        assert all(each.about.endswith(".") and each.title for each in known.values())
    with pytest.raises(ValueError, match="must be one of"):
        alternatives("../../etc/passwd")


def test_a_full_graphics_card_is_one_sentence(session, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(Predictor, "scores_of", full)
    answer, opinion = second_opinion.reply(request(session, "half"), session)
    assert answer["problem"].startswith("The graphics card's memory is full")
    assert opinion == gr.skip()


# -- the answer --------------------------------------------------------------------------------------------------------


def test_the_answer_is_what_seg_compare_says(session, answered):
    answer, opinion = answered
    first, second = session.prediction.labels, opinion.prediction.labels
    found = agreement(first, second)
    height, width = first.shape
    assert (answer["count"], answer["other"]) == (5, "half")
    assert np.array_equal(unpack(answer["labels"], height, width), second)
    assert np.array_equal(unpack_smooth(answer["confidence"], height, width), opinion.prediction.confidence)
    assert answer["differ"] == found.differ == (first != second).sum() > 0
    assert (answer["share"], answer["mean_iou"], answer["pixels"]) == (found.share, found.mean_iou, first.size)
    assert answer["mean_iou"] == pytest.approx(grade(first, second, boundary=False).mean_iou)
    assert answer["words"] == in_words(found, most=second_opinion.COMMON)
    for i, a in enumerate(answer["ids"]):
        for j, b in enumerate(answer["ids"]):
            assert answer["table"][i][j] == ((first == a) & (second == b)).sum()
    assert sum(map(sum, answer["table"])) == first.size
    best = answer["common"][0]
    assert best["pixels"] == ((first == best["first"]) & (second == best["second"])).sum()
    assert [found["pixels"] for found in answer["classes"]] == sorted(np.unique(second, return_counts=True)[1])[::-1]


def test_both_sides_say_what_they_are(session, answered):
    first, second = answered[0]["sides"]
    parameters = sum(p.numel() for p in ZOO["bundled"].build().parameters())
    assert first["parameters"] == second["parameters"] == parameters
    assert first["megabytes"] == pytest.approx(ZOO["bundled"].weights.stat().st_size / 1e6, rel=0.02)
    assert first["milliseconds"] == session.prediction.milliseconds
    assert first["score"] is not None
    assert second["score"] is None  # what was published is of the model asked as usual
    assert first["title"] != second["title"]


def test_the_opinion_belongs_to_the_session_it_was_asked_for(session, answered):
    _, opinion = answered
    number = checksum(opinion.prediction.labels)
    assert truth_named(number, session, opinion) == (opinion.title, opinion.prediction)
    assert truth_named(checksum(session.prediction.labels), session, opinion)[1] is session.prediction
    other = Session(session.name, session.photo, session.prediction, session.example, session.credit)
    assert truth_named(number, other, opinion) is None  # the same photo, picked again: asked again
    assert truth_named(number, session, None) is None
    assert second_opinion.keep_current(other, opinion) is None
    assert second_opinion.keep_current(session, opinion) is opinion  # a file that was refused takes nothing away
    assert second_opinion.keep_current(session, None) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"other": "bundled"},
        {"other": "nonsense"},
        {"other": ["half"]},
        {"other": None},
        {"count": "5"},
        {"count": True},
        {"truth": -1},
        {"truth": 1.5},
    ],
)
def test_what_no_page_sends_is_refused_in_one_sentence(session, wrong):
    answer, opinion = second_opinion.reply(request(session, "half") | wrong, session)
    assert answer["problem"].endswith(".")
    assert "Something went wrong" not in answer["problem"]
    assert opinion == gr.skip()  # what the visitor had stays
    assert "labels" not in answer


def test_a_page_that_shows_another_photo_gets_no_second_opinion(session):
    for stale in (request(session, "half", truth=1), request(session, "half", height=3)):
        answer, opinion = second_opinion.reply(stale, session)
        assert answer["stale"]
        assert opinion == gr.skip()
    assert second_opinion.reply(request(session, "half"), None)[0]["stale"]
    for nothing in (None, [], "second-opinion", {}):
        assert "problem" in second_opinion.reply(nothing, session)[0]


@pytest.mark.parametrize("other", ["half", "deeplabv3_resnet50", "nonsense", ["fcn"], None])
def test_only_a_head_on_the_trunk_is_answered_out_of_line(session, other):
    answer, opinion = second_opinion.head_reply(request(session, other), session)
    assert answer["problem"] == second_opinion.UNKNOWN
    assert opinion == gr.skip()


def test_a_head_answers_the_same_out_of_line(session):
    (answer, opinion), (waited, _) = (
        each(request(session, "fcn"), session) for each in (second_opinion.head_reply, second_opinion.reply)
    )
    assert answer == waited
    assert opinion.session is session


# -- weights that are not there ----------------------------------------------------------------------------------------


def test_a_second_opinion_never_downloads(session, monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setenv("SEG_WEIGHTS_HOST", "http://127.0.0.1:9")
    answer, opinion = second_opinion.reply(request(session, "deeplabv3_resnet50"), session)
    assert "not on this server yet" in answer["problem"]
    assert opinion == gr.skip()
    assert not list(tmp_path.iterdir())


def test_the_chooser_says_what_has_to_be_fetched(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    models = second_opinion.models()
    assert list(models) == list(ZOO)
    assert [name for name, each in models.items() if each["ready"]] == ["bundled", *FAMILIES]
    assert [name for name, each in models.items() if each["shares_trunk"]] == ["bundled", *FAMILIES]
    assert all(each["megabytes"] > 0 and each["title"] and each["about"] for each in models.values())


# -- painting against the second model ---------------------------------------------------------------------------------


def painted_request(labels, painted, **more):
    height, width = labels.shape
    asked = {"ask": "grade", "sequence": 1, "count": 1, "truth": checksum(labels), "height": height, "width": width}
    return asked | {"mask": pack(painted), "one_click": None} | more


def test_painting_is_graded_against_the_labels_it_names(session, answered):
    _, opinion = answered
    painted = session.prediction.labels
    against_b = paint.reply(painted_request(opinion.prediction.labels, painted), session, opinion)
    assert against_b["scores"]["mean_iou"] == pytest.approx(grade(opinion.prediction.labels, painted).mean_iou)
    assert against_b["scores"]["mean_iou"] < 1
    against_a = paint.reply(painted_request(session.prediction.labels, painted), session, opinion)
    assert against_a["scores"]["mean_iou"] == 1
    assert paint.reply(painted_request(opinion.prediction.labels, painted), session, None) == {
        "count": 1, "sequence": 1, "truth": checksum(opinion.prediction.labels), "stale": True,
    }  # fmt: skip


def test_one_click_masks_replay_the_chosen_truth(session, answered):
    _, opinion = answered
    asked = painted_request(opinion.prediction.labels, opinion.prediction.labels, ask="one_click", name="shifted", n=0)
    mask = unpack(paint.reply(asked, session, opinion)["mask"], *opinion.prediction.labels.shape)
    assert np.array_equal(mask, opinion.prediction.labels)


def save(session, opinion, file, **more):
    asked = {"file": file, "count": 1, "shown": share.shown(session), "opacity": 60, "unsure": 0, "tab": "paint"}
    asked["palette"] = "voc"
    return share.reply(asked | more, session, opinion)


def test_saved_grades_name_their_truth(session, answered):
    _, opinion = answered
    painted = pack(session.prediction.labels)
    tables = []
    for prediction in (session.prediction, opinion.prediction):
        answer = save(session, opinion, "grades", painting=painted, against=checksum(prediction.labels))
        tables.append(pd.read_csv(io.BytesIO(base64.b64decode(answer["data"]))))
    first, second = tables
    assert set(first.truth) == {ZOO["bundled"].title}
    assert set(second.truth) == {opinion.title}
    value = second[second.measure == "mean_iou"].value.item()
    assert value == pytest.approx(grade(opinion.prediction.labels, session.prediction.labels).mean_iou, abs=1e-6)
    assert first[first.measure == "mean_iou"].value.item() == 1


def test_the_painting_card_is_of_the_chosen_truth(session, answered):
    _, opinion = answered
    cards = [
        save(session, opinion, "card", painting=pack(session.prediction.labels), against=checksum(each.labels))["data"]
        for each in (session.prediction, opinion.prediction)
    ]
    pictures = [np.asarray(Image.open(io.BytesIO(base64.b64decode(card)))) for card in cards]
    assert pictures[0].shape == pictures[1].shape == (630, 1200, 3)
    foot = slice(550, 630)
    assert not np.array_equal(pictures[0][foot], pictures[1][foot])  # another name, another time


@pytest.mark.parametrize("wrong", [1, -1, "5", True, 1.5, 2**40, [1]])
def test_no_grades_against_labels_the_visitor_does_not_have(session, answered, wrong):
    answer = save(session, answered[1], "grades", painting=pack(session.prediction.labels), against=wrong)
    assert "data" not in answer
    assert answer["problem"].endswith(".")
    assert not math.isnan(answer["count"])


def test_an_opinion_is_shared_with_nobody(session, answered):
    """Another visitor with the same photo, whose page names labels that only the first one's question made."""
    _, opinion = answered
    other = Session(session.name, session.photo, session.prediction, session.example, session.credit)
    asked = painted_request(opinion.prediction.labels, opinion.prediction.labels)
    assert paint.reply(asked, other, None)["stale"]
    assert paint.reply(asked, other, opinion)["stale"]
    assert isinstance(opinion, SecondOpinion)
