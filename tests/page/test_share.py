"""The files: made from the session, decoded again and compared pixel by pixel; names; and what is refused."""

import base64
import io
import re
import urllib.request

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from seg.label_png import decode_png
from seg.labels.codec import pack
from seg.models.predictor import load_predictor
from seg.page.export.card import tint
from seg.page.export.sheet import SIZE
from seg.page.select_photo import open_example
from seg.page.session import Session
from seg.page.tabs.share import MISSING, file_stem, reply, shown, slug
from seg.scoring.metrics import grade


@pytest.fixture(scope="module")
def session():
    return open_example("dog", load_predictor("bundled"))


def ask(session, file, **more):
    request = {
        "file": file,
        "count": 1,
        "shown": shown(session),
        "opacity": 60,
        "unsure": 0,
        "tab": "segment",
        "palette": "voc",
    }
    return reply(request | more, session)


def made(answer) -> bytes:
    assert "problem" not in answer, answer.get("problem")
    return base64.b64decode(answer["data"])


def test_the_mask_is_the_label_map_and_indexed(session):
    answer = ask(session, "mask")
    data = made(answer)
    assert (answer["name"], answer["type"]) == ("dog-bundled-mask.png", "image/png")
    assert (decode_png(data) == session.prediction.labels).all()
    picture = Image.open(io.BytesIO(data))
    assert picture.mode == "P"
    assert not set(picture.info) - {"transparency"}
    assert (np.asarray(picture) == session.prediction.labels).all()
    assert picture.getpalette()[13 * 3 : 13 * 3 + 3] == [192, 0, 128]


def test_the_overlay_is_the_photo_with_its_labels(session):
    picture = Image.open(io.BytesIO(made(ask(session, "overlay", opacity=35))))
    assert picture.mode == "RGB"
    assert not picture.info
    assert (np.asarray(picture) == tint(session.photo, session.prediction.labels, 0.35)).all()
    assert (np.asarray(Image.open(io.BytesIO(made(ask(session, "overlay", opacity=0))))) == session.photo).all()


def test_unsure_pixels_are_255_in_the_mask_and_a_row_of_the_table(session):
    labels = decode_png(made(ask(session, "mask", unsure=60)))
    sure = session.prediction.confidence / 255 >= 0.6
    assert ((labels == 255) == ~sure).all()
    assert (labels[sure] == session.prediction.labels[sure]).all()
    table = pd.read_csv(io.BytesIO(made(ask(session, "classes", unsure=60))))
    assert table.pixels.sum() == labels.size
    assert (table.name == "unsure").sum() == (1 if (~sure).any() else 0)


def test_the_table_of_classes_counts_every_pixel(session):
    table = pd.read_csv(io.BytesIO(made(ask(session, "classes"))))
    labels, confidence = session.prediction.labels, session.prediction.confidence
    assert table.pixels.tolist() == sorted(np.bincount(labels.ravel())[np.unique(labels)].tolist(), reverse=True)
    for row in table.itertuples():
        assert row.pixels == (labels == row.id).sum()
        assert row.share == pytest.approx(row.pixels / labels.size, abs=1e-6)
        assert row.confidence == pytest.approx(confidence[labels == row.id].mean() / 255, abs=1e-4)


def test_individuals_are_saved_as_a_picture_of_16_bits_and_as_a_table(session):
    found = load_predictor("bundled").individuals(session.photo)
    answer = ask(session, "individuals")
    picture = Image.open(io.BytesIO(made(answer)))
    assert answer["name"] == "dog-bundled-individuals.png"
    assert (picture.mode, picture.info) == ("I;16", {})
    values = np.asarray(picture).astype(int)
    assert (values % 1000 == found.map()).all()
    card = ask(session, "individuals-card")
    assert (card["name"], card["type"]) == ("dog-bundled-individuals-card.png", "image/png")
    assert Image.open(io.BytesIO(made(card))).size == SIZE
    table = pd.read_csv(io.BytesIO(made(ask(session, "individuals-table"))))
    assert table.columns.tolist() == "number class class_id score pixels top left bottom right".split()
    assert table.number.tolist() == [one.number for one in found]
    for one, row in zip(found, table.itertuples(), strict=True):
        assert set(np.unique(values[one.mask])) == {1000 * one.class_id + one.number}
        assert row[2:] == (one.name, one.class_id, pytest.approx(one.score, abs=1e-4), one.pixels, *one.box)


