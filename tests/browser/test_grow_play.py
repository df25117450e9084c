"""The growth, played: moments of the queue, the lines of the rule, the magnifier."""

from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from seg.growing.regions import grow
from seg.photo.decode import load_photo
from tests.browser.region import (
    FRAME,
    PHOTOS,
    TAUS,
    VIEW,
    at,
    check_region,
    choose,
    choose_rule,
    on_screen,
    open_tab,
    set_slider,
    settled,
    state,
)


@pytest.mark.parametrize("rule", ["seed", "mean"])
def test_the_growth_plays_and_ends_at_the_region(open_page, rule):
    page = open_page()
    open_tab(page)
    choose(page, "cat")
    photo = load_photo(PHOTOS["cat"])
    choose_rule(page, rule)
    page.mouse.click(*at(page, 0.2, 0.7))
    set_slider(page, TAUS.index(40))
    now = state(page)
    region = grow(photo, now["seed"], now["tau"], rule)
    page.get_by_role("button", name="Play the growth").click()
    page.wait_for_function("document.querySelector('#grow-view .frame').dataset.playing > 50")
    page.get_by_role("button", name="Pause").click()
    settled(page)
    # A moment of the queue: exactly those on screen that joined first.
    joined = int(state(page)["playing"])
    assert 50 < joined < region.area
    order = np.where(region.mask, region.arrival, region.area)
    np.testing.assert_array_equal(on_screen(page, photo)[0], order < joined)
    assert page.locator(f"{VIEW} .code li.running").count() == 1
    page.get_by_role("button", name="Go on").click()
    page.wait_for_selector(f"{FRAME}[data-ended]")
    settled(page)
    check_region(page, photo, rule)
    assert page.locator(f"{VIEW} .code li.running").count() == 0


def test_line_by_line_runs_the_rule_in_order(open_page):
    page = open_page()
    open_tab(page)
    set_slider(page, 60)
    page.locator(f"{VIEW} .speeds label", has_text="Line by line").click()
    page.evaluate("""() => {
      window.seen = [];
      const list = document.querySelector("#grow-view .code");
      new MutationObserver(() => seen.push(list.dataset.line)).observe(list, { attributeFilter: ["data-line"] });
    }""")
    page.get_by_role("button", name="Play the growth").click()
    page.wait_for_function("seen.length >= 6")
    lines = page.evaluate("seen")
    assert lines[:3] == ["0", "1", "2"]  # start, take the seed, look at the pixel above
    for line, following in pairwise(lines):
        assert following in {"0": "1", "1": "12", "2": "123", "3": "12"}[line]
    lens = page.locator(f"{VIEW} .lens")  # the pixel taken from the queue, large enough to be seen
    expect(lens).to_be_visible()
    row, column = (int(lens.get_attribute(f"data-{name}")) for name in ("row", "column"))
    assert abs(row - state(page)["seed"][0]) + abs(column - state(page)["seed"][1]) <= 2
    page.get_by_role("button", name="Pause").click()


def test_less_motion_shows_the_end_at_once(open_page):
    page = open_page()
    page.emulate_media(reduced_motion="reduce")
    open_tab(page)
    page.get_by_role("button", name="Play the growth").click()
    page.wait_for_selector(f"{FRAME}[data-ended='1']")
    assert "playing" not in state(page)
    check_region(page, load_photo(PHOTOS["hens"]), "seed")
