"""The tour in a real browser, by mouse, touch and keyboard: every stop reacts to what was done, and to nothing else."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from seg.photo.decode import load_photo
from tests.browser.tour import (
    CARD,
    STOPS,
    TOUR,
    at_stop,
    box,
    check_free,
    check_read,
    fetch,
    press,
    probe,
    reaction,
    tap,
    within,
)


def blank() -> bytes:
    """A white sheet: the model finds nothing on it but background."""
    file = io.BytesIO()
    Image.new("RGB", (320, 240), "white").save(file, "PNG")
    return file.getvalue()


def start(page):
    page.locator("#header .tour").click()
    at_stop(page, 1)


def choose(page, photo):
    """The photo as the page and as `load_photo` have it."""
    if photo != "blank":
        return load_photo(f"examples/{photo}.jpg")
    sheet = {"name": "blank.png", "mimeType": "image/png", "buffer": blank()}
    page.set_input_files("#header input[type=file]", [sheet])
    page.wait_for_function("seg.page.revision === 2")
    return load_photo(blank())


@pytest.mark.parametrize(("photo", "width"), [("blank", 1280), ("dog", 390)])
def test_six_stops_react_to_what_was_done(open_page, photo, width):
    page = open_page(width, query="" if photo == "blank" else f"?photo={photo}")
    decoded = choose(page, photo)
    labels, confidence = fetch(page, "seg.page.current.labels"), fetch(page, "seg.page.current.confidence")
    assert labels.any() == (photo != "blank")
    expect(page.locator(CARD)).to_be_hidden()  # nothing starts by itself
    own = photo == "blank"
    start(page)
    for number, stop in enumerate(STOPS, 1):
        at_stop(page, number)
        expect(page.locator(f"{TOUR} .count")).to_have_text(f"Stop {number} of 6")
        expect(page.locator(f"{TOUR} .next")).to_have_text("Skip this")
        check_free(page)
        stop(page, labels, confidence, decoded)
        if own:
            expect(page.locator(f"{TOUR} .reaction")).not_to_contain_text("not things")
        check_free(page, answered=True)
        check_read(page, number)
        expect(page.locator(f"{TOUR} .next")).to_have_text("Finish" if number == 6 else "Next")
        press(page, "next")
    expect(page.locator(CARD)).to_contain_text("You did all six")
    expect(page.locator(f"{TOUR} .link")).to_be_visible(visible=not own)
    expect(page.locator(f"{TOUR} .save")).to_be_visible(visible=own)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    press(page, "leave")
    expect(page.locator(CARD)).to_be_hidden()
    expect(page.locator("#header .tour")).to_have_text("Two-minute tour")
    assert page.locator("[data-tour-target]").count() == 0


def test_stops_are_skipped_left_and_taken_up_again_after_a_reload(open_page):
    page = open_page()
    start(page)
    for number in (2, 3, 4):
        press(page, "next")
        at_stop(page, number)
    assert page.evaluate("seg.address.get('tab')") == "paint"
    press(page, "leave")
    expect(page.locator(CARD)).to_be_hidden()
    expect(page.locator("#header .tour")).to_be_focused()
    page.get_by_role("tab", name="Segment").click()
    page.reload()
    page.wait_for_selector("#segment-view [data-ready='1']", state="attached")
    expect(page.locator("#header .tour")).to_have_text("Resume the tour at stop 4")
    expect(page.locator(CARD)).to_be_hidden()
    page.locator("#header .tour").click()
    at_stop(page, 4)
    expect(page.get_by_role("tab", name="Paint and grade")).to_have_attribute("aria-selected", "true")
    press(page, "back")
    at_stop(page, 3)
    expect(page.get_by_role("tab", name="Segment")).to_have_attribute("aria-selected", "true")
    for _ in range(4):
        press(page, "next")
    expect(page.locator(CARD)).to_contain_text("You did 0 of the six stops.")
    press(page, "leave")
    expect(page.locator("#header .tour")).to_have_text("Two-minute tour")


def test_escape_leaves_only_from_within_the_card(open_page):
    page = open_page()
    start(page)
    page.locator("#segment-view .frame").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")  # lets the probe go, not the tour
    expect(page.locator("#segment-view .probe")).to_be_hidden()
    expect(page.locator(CARD)).to_be_visible()
    page.locator(f"{TOUR} .next").focus()
    page.keyboard.press("Escape")
    expect(page.locator(CARD)).to_be_hidden()
    expect(page.locator("#header .tour")).to_be_focused()


def test_the_tour_by_keyboard_alone(open_page):
    page = open_page()
    tab = page.keyboard.press
    page.locator("#header .tour").focus()
    tab("Enter")
    at_stop(page, 1)
    expect(page.locator(CARD)).to_be_focused()
    deeds = {
        1: ["ArrowRight", "Shift+ArrowDown"],
        2: ["Enter"],
        3: ["End"],
        4: ["ArrowRight", "Enter"],
        5: ["End"],
        6: ["End"],
    }
    for number, keys in deeds.items():
        at_stop(page, number)
        expect(page.locator(CARD)).to_be_focused()
        tab("Tab")
        expect(page.locator(f"{TOUR} .go")).to_be_focused()
        tab("Enter")  # to what the stop asks for
        for key in keys:
            tab(key)
        reaction(page)
        tab("Tab")  # and on into the card
        expect(page.locator(f"{TOUR} .next")).to_be_focused()
        tab("Enter")
    expect(page.locator(CARD)).to_contain_text("You did all six")


def test_the_card_does_not_trap_the_keyboard(open_page):
    page = open_page()
    start(page)
    slider = page.locator("#segment-view .frame")
    slider.focus()
    for part in ("next", "leave"):
        page.keyboard.press("Tab")
        expect(page.locator(f"{TOUR} .{part}")).to_be_focused()
    page.keyboard.press("Tab")  # what comes after the photo
    assert page.evaluate("document.activeElement.closest('.views') !== null")
    slider.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(slider).to_be_focused()


def test_whoever_goes_to_another_tab_is_offered_the_way_back(open_page):
    page = open_page()
    start(page)
    page.get_by_role("tab", name="Learn").click()
    expect(page.locator(CARD)).to_contain_text("This stop is in the tab “Segment”.")
    assert page.locator("[data-tour-target]").count() == 0
    press(page, "return")
    at_stop(page, 1)
    expect(page.get_by_role("tab", name="Segment")).to_have_attribute("aria-selected", "true")
    expect(page.locator(f"{TOUR} .ask")).to_contain_text("Point at any pixel")


def test_another_photo_in_the_middle_asks_again_and_reacts_to_it(open_page):
    page = open_page()
    start(page)
    page.mouse.move(*within(page, "#segment-view .frame", 0.5, 0.5))
    reaction(page)
    page.locator("[data-example=coffee]").click()
    page.wait_for_function("seg.page.revision === 2")
    page.wait_for_selector(f"{TOUR} [data-done='']", state="attached")
    expect(page.locator(f"{TOUR} .ask")).to_contain_text("Point at any pixel")
    page.wait_for_selector("#segment-view [data-ready='2']", state="attached")
    at_stop(page, 1)  # a photo of another shape: the card brings it into sight
    probe(page, fetch(page, "seg.page.current.labels"), fetch(page, "seg.page.current.confidence"), None)


def test_a_pixel_pinned_before_does_not_count(open_page):
    page = open_page()
    tap(page, *within(page, "#segment-view .frame", 0.3, 0.3))
    page.wait_for_selector("#segment-view .inspector[data-state=shown]")
    start(page)
    press(page, "next")
    at_stop(page, 2)
    expect(page.locator(f"{TOUR} .ask")).to_have_text("You have a pixel pinned already: click another one.")
    tap(page, *within(page, "#segment-view .frame", 0.6, 0.6))
    reaction(page)


def test_on_a_phone_every_button_is_a_thumb_high(open_page):
    page = open_page(390)
    assert box(page, "#header .tour")["height"] >= 44
    start(page)
    for button in page.locator(f"{CARD} .buttons > .seg-button:visible:not(.go)").all():
        assert button.bounding_box()["height"] >= 44
    card = box(page, CARD)
    assert (card["x"], card["width"]) == (0, 390)
    assert card["height"] <= 844 * 0.3


def test_in_a_frame_as_tall_as_the_page_the_card_stands_below_its_target(open_page, server):
    page = open_page()
    page.route("**/frame.html", lambda route: route.fulfill(
        content_type="text/html", body='<iframe src="/" style="width:1240px; height:1700px; border:0"></iframe>'
    ))  # fmt: skip
    page.goto(server + "/frame.html")
    frame = page.frame_locator("iframe")
    frame.locator("#segment-view [data-ready='1']").wait_for(state="attached")
    frame.locator("#header .tour").click()
    frame.locator("[data-tour-target]").wait_for()
    page.frames[1].wait_for_function("document.documentElement.dataset.tour === 'framed'")
    expect(frame.locator(CARD)).to_be_in_viewport(ratio=1)
    target, card = page.frames[1].evaluate(
        """() => ["[data-tour-target]", "#tour .card"]
            .map((one) => document.querySelector(one).getBoundingClientRect())"""
    )
    assert 0 < card["top"] - target["bottom"] < 30
