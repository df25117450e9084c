"""The Learn tab's words: every section has sources, every number has a value on every kind of photo, none is NaN."""

import json
import re

import numpy as np
import pytest

from seg.classes import COUNT
from seg.labels.codec import unpack
from seg.labels.components import count_blobs
from seg.lessons import experiments
from seg.lessons.clicks import record
from seg.lessons.figures import THINNED, work_out
from seg.lessons.loss_lab import logits_and_truth, losses
from seg.lessons.wording import listed, percent, spoken
from seg.models.postprocess import scores_to_labels
from seg.models.predictor import Prediction
from seg.models.registry import INSTANCES, ZOO
from seg.page.session import Session, checksum
from seg.page.tabs import learn
from seg.page.tabs.learn import prose
from seg.page.tabs.learn.prose import article, read, sections
from seg.scoring.losses import LOSSES
from seg.scoring.metrics import grade
from tests.oracles.codec import unpack_smooth


def session_of(kind):
    """A photo of 40 x 56 whose model found two things, nothing, one class everywhere, one nearly so, or a single
    pixel."""
    random = np.random.default_rng(5)
    scores = random.normal(size=(COUNT, 11, 15)).astype(np.float32)
    scores[0] += 8
    if kind == "two":
        scores[13, 3:8, 2:7] += 16
        scores[15, 4:9, 9:13] += 16
    elif kind == "all":
        scores[8] += 30
    elif kind == "most":
        scores[11, :, 1:] += 30
    elif kind == "speck":
        scores[12, 5, 5] += 9
    scores = scores.astype(np.float16)
    labels, confidence = scores_to_labels(scores, 40, 56)
    photo = random.integers(0, 256, (40, 56, 3), dtype=np.uint8)
    return Session("a photo", photo, Prediction(labels, confidence, scores, 1.0, "CPU", "bundled"))


KINDS = ("two", "nothing", "all", "most", "speck")


def test_every_section_names_its_sources_and_every_source_its_section():
    names = [section.name for section in sections()]
    trials = ["traps", "accuracy", "superset", "speckles", "thin"]
    assert names == ["kinds", "function", "families", *(["click"] if record() else []), "losses", *trials, "review"]
    for section in sections():
        assert section.sources, section.name
        for words in section.sources.values():
            assert re.search(r"(section|equation|“.*”)", words), words


def test_recorded_clicks_stand_in_a_table_and_are_left_out_where_there_are_none(monkeypatch):
    growing = {"iou": 0.41, "iou_large": 0.5, "tau": 30, "iou_at_tau": 0.25}
    found = {"answers": {"seed": growing, "click": {"iou": 0.7, "iou_large": 0.8}}}
    for recorded in (found, None):
        monkeypatch.setattr(prose, "record", lambda recorded=recorded: recorded)
        sections.cache_clear()
        html = article(learn.runs_here())
        assert ('id="learn-click"' in html) == bool(recorded)
        assert ("0.250 (tau 30)" in html) == bool(recorded)
    sections.cache_clear()


def test_a_text_whose_sources_do_not_fit_is_refused():
    with pytest.raises(ValueError, match="lost"):
        read("x", "# Title\n\nA claim. [^lost]")
    with pytest.raises(ValueError, match="idle"):
        read("x", "# Title\n\nA claim.\n\n[^idle]: Somebody, section 1.")
    with pytest.raises(ValueError, match="title"):
        read("x", "No title")


