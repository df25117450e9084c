"""The pixel inspector: a pinned pixel's numbers against the Prediction's own scores. The coarse grid's split, and the
painting where the network is sure."""

import re
from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import expect

from seg.classes import TITLES
from seg.labels.codec import unpack
from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo
from seg.scoring.metrics import grade

VIEW = "#segment-view"


@cache
def predicted(name):
    return load_predictor("bundled")(load_photo(f"examples/{name}.jpg"))


def chances_at(prediction, row, column):
    scores = torch.from_numpy(prediction.scores.astype(np.float32))[None]
    full = F.interpolate(scores, size=prediction.labels.shape, mode="bilinear", align_corners=True)[0]
    return full[:, row, column].softmax(0).numpy()


def check_inspector(page, prediction, row, column):
    """The inspector shows this pixel: winner, runner-up, margin and shares are those of the Prediction's own scores."""
    shown = page.locator(f"{VIEW} .inspector[data-state=shown][data-row='{row}'][data-column='{column}']")
    expect(shown).to_be_visible()
    chances = chances_at(prediction, row, column)
    first, second = np.argsort(-chances)[:2]
    assert first == prediction.labels[row, column]
    expect(shown).to_have_attribute("data-winner", str(first))
    expect(shown).to_have_attribute("data-runner", str(second))
    assert float(shown.get_attribute("data-share")) == pytest.approx(chances[first], abs=2e-4)
    margin = float(np.log(chances[first]) - np.log(chances[second]))
    assert float(shown.get_attribute("data-margin")) == pytest.approx(margin, abs=2e-3)
    bars = shown.locator(".logits i")
    expect(bars).to_have_count(21)
    expect(shown.locator(".shares li .name").first).to_have_text(TITLES[first])
    expect(shown.locator(".winner")).to_have_text(TITLES[first])
    expect(shown.locator(".margin")).to_contain_text(TITLES[second])
    assert page.evaluate("seg.page.pin") == {"row": row, "column": column}


def pixel_at(page, across, down):
    """((x, y) on the screen, (row, column)) of a place in the frame, both whole numbers."""
    box = page.locator(f"{VIEW} canvas.photo").bounding_box()
    height, width = page.evaluate("[seg.page.current.height, seg.page.current.width]")
    x, y = round(box["x"] + across * box["width"]), round(box["y"] + down * box["height"])
    row, column = (y - box["y"]) / box["height"] * height, (x - box["x"]) / box["width"] * width
    return (x, y), (int(row), int(column))


def test_a_click_pins_the_pixel_and_arrow_keys_move_it(open_page):
    page = open_page(query="?photo=dog")
    (x, y), (row, column) = pixel_at(page, 0.5, 0.4)
    page.mouse.click(x, y)
    check_inspector(page, predicted("dog"), row, column)
    expect(page.locator(f"{VIEW} .number")).to_be_visible()
    points = page.locator(f"{VIEW} svg.sampling *")
    expect(points).to_have_count(0)  # where it looked waits to be asked for
    page.locator(f"{VIEW} .aspp-toggle").click()
    assert points.count() > 20
    page.locator(f"{VIEW} .frame").focus()
    for keys, down, right in (
        ("Shift+ArrowRight", 0, 10),
        ("ArrowLeft", 0, -1),
        ("ArrowDown", 1, 0),
        ("Shift+ArrowUp", -10, 0),
    ):
        page.keyboard.press(keys)
        row, column = row + down, column + right
        check_inspector(page, predicted("dog"), row, column)
    page.keyboard.press("Escape")
    assert page.evaluate("seg.page.pin") is None
    expect(page.locator(f"{VIEW} .inspector")).to_be_hidden()


def test_the_pin_stops_at_the_edge_of_the_photo(open_page):
    page = open_page(query="?photo=dog&pixel=3,2")
    page.locator(f"{VIEW} .frame").focus()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    check_inspector(page, predicted("dog"), 0, 0)
    height, width = predicted("dog").labels.shape
    page.evaluate(f"seg.page.setPin({{row: {height + 50}, column: {width + 50}}})")
    check_inspector(page, predicted("dog"), height - 1, width - 1)


