"""The result card: size, what is in it, and that odd names and photos do not break it."""

import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from seg.classes import PALETTE
from seg.growing.regions import grow
from seg.models.individuals import Individual, Individuals
from seg.page.export import card
from seg.page.export.card import individuals_card, painting_card, region_card, segment_card, tint
from seg.page.export.sheet import ACCENT, SIZE, STAGE, drawable, fit, headline, sans, serif, wrap

RUN = {"credit": "Somebody, CC0-1.0", "model": "A model", "device": "CPU", "milliseconds": 123.4}


def test_a_tiny_class_has_the_share_that_the_page_prints(monkeypatch):
    photo, labels = scene()
    labels[5, 5] = 20
    drawn = []
    monkeypatch.setattr("seg.page.export.card.draw", lambda picture, caption, big, rows, *_, **__: drawn.extend(rows))
    segment_card(photo, labels, title="", **RUN)
    assert [(row.name, row.value) for row in drawn] == [("sheep", "16.7 %"), ("TV", "<0.1 %"), ("background", "83.3 %")]


def opened(png: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(png))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", SIZE)
    assert not picture.info  # nothing but pixels
    return picture


def scene(height=120, width=180):
    photo = np.full((height, width, 3), (40, 160, 90), np.uint8)
    photo[30:90, 60:120] = (220, 210, 200)
    labels = np.zeros((height, width), np.uint8)
    labels[30:90, 60:120] = 17
    return photo, labels


@pytest.mark.parametrize("shape", [(120, 180), (180, 120), (1, 500), (500, 1), (7, 7)])
def test_every_shape_of_photo_gets_a_card(shape):
    photo = np.zeros((*shape, 3), np.uint8)
    opened(segment_card(photo, np.full(shape, 255, np.uint8), title="Odd", **RUN))


def test_the_photo_is_shown_whole_in_its_place():
    photo, labels = scene(120, 179)
    picture = np.asarray(opened(segment_card(photo, np.zeros_like(labels), title="A scene", **RUN)))
    left, top, right, bottom = STAGE
    expected = tint(photo, np.zeros_like(labels), 0.6)[0, 0]
    for row, column in [(top + 30, left + 12), (bottom - 30, right - 12)]:
        assert abs(picture[row, column].astype(int) - expected).max() <= 2


def test_legend_bars_have_the_classes_colours_and_lengths():
    photo, labels = scene()
    picture = np.asarray(opened(segment_card(photo, labels, title="A scene", **RUN)))
    column = picture[:, 852:1160].astype(int)
    sheep = (abs(column - PALETTE[17]).max(2) <= 2).sum(1)[: STAGE[3] - 130]
    longest = sheep.max()
    assert longest == pytest.approx(308 * (labels == 17).mean(), abs=4)


def test_two_individuals_of_one_blob_are_parted_and_counted(monkeypatch):
    photo, labels = scene()
    halves = []
    for number, columns in ((1, (60, 90)), (2, (90, 120))):
        box = (30, columns[0], 90, columns[1])
        halves.append(Individual(number, "sheep", 17, 0.9, box, np.ones((60, 30), bool), labels.shape, (60, 75)))
    found = Individuals(*labels.shape, tuple(halves), 1.0, "CPU", "bundled")
    told = {}
    monkeypatch.setattr(card, "draw", lambda picture, *parts, **run: told.update(picture=picture, parts=parts) or b"")
    individuals_card(photo, labels, found)
    accent = (told["picture"] == ImageColor.getrgb(ACCENT)).all(2)
    assert accent[30:90, 89:91].mean() > 0.5  # where they touch; the numbers' discs cover some
    assert not accent[:28].any()
    _, big, rows, _ = told["parts"]
    assert big == ("2", "individuals")
    assert [(row.name, row.value) for row in rows] == [("sheep", "2 in 1 blob")]


def test_painting_and_region_cards_differ_from_the_plain_one():
    photo, labels = scene()
    painted = np.where(labels == 17, 0, 17).astype(np.uint8)
    region = grow(photo, (60, 90), 20, "seed")
    cards = [
        opened(segment_card(photo, labels, title="A scene", **RUN)),
        opened(painting_card(photo, labels, painted, title="A scene", **RUN)),
        opened(region_card(photo, labels, region, (60, 90), 20, "seed", title="A scene", **RUN)),
    ]
    assert len({card.tobytes() for card in cards}) == 3
    perfect = painting_card(photo, labels, labels, title="A scene", **RUN)
    assert perfect != painting_card(photo, labels, painted, title="A scene", **RUN)


def test_the_overlay_is_the_one_of_the_page():
    photo = np.full((3, 4, 3), 200, np.uint8)
    labels = np.array([[0, 0, 0, 0], [0, 13, 13, 13], [0, 13, 13, 13]], np.uint8)
    result = tint(photo, labels, 0.5)
    mixed = lambda share, id: 200 * (1 - share) + share * PALETTE[id].astype(float)  # noqa: E731
    assert abs(result[0, 0] - mixed(0.125, 0)).max() <= 1
    assert abs(result[2, 3] - mixed(0.5, 13)).max() <= 1
    assert abs(result[1, 1] - mixed(0.85, 13)).max() <= 1  # a boundary


def test_words_fit_their_room():
    long = "A very long name of a photo that somebody took on a Sunday in spring"
    for font in (sans(26), serif(46)):
        assert font.getlength(fit(long, font, 300)) <= 300
        lines = wrap(long, font, 300, 2)
        assert len(lines) == 2
        assert all(font.getlength(line) <= 300 for line in lines)
    assert drawable("犬と猫") == "My photo"
    assert drawable("Été\x00") == "Été"


def test_headlines_shrink_before_they_are_cut():
    assert headline("Dog", 340, [(46, 1), (36, 2)]) == (46, ["Dog"])
    size, lines = headline("IMG_20260712_184512_HDR.portrait", 340, [(46, 1), (36, 2), (28, 2)])
    assert size == 28
    assert len(lines) == 1
    assert headline("Nokota horses on a hill", 340, [(46, 1), (36, 2)])[0] == 36
    assert drawable("Été “犬” & (犬) sea") == "Été & sea"


def test_many_classes_get_more_lines_and_none_are_said_to_be_none():
    photo = np.full((60, 210, 3), 120, np.uint8)
    labels = np.repeat(np.arange(21, dtype=np.uint8), 10)[None].repeat(60, 0)
    picture = np.asarray(opened(segment_card(photo, labels, title="All", **RUN)))[: STAGE[3] - 130, 822:838]
    shown = [i for i in range(1, 21) if (picture == PALETTE[i]).all(2).sum() > 50]
    assert shown == [1, 2, 3, 4, 5, 6]  # and "and 15 more"
    nothing = segment_card(photo, np.zeros_like(labels), title="All", **RUN)
    everywhere = segment_card(photo, np.full_like(labels, 12), title="All", **RUN)
    words = [np.asarray(opened(card))[210:250, 820:1160] for card in (nothing, everywhere)]
    assert (words[0] < 200).any()  # a line below the only bar
    assert not (words[1] < 200).any()