def test_where_nobody_is_there_is_no_file_of_individuals(session):
    grass = np.full((60, 90, 3), (60, 120, 40), np.uint8)
    lawn = Session("lawn.png", grass, load_predictor("bundled")(grass))
    assert not lawn.prediction.labels.any()
    for file in ("individuals", "individuals-table", "individuals-card"):
        assert ask(lawn, file)["problem"] == "No individual was found in this photo, so there is nothing to save."


def test_the_table_of_grades_is_seg_metrics(session):
    truth = session.prediction.labels
    painted = np.zeros_like(truth)
    painted[: len(truth) // 2] = 12
    table = pd.read_csv(io.BytesIO(made(ask(session, "grades", painting=pack(painted)))))
    expected = grade(truth, painted).as_dict()
    whole = table[table["class"].isna()].set_index("measure").value
    for name in ("mean_iou", "pixel_accuracy", "mean_dice", "boundary_iou"):
        assert whole[name] == pytest.approx(expected[name], abs=1e-6)
    iou = table[table.measure == "iou"].set_index("class").value
    assert iou.to_dict() == pytest.approx({k: v for k, v in expected["iou"].items() if v is not None}, abs=1e-6)
    assert "paint" in ask(session, "grades")["problem"]


def test_the_card_follows_the_tab(session):
    height, width = session.prediction.labels.shape
    more = {
        "painting": pack(np.zeros((height, width), np.uint8)),
        "region": {"row": height // 2, "column": width // 2, "tau": 40, "rule": "network"},
    }
    cards = {tab: made(ask(session, "card", tab=tab, **more)) for tab in ("segment", "paint", "region")}
    assert len(set(cards.values())) == 3
    assert made(ask(session, "card", tab="paint")) == cards["segment"]  # nothing painted: the model's labels


@pytest.mark.parametrize(
    "wrong",
    [
        {"file": "/etc/passwd"},
        {"file": ["mask"]},
        {"opacity": 101},
        {"opacity": True},
        {"opacity": "60"},
        {"unsure": -1},
        {"painting": "x"},
        {"painting": 5},
        {"region": []},
        {"region": {"row": 10**9, "column": 0, "tau": 1, "rule": "seed"}},
        {"region": {"row": 0, "column": 0, "tau": 1, "rule": "other"}},
    ],
)
def test_what_no_page_sends_is_refused_in_one_sentence(session, wrong):
    file = wrong.get("file", "card")
    answer = ask(session, file, **{key: value for key, value in wrong.items() if key != "file"})
    assert "data" not in answer
    assert re.fullmatch(r"[A-Z][^\n]+[.]", answer["problem"])
    assert "Something went wrong" not in answer["problem"]


def test_a_page_that_shows_another_photo_gets_no_file(session):
    other = Session("mine.jpg", session.photo, session.prediction)
    assert ask(session, "mask", shown=shown(other))["problem"] == MISSING
    assert reply({"file": "mask", "count": 1}, None)["problem"] == MISSING
    assert "problem" in reply(None, session)


def test_names_are_safe_everywhere(session):
    assert file_stem(session) == "dog-bundled"
    assert file_stem(Session("IMG 2031.JPG", session.photo, session.prediction)) == "img-2031-bundled"
    for hostile in ("../../etc/passwd", 'a"b<c>.png', "\x00", "犬.png", "." * 300, "CON", "x" * 300):
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(hostile))
        assert len(slug(hostile)) <= 40


def test_the_html_names_the_page_and_its_picture(server):
    def fetch(path, **headers):
        return urllib.request.urlopen(urllib.request.Request(server + path, headers=headers), timeout=30)

    page = fetch("/?photo=dog").read().decode()
    tags = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', page))
    assert tags["og:title"] == tags["twitter:title"] == "Every pixel, labelled"
    assert "Gradio" not in tags.values()
    assert "githubusercontent" not in page.split("window.gradio_config")[0]
    assert tags["og:image"] == f"{server}/preview.png?photo=dog"
    answer = fetch("/preview.png?photo=dog")
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.read())).size == (1200, 630)
    proxied = fetch("/", **{"X-Forwarded-Host": 'a"><script>.example', "X-Forwarded-Proto": "https"}).read().decode()
    assert '"><script>.example' not in proxied.split("window.gradio_config")[0]
    hostile = fetch("/?photo=%22%3E%3Cscript%3E").read().decode()
    assert f"{server}/preview.png?photo=hens" in hostile
