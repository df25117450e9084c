"""The tool "object" of the tab "Paint and grade", in a real browser: one click, one question, one undo step."""

import numpy as np
import pytest

from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo
from seg.scoring.metrics import grade
from tests.browser.painting import PAD, painted, paper, pick_class, spots, truth, wait_scored

# A mask as seg.labels.codec.pack makes it, all zero, in place of the server's.
NOTHING_FOUND = "seg.deflate(new Uint8Array(seg.page.current.height * seg.page.current.width))"


@pytest.fixture
def pad(open_page):
    page = open_page(query="?tab=paint")
    page.wait_for_selector(f"{PAD} [data-ready='1']")
    page.wait_for_function("document.querySelector('#paint-view .paper').getBoundingClientRect().width > 50")
    return page


def click_at(page, down, across):
    """Click there; the (row, column) under the pointer."""
    box = paper(page, ".on-photo")
    point = (round(box["left"] + across * box["width"]), round(box["top"] + down * box["height"]))
    page.mouse.click(*point)
    return spots(page, [point])[0]


def test_a_click_lays_the_object_in_the_chosen_class_as_one_step(pad):
    page = pad
    asked = []
    page.on("request", lambda r: asked.append(r.post_data_json["data"][0]) if "/run/predict" in r.url else None)
    page.keyboard.press("o")
    assert page.locator(f"{PAD} [data-tool=object]").get_attribute("aria-pressed") == "true"
    pick_class(page, 13)
    place = click_at(page, 0.5, 0.12)
    page.wait_for_selector(f"{PAD} [data-object=laid]")
    shown = wait_scored(page)
    thing = load_predictor("bundled").click(load_photo("examples/hens.jpg"), place)
    laid = painted(page)
    assert set(np.unique(laid)) == {0, 13}
    assert ((laid == 13) == thing.mask).mean() > 0.999
    assert float(shown["iou"]) == pytest.approx(grade(truth(page), laid).mean_iou, abs=1e-12)
    best = page.locator(f"{PAD} .best")
    assert best.inner_text() == "One-click masks do not count as your best."
    objects = [each for each in asked if isinstance(each, dict) and each.get("ask") == "object"]
    assert [(each["row"], each["column"]) for each in objects] == [place]
    page.keyboard.press("u")
    assert not painted(page).any()
    assert page.locator(f"{PAD} .undo").is_disabled()
    page.locator(f"{PAD} .redo").click()
    assert np.array_equal(painted(page), laid)


def test_two_quick_clicks_are_two_steps_in_their_order(pad):
    page = pad
    page.locator(f"{PAD} [data-tool=object]").click()
    pick_class(page, 3)
    first = click_at(page, 0.5, 0.12)
    pick_class(page, 12)
    second = click_at(page, 0.55, 0.5)
    page.wait_for_function("seg.page.painting.undo.length === 2")
    page.wait_for_selector(f"{PAD} [data-object=laid]")
    predictor, photo = load_predictor("bundled"), load_photo("examples/hens.jpg")
    expected = np.zeros(photo.shape[:2], np.uint8)
    for place, class_id in ((first, 3), (second, 12)):
        expected[predictor.click(photo, place).mask] = class_id
    assert (painted(page) == expected).mean() > 0.999


def test_an_empty_mask_is_said_and_changes_nothing(pad):
    page = pad
    empty = page.evaluate(NOTHING_FOUND)

    def nothing(route):
        sent = route.request.post_data_json["data"][0]
        if not isinstance(sent, dict) or sent.get("ask") != "object":
            return route.continue_()
        answer = route.fetch().json()
        answer["data"][0] |= {"pixels": 0, "mask": empty}
        return route.fulfill(json=answer)

    page.route("**/run/predict*", nothing)
    page.locator(f"{PAD} [data-tool=object]").click()
    click_at(page, 0.1, 0.9)
    page.wait_for_selector(f"{PAD} [data-object=empty]")
    assert "found no object there" in page.locator(f"{PAD} .hint").inner_text()
    assert not painted(page).any()
    assert page.locator(f"{PAD} .undo").is_disabled()
    page.keyboard.press("b")
    assert page.locator(f"{PAD} .hint").inner_text() == ""