def test_nothing_covers_the_pin_until_the_mouse_moves_on(open_page):
    page = open_page(query="?photo=dog")
    (x, y), _ = pixel_at(page, 0.5, 0.4)
    tip, probe = page.locator(f"{VIEW} .tip"), page.locator(f"{VIEW} .probe")
    page.mouse.move(x, y)
    expect(tip).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(f"{VIEW} .pin")).to_be_visible()
    expect(tip).to_be_hidden()
    page.mouse.move(x + 2, y + 1)
    expect(probe).to_be_hidden()
    page.mouse.move(x + 40, y)
    expect(tip).to_be_visible()


def test_a_tap_pins_on_a_phone(open_page):
    page = open_page(390, query="?photo=dog")
    page.locator(f"{VIEW} .frame").scroll_into_view_if_needed()
    (x, y), (row, column) = pixel_at(page, 0.4, 0.5)
    page.touchscreen.tap(x, y)
    check_inspector(page, predicted("dog"), row, column)
    expect(page.locator(f"{VIEW} .probe")).to_be_hidden()  # the finger is gone, the pin stays
    expect(page.locator(f"{VIEW} .readout")).to_contain_text(f"row {row:,}, column {column:,}: ")
    places = [page.locator(f"{VIEW} {part}").bounding_box()["y"] for part in (".caption", ".inspector", ".controls")]
    assert places == sorted(places)  # the answer stands right below the photo
    page.locator(f"{VIEW} .unpin").tap()
    assert page.evaluate("seg.page.pin") is None


