"""Three answers to one click: the region on what the network sees, the one-click head, the network's mask."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from seg.growing.regions import grow
from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo
from tests.browser.region import (
    CLICK,
    PHOTOS,
    VIEW,
    at,
    choose,
    choose_rule,
    labels,
    on_screen,
    open_tab,
    overlap,
    set_slider,
    settled,
    state,
    target_at,
)

ROUNDING = 0.01  # points: browser and Python interpolate and exponentiate in another precision and order
NETWORK = f"{VIEW} .answers .network"


def iou_of(page, selector):
    return float(page.locator(selector).get_attribute("data-iou"))


def test_growing_on_what_the_network_sees_equals_the_function(open_page):
    """Equal but for rounding: the region lies between those of a slightly smaller and a slightly larger tau."""
    page = open_page()
    open_tab(page)
    photo = load_photo(PHOTOS["hens"])
    prediction = load_predictor("bundled")(photo)
    assert (labels(page) == prediction.labels).mean() > 0.9999
    choose_rule(page, "network")
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    for place in [(0.51, 0.53), (0.95, 0.02)]:
        page.mouse.click(*at(page, *place))
        page.wait_for_selector(f"{CLICK}[data-state='shown']")
        requests.clear()
        for tau in (3, 75, 100):
            set_slider(page, tau)
            now = state(page)
            assert (now["tau"], now["rule"]) == (tau, "network")
            inside, red = on_screen(page, photo)
            least = grow(prediction, now["seed"], max(0, tau - ROUNDING)).mask if tau else np.zeros_like(inside)
            most = grow(prediction, now["seed"], tau + ROUNDING).mask
            assert not (least & ~inside).any()
            assert not (inside & ~most).any()
            assert int(now["area"]) == inside.sum()
            target = target_at(photo, labels(page), now["seed"])
            np.testing.assert_array_equal(red, inside & ~target)
            assert float(now["iou"]) == pytest.approx(overlap(inside, target), abs=1e-12)
        assert requests == []  # the slider asks nobody
    expect(page.locator(f"{VIEW} .code")).to_contain_text("opinions_apart(near, seed) <= 100")
    expect(page.locator(f"{VIEW} .axis")).to_contain_text("of 100 points")


def test_click_and_class_stand_beside_the_region_with_their_iou(open_page):
    page = open_page()
    open_tab(page)
    for example, place in {"hens": (0.5, 0.12), "cow": (0.52, 0.6)}.items():
        choose(page, example)
        photo = load_photo(PHOTOS[example])
        page.mouse.click(*at(page, *place))
        page.wait_for_selector(f"{CLICK}[data-state='shown']")
        settled(page)
        seed = state(page)["seed"]
        target = target_at(photo, labels(page), seed)
        click = load_predictor("bundled").click(photo, seed)
        assert iou_of(page, CLICK) == pytest.approx(overlap(click.mask, target), abs=0.002)
        assert iou_of(page, NETWORK) == pytest.approx(overlap(labels(page) == labels(page)[seed], target), abs=0.002)
        for answer in (CLICK, NETWORK):
            expect(page.locator(f"{answer} .iou-value")).to_have_text(f"{iou_of(page, answer):.2f}")


def test_a_click_that_cannot_be_answered_says_so_and_is_asked_again(open_page):
    page = open_page()
    open_tab(page)
    changes = [{"row": -5}, {}, {"truth": 7}]

    def change(route):
        """The next click's question, changed on its way."""
        body = route.request.post_data_json
        asked = body["data"][0]
        if isinstance(asked, dict) and "row" in asked and changes:
            asked |= changes.pop(0)
        route.continue_(post_data=json.dumps(body))

    page.route("**/run/predict*", change)
    page.mouse.click(*at(page, 0.2, 0.2))
    page.wait_for_selector(f"{CLICK}[data-state='failed']")
    expect(page.locator(f"{CLICK} .what")).to_contain_text("must be a whole number from 0 to")
    expect(page.locator(f"{CLICK} .iou-value")).to_have_text("–")
    page.mouse.click(*at(page, 0.3, 0.2))
    page.wait_for_selector(f"{CLICK}[data-state='shown']")
    page.mouse.click(*at(page, 0.4, 0.2))  # about a photo that the server does not have: the page sends its own again
    page.wait_for_function("seg.page.revision === 2")
    page.wait_for_selector(f"{CLICK}[data-state='shown']")
    assert not changes