def shown(conditions):
    """The paragraphs of the article that a photo with these conditions shows, as HTML."""
    html = article(learn.runs_here())
    for tag in re.finditer(r'<p data-when="([^"]+)" hidden>.*?</p>', html):
        wanted = tag[1].split()
        if not all((name[1:] not in conditions) if name[0] == "!" else name in conditions for name in wanted):
            html = html.replace(tag[0], "")
    return html


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_shown_has_a_value(kind):
    session = session_of(kind)
    answer = work_out(session.photo, session.prediction)
    html = shown(answer["conditions"])
    wanted = set(re.findall(r'data-number="(\w+)"', html))
    assert wanted <= set(answer["numbers"]), wanted - set(answer["numbers"])
    assert not re.search(r"\?\w|\{|\*\*|\[\^", re.sub(r"<.*?>", "", html))  # nothing of the notation is left
    text = json.dumps(answer, allow_nan=False)
    assert not re.search(r"\bnan\b", text, re.I)
    assert ("he model found only background" in html) == (kind == "nothing")
    assert ("hardly any room to grow into" in html) == (kind == "most")
    assert html.count("<strong>The first step.</strong>") == (kind in ("two", "most", "speck"))
    # Each experiment opens with at least one sentence about this photo, and with no two that contradict each other.
    for name in ("accuracy", "superset", "speckles", "thin"):
        part = re.search(rf'<section class="level2" id="learn-{name}".*?</section>', html, re.S)[0]
        assert "data-when" in part.split('class="figure"')[0], name


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_are_the_functions_values(kind):
    session = session_of(kind)
    labels = session.prediction.labels
    answer = work_out(session.photo, session.prediction)
    numbers, figures = answer["numbers"], answer["figures"]
    share = (labels == 0).mean()
    assert numbers["background_share"] == f"{100 * share:.1f} %"
    assert numbers["scores"] == f"{40 * 56 * 21:,}"
    assert numbers["blobs"] == str(sum(count for c, count in count_blobs(labels).items() if c))
    for entry in figures["accuracy"]["answers"]:
        result = grade(labels, np.full_like(labels, entry["id"]), boundary=False)
        assert (entry["accuracy"], entry["mean_iou"]) == (result.pixel_accuracy, result.mean_iou)
    for row in figures["speckles"]["rows"]:
        found = unpack(row["map"], 40, 56)
        assert (found == experiments.colour_labels(session.photo, labels, row["levels"])).all()
        assert row["blobs"] == sum(count_blobs(found).values())
    for pixel in figures["function"]["pixels"]:
        assert pixel["bars"][0]["id"] == labels[pixel["row"], pixel["column"]]
        assert sum(bar["share"] for bar in pixel["bars"]) + pixel["rest"] == pytest.approx(1)
    c = experiments.subject(labels)
    assert (figures["superset"] is None) == (figures["thin"] is None) == (c == 0)
    if c:
        distance = unpack_smooth(figures["superset"]["distance"], 40, 56)
        for point in figures["superset"]["points"]:
            assert point["iou"] == pytest.approx((labels == c).sum() / (distance <= point["n"]).sum())
        gone = unpack(figures["thin"]["gone"], 40, 56)
        for w, row in zip(THINNED, figures["thin"]["rows"], strict=True):
            assert row["lost"] == (gone <= w).sum()


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_lab_shows_the_losses(kind):
    import torch

    session = session_of(kind)
    logits, truth = (torch.from_numpy(array.astype(float)) for array in logits_and_truth(session.prediction))
    table = work_out(session.photo, session.prediction)["figures"]["losses"]["table"]
    for name, loss in LOSSES.items():
        assert table["model"][name]["value"] == pytest.approx(loss(logits, truth).item(), rel=1e-4, abs=1e-6)
        assert table["nothing"][name]["value"] == pytest.approx(loss(logits * 0, truth).item(), rel=1e-4)


def test_a_tiny_class_is_named_and_leaves_the_other_pixels_their_light():
    scores = np.zeros((COUNT, 60, 80), np.float32)
    scores[0] = 8
    scores[13, 10:40, 10:30] = 16
    scores[20, 50, 70] = 16
    labels, confidence = scores_to_labels(scores.astype(np.float16), 60, 80)
    prediction = Prediction(labels, confidence, scores.astype(np.float16), 1.0, "CPU", "bundled")
    entry = losses(prediction)["figure"]["table"]["background"]["dice"]
    assert (entry["on_tiny"]["id"], entry["on_tiny"]["pixels"]) == (20, (labels == 20).sum())
    shade = unpack(entry["map"], 60, 80)
    assert (shade[labels == 20] == 255).all()
    assert shade[labels == 0].min() >= 45  # the square root of one 25th
    horse = work_out(session_of("two").photo, session_of("two").prediction)["figures"]["losses"]["table"]
    assert horse["background"]["dice"]["on_tiny"] is None


