"""The easier palette keeps its classes apart for every eye simulated, far more than VOC's; files keep VOC's."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from seg.classes import CLASSES, COUNT, PALETTE, PALETTES, SAFE
from seg.labels.render import overlay
from seg.models.predictor import load_predictor
from seg.page.components import TABS
from seg.page.export.card import segment_card, tint
from seg.page.modules import data
from seg.page.select_photo import open_example
from seg.page.tabs.share import DAMAGED, reply, shown
from tests.benchmarks.palette import BRETTEL, MACHADO, ciede2000, closest, eyes

SHARMA = [  # pairs of CIELAB colours and their distance, from the test data of Sharma, Wu & Dalal (2005)
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0011), 7.2195),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
]


def least(palette) -> float:
    return min(distance for distance, *_ in closest(palette[:COUNT]).values())


def test_every_two_classes_are_apart_for_every_eye():
    assert least(PALETTES["safe"]) >= 13.5
    assert least(PALETTES["voc"]) < 1
    assert set(map(len, (PALETTES["safe"], PALETTES["voc"]))) == {256}


def test_the_page_says_what_is_measured():
    words = (TABS / "foot" / "template.html").read_text("utf-8")
    normal, everyone, safe = map(
        float, re.search(r"two are ([\d.]+) apart, and ([\d.]+) .* than ([\d.]+),", words).groups()
    )
    table = closest(PALETTE[:COUNT])
    assert (normal, everyone) == (round(table["normal"][0], 1), round(least(PALETTE), 1))
    assert safe <= least(PALETTES["safe"]) < safe + 1


@pytest.mark.parametrize(("first", "second", "distance"), SHARMA)
def test_the_search_measures_as_published(first, second, distance):
    assert ciede2000(np.array(first), np.array(second)) == pytest.approx(distance, abs=1e-4)


def test_simulations_leave_greys_alone_and_take_red_from_green():
    for matrix in [*MACHADO.values(), *(m for one, other, _ in BRETTEL.values() for m in (one, other))]:
        assert np.sum(matrix, 1) == pytest.approx([1, 1, 1], abs=3e-5)
    pair = np.array([[200, 90, 60], [120, 130, 50]])
    for name, seen in eyes(pair).items():
        apart = np.linalg.norm(seen[0] - seen[1])
        if name.startswith(("protanopia", "deuteranopia")):
            assert apart < 0.5 * np.linalg.norm(np.diff(eyes(pair)["normal"], axis=0)), name


def test_one_table_for_python_and_the_browser():
    assert SAFE[0] == (0, 0, 0)
    assert len(set(SAFE)) == COUNT
    assert (PALETTES["safe"][:COUNT] == SAFE).all()
    assert (PALETTES["safe"][COUNT:] == PALETTE[COUNT:]).all()
    assert '"colors": {"voc": [192, 0, 128], "safe": ' + str(list(SAFE[13])) + "}" in data()


def test_pictures_follow_the_palette():
    photo, labels = np.full((4, 6, 3), 90, np.uint8), np.zeros((4, 6), np.uint8)
    labels[:, 2:] = 12
    assert (overlay(photo, labels, 1, PALETTES["safe"])[0, 5] == SAFE[12]).all()
    assert (tint(photo, labels, 1, PALETTES["safe"])[0, 5] == SAFE[12]).all()
    run = {"title": "Dog", "credit": "", "model": "m", "device": "CPU", "milliseconds": 1}
    card = np.asarray(Image.open(io.BytesIO(segment_card(photo, labels, PALETTES["safe"], **run))))
    assert (card == SAFE[12]).all(2).any()
    assert not (card == CLASSES[12].color).all(2).any()


def test_saved_pictures_follow_the_page_and_masks_do_not():
    session = open_example("dog", load_predictor("bundled"))
    request = {"count": 1, "shown": shown(session), "opacity": 100, "unsure": 0, "tab": "segment"}
    saved = {
        (file, palette): reply(request | {"file": file, "palette": palette}, session)
        for file in ("overlay", "mask", "card", "classes")
        for palette in PALETTES
    }
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(saved["overlay", "safe"]["data"]))))
    assert (picture == PALETTES["safe"][session.prediction.labels]).all()
    assert saved["card", "safe"] != saved["card", "voc"]
    assert saved["mask", "safe"] == saved["mask", "voc"]
    assert saved["classes", "safe"] == saved["classes", "voc"]
    for wrong in ("other", "", None, 1, ["safe"], "__class__"):
        assert reply(request | {"file": "card", "palette": wrong}, session)["problem"] == DAMAGED


def test_no_script_keeps_colours_of_its_own():
    """Whatever draws classes reads the classes when it draws: no list of VOC colours anywhere in the scripts."""
    for path in TABS.parent.rglob("*.js"):
        assert "[192, 0, 128]" not in path.read_text("utf-8"), path