def test_enter_pins_by_keyboard(open_page):
    page = open_page(query="?photo=dog")
    height, width = predicted("dog").labels.shape
    page.locator(f"{VIEW} .frame").focus()
    page.keyboard.press("Enter")  # no probe yet: the middle
    check_inspector(page, predicted("dog"), height // 2, width // 2)
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")  # where the probe is
    check_inspector(page, predicted("dog"), height // 2 + 10, width // 2)


def test_an_address_brings_its_pin_and_another_photo_lets_it_go(open_page):
    page = open_page(query="?photo=dog&pixel=120,200")
    check_inspector(page, predicted("dog"), 120, 200)
    page.click("[data-example=astronaut]")
    page.wait_for_function("seg.page.current.example === 'astronaut'")
    expect(page.locator(f"{VIEW} .inspector")).to_be_hidden()
    assert page.evaluate("seg.page.pin") is None
    page.wait_for_function("!location.search.includes('pixel')")
    (x, y), (row, column) = pixel_at(page, 0.45, 0.3)
    page.mouse.click(x, y)
    check_inspector(page, predicted("astronaut"), row, column)  # scores of the new photo, not of the one before
    page.wait_for_function(f"location.search.includes('pixel={row},{column}')")


def test_the_inspector_fits_on_one_screen(open_page):
    page = open_page(query="?photo=astronaut&pixel=230,230")
    check_inspector(page, predicted("astronaut"), 230, 230)
    for part in (".inspector", ".big"):
        box = page.locator(f"{VIEW} {part}").bounding_box()
        assert box["y"] + box["height"] <= 800


# The coarse grid's split


def test_the_split_follows_mouse_and_keys(open_page):
    page = open_page(query="?photo=dog&view=grid")
    handle = page.locator(f"{VIEW} .split")
    expect(handle).to_have_attribute("aria-valuenow", "50")

    def check(percent):
        expect(handle).to_have_attribute("aria-valuenow", str(round(percent)))
        left, right = page.evaluate(
            "['final', 'mask'].map((name) => document.querySelector('#segment-view canvas.' + name).style.clipPath)"
        )
        assert clip(left) == pytest.approx([0, 0, 0, percent], abs=0.01)
        assert clip(right) == pytest.approx([0, 100 - percent, 0, 0], abs=0.01)
        frame = page.locator(f"{VIEW} .frame").bounding_box()
        box = handle.bounding_box()
        middle = box["x"] + box["width"] / 2 - frame["x"]
        assert middle == pytest.approx(frame["width"] * percent / 100, abs=1)

    check(50)
    frame = page.locator(f"{VIEW} .frame").bounding_box()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in (0.6, 0.8, 0.3):
        page.mouse.move(round(frame["x"] + share * frame["width"]), box["y"] + 20)
        check(100 * (round(frame["x"] + share * frame["width"]) - frame["x"]) / frame["width"])
    page.mouse.move(frame["x"] - 60, box["y"] + 20)
    check(0)
    page.mouse.up()
    page.mouse.move(frame["x"] + 200, box["y"] + 20)
    check(0)  # let go: the mouse no longer pulls
    assert page.evaluate("seg.page.pin") is None  # pulling is not clicking
    handle.focus()
    for key, percent in (("ArrowRight", 2), ("PageUp", 12), ("ArrowLeft", 10), ("End", 100), ("Home", 0)):
        page.keyboard.press(key)
        check(percent)
    page.locator(f"{VIEW} .views").get_by_text("Overlay", exact=True).click()
    expect(handle).to_be_hidden()
    assert page.evaluate("document.querySelector('#segment-view canvas.mask').style.clipPath") == ""


def clip(inset):
    """ "inset(0px 0px 0px 30%)" -> [0, 0, 0, 30]; CSS leaves out what repeats."""
    sides = [float(side) for side in re.findall(r"-?[\d.]+(?:e-\d+)?", inset)]
    top, right = sides[0], sides[1] if len(sides) > 1 else sides[0]
    return [top, right, sides[2] if len(sides) > 2 else top, sides[3] if len(sides) > 3 else right]


# The painting where the network is sure


def test_the_painting_is_graded_on_the_sure_pixels(open_page):
    page = open_page(query="?photo=dog")
    words = page.locator(f"{VIEW} .painted")
    page.locator(f"{VIEW} input.unsure").fill("80")
    expect(words).to_be_hidden()  # nothing is painted yet
    page.get_by_role("tab", name="Paint and grade").click()
    page.wait_for_selector("#paint-view [data-ready='1']")
    box = page.locator("#paint-view .on-photo .paper").bounding_box()
    page.locator("#paint-view .size").fill("13")
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    for share in (0.4, 0.5, 0.6):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
    page.mouse.up()
    painted = fetch(page, "seg.page.painting.bytes")
    assert painted.any()
    page.get_by_role("tab", name="Segment").click()
    labels, confidence = fetch(page, "seg.page.current.labels"), fetch(page, "seg.page.current.confidence")
    for percent in (80, 95, 99):
        page.locator(f"{VIEW} input.unsure").fill(str(percent))
        unsure = 100 * confidence.astype(int) < 255 * percent
        sure = grade(np.where(unsure, 255, labels), painted, boundary=False)
        assert 0 < sure.pixels < labels.size
        expect(words).to_be_visible()
        expect(words).to_have_attribute("data-pixels", str(sure.pixels))
        assert float(words.get_attribute("data-iou")) == pytest.approx(sure.mean_iou, abs=1e-12)
        everywhere = grade(labels, painted, boundary=False)
        expect(words).to_contain_text(f"on the {sure.pixels:,} sure pixels: mean IoU {sure.mean_iou:.3f}")
        expect(words).to_contain_text(f"on all of them {everywhere.mean_iou:.3f}")
    page.locator(f"{VIEW} input.unsure").fill("0")
    expect(words).to_be_hidden()


def fetch(page, expression):
    """A Uint8Array of the page, as HxW at the photo's size."""
    return unpack(
        page.evaluate(f"seg.deflate({expression})"), *page.evaluate("[seg.page.current.height, seg.page.current.width]")
    )


def test_labels_follow_from_the_kept_scores():
    """What the inspector relies on: argmax of the upsampled half-precision scores is the label map, specks apart."""
    prediction = load_predictor("bundled")(load_photo("examples/horses.jpg"))
    scores = torch.from_numpy(prediction.scores.astype(np.float32))[None]
    full = F.interpolate(scores, size=prediction.labels.shape, mode="bilinear", align_corners=True)[0]
    plain = full.argmax(0).numpy()
    assert (plain == prediction.argmax()).mean() > 0.9999
    assert 0 < (plain != prediction.labels).mean() < 0.01
