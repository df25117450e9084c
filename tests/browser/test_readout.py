"""The pixel under pointer, finger or arrow keys: real pointer events, against the Predictor itself."""

import re

from playwright.sync_api import expect

from tests.browser.segment import VIEW, at_rest, check_readout, points, predicted


def check_everywhere(page):
    """The mouse at a few places on the photo: the read-out is the prediction there."""
    prediction = predicted("examples/hens.jpg")
    for x, y in points(page):
        page.mouse.move(x, y)
        check_readout(page, x, y, prediction)


def test_the_readout_is_the_prediction_at_that_pixel(open_page):
    page = open_page()
    check_everywhere(page)


def test_the_readout_is_right_after_scrolling(open_page):
    page = open_page(1280)
    page.set_viewport_size({"width": 1280, "height": 520})
    page.mouse.wheel(0, 170)
    page.wait_for_function("scrollY > 100 || document.querySelector('gradio-app').scrollTop > 100")
    at_rest(page)
    check_everywhere(page)


def test_a_finger_drags_the_readout_on_a_phone(open_page):
    page = open_page(390)
    readout = page.locator(f"{VIEW} .readout")
    expect(readout).to_have_text(re.compile(r"^Tap the photo"))
    prediction = predicted("examples/hens.jpg")
    touch = page.context.new_cdp_session(page)

    def send(kind, *at):
        touches = [{"x": x, "y": y} for x, y in at]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    box = page.locator(f"{VIEW} canvas.photo").bounding_box()
    middle, below = round(box["x"] + 200), round(box["y"] + 220)
    send("touchStart", (middle, below))  # a swipe up scrolls the page, and asks about no pixel
    for step in range(1, 9):
        send("touchMove", (middle, below - 20 * step))
    send("touchEnd")
    page.wait_for_function("scrollY > 60")
    at_rest(page)  # a swipe rolls on after the finger has left
    expect(readout).to_have_text(re.compile(r"^Tap the photo"))
    page.evaluate("scrollTo(0, 150)")
    at_rest(page)
    y = round(page.locator(f"{VIEW} canvas.photo").bounding_box()["y"] + 100)
    kind = "touchStart"
    for x in (20, 120, 200, 330):
        send(kind, (x, y))
        check_readout(page, x, y, prediction)
        kind = "touchMove"
    send("touchEnd")
    check_readout(page, x, y, prediction)  # the last reading stays


def test_arrow_keys_move_the_probe(open_page):
    page = open_page()
    page.locator(f"{VIEW} .frame").focus()
    readout = page.locator(f"{VIEW} .readout")
    page.keyboard.press("ArrowRight")
    row, column = (int(readout.get_attribute(f"data-{name}")) for name in ("row", "column"))
    page.keyboard.press("ArrowRight")
    expect(readout).to_have_attribute("data-column", str(column + 1))
    page.keyboard.press("Shift+ArrowUp")
    expect(readout).to_have_attribute("data-row", str(row - 10))
    prediction = predicted("examples/hens.jpg")
    expect(readout).to_have_attribute("data-label", str(prediction.labels[row - 10, column + 1]))
    page.keyboard.press("Escape")
    expect(page.locator(f"{VIEW} .probe")).to_be_hidden()