def request(session, **more):
    height, width = session.prediction.labels.shape
    truth = checksum(session.prediction.labels)
    return {"ask": "figures", "count": 1, "truth": truth, "height": height, "width": width} | more


def test_a_painting_like_the_model_costs_little_and_none_at_all_costs_a_sentence():
    from seg.labels.codec import pack

    session = session_of("two")
    same = learn.reply(request(session, ask="losses", painting=pack(session.prediction.labels)), session)
    empty = learn.reply(request(session, ask="losses", painting=pack(session.prediction.labels * 0)), session)
    table = work_out(session.photo, session.prediction)["figures"]["losses"]["table"]
    for loss in LOSSES:
        assert same["painting"][loss]["value"] < table["background"][loss]["value"]
        assert empty["painting"][loss]["value"] == pytest.approx(table["background"][loss]["value"])
    assert same["painting"]["cross_entropy"]["value"] == pytest.approx(-np.log(0.99), rel=1e-4)


@pytest.mark.parametrize("bad", [None, 3, {}, {"count": -1}, {"count": True, "truth": 0}])
def test_a_strange_question_gets_a_sentence(bad):
    assert learn.reply(bad, session_of("two"))["problem"].endswith(".")


def test_a_painting_that_is_none_gets_a_sentence_and_another_photo_none_of_its_figures():
    session = session_of("two")
    assert learn.reply(request(session, ask="losses", painting="x"), session)["problem"].endswith(".")
    assert learn.reply(request(session, truth=1), session)["stale"]
    assert learn.reply(request(session), None)["stale"]


def test_lists_read_as_english():
    assert [listed(words) for words in ([], ["cow"], ["cow", "dog"], ["a", "b", "c"])] == [
        "",
        "cow",
        "cow and dog",
        "a, b and c",
    ]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0.0 %"),
        (1e-6, "<0.1 %"),
        (0.0004, "<0.1 %"),
        (0.0006, "0.1 %"),
        (0.5, "50.0 %"),
        (0.9996, ">99.9 %"),
        (1, "100.0 %"),
    ],
)
def test_a_share_never_rounds_to_nothing_or_to_all(share, words):
    assert percent(share) == words
    assert spoken(share) == words.replace("<", "less than ").replace(">", "more than ")
    assert percent(share, 0) == {"0.1 %": "<1 %", "<0.1 %": "<1 %", ">99.9 %": ">99 %"}.get(
        words, words.replace(".0", "")
    )


def test_every_model_of_the_zoo_has_its_button_in_one_family():
    html = article(learn.runs_here())
    for entry in (*ZOO.values(), *INSTANCES.values()):
        assert html.count(f'data-model="{entry.name}"') == 1, entry.name
        assert entry.title in html


@pytest.mark.parametrize("part", ["superset", "thin"])
def test_the_visitor_may_choose_another_class(part):
    session = session_of("two")
    labels = session.prediction.labels
    for c in (13, 15):
        answer = learn.reply(request(session, ask="object", part=part, label=c), session)["object"]
        figure = answer["figure"]
        assert (answer["part"], figure["id"], figure["pixels"]) == (part, c, (labels == c).sum())
        if part == "superset":
            for point in figure["points"]:
                result = grade(labels == c, unpack_smooth(figure["distance"], 40, 56) <= point["n"], boundary=False)
                assert point["iou"] == pytest.approx(result.iou[1]) == point["predicted"]
        else:
            assert [row["lost"] for row in figure["rows"]] == [
                row["lost"] for row in experiments.thinning(labels == c, THINNED)[0]
            ]
    largest = experiments.subject(labels)
    first = learn.reply(request(session, ask="object", part=part, label=largest), session)["object"]
    assert first["figure"] == work_out(session.photo, session.prediction)["figures"][part]


@pytest.mark.parametrize(
    "bad",
    [{"part": "superset", "label": 0}, {"part": "thin", "label": 8}, {"part": "x", "label": 13}, {"part": "thin"}],
)
def test_a_class_that_is_not_there_gets_a_sentence(bad):
    session = session_of("two")
    assert learn.reply(request(session, ask="object", **bad), session)["problem"].endswith(".")
