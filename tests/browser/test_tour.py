"""The guided tour, walked with real pointers, fingers and keys. What it says of the photo is worked out again here,
from the label map, the scores and the painting themselves."""

import base64
import io
import math
import zlib

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from playwright.sync_api import expect
from scipy.ndimage import distance_transform_edt, label

from seg.classes import NAMES
from seg.growing.regions import grow
from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo
from seg.scoring.metrics import grade
from tests.oracles.growing import curve, leak

TOUR = "#tour"
CARD = f"{TOUR} .card"
TAUS = [*range(65), *range(66, 443, 2)]  # ticks of the tau slider


def blank() -> bytes:
    """A white sheet: the model finds nothing on it but background."""
    file = io.BytesIO()
    Image.new("RGB", (320, 240), "white").save(file, "PNG")
    return file.getvalue()


# What is done to the page


def box(page, selector):
    return page.locator(selector).first.bounding_box()


def within(page, selector, across, down):
    """A place in an element, in the window's coordinates."""
    found = box(page, selector)
    return found["x"] + across * found["width"], found["y"] + down * found["height"]


def drag(page, points):
    """With the mouse, or with a finger where the page has no mouse."""
    if page.viewport_size["width"] > 600:
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=4)
        page.mouse.up()
        return
    finger = page.context.new_cdp_session(page)
    for i, (x, y) in enumerate(points):
        kind = "touchMove" if i else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def tap(page, x, y):
    (page.mouse.click if page.viewport_size["width"] > 600 else page.touchscreen.tap)(x, y)


def slide(page, selector, share):
    """Drags the thumb of a slider to a share of its way."""
    found, at = box(page, selector), page.locator(selector).evaluate("i => (i.value - i.min) / (i.max - i.min)")
    thumb = 26 if page.viewport_size["width"] < 641 else 18

    def x(part):
        return found["x"] + thumb / 2 + part * (found["width"] - thumb)

    y = found["y"] + found["height"] / 2
    drag(page, [(x(at), y), (x((at + share) / 2), y), (x(share), y)])


def press(page, name):
    page.locator(f"{TOUR} .{name}").click()


def start(page):
    page.locator("#header .tour").click()
    at_stop(page, 1)


def at_stop(page, number):
    """Wait until the stop is ready: what it asks for is on the screen and nothing scrolls any more."""
    page.wait_for_selector(f"{TOUR} [data-stop='{number}'][data-brought='ready']", state="attached")
    page.evaluate(
        """() => new Promise((done) => {
            let [last, still] = [scrollY, 0];
            const look = () => {
                still = scrollY === last ? still + 1 : 0;
                last = scrollY;
                if (still > 8) done(); else requestAnimationFrame(look);
            };
            look();
        })"""
    )


def reaction(page):
    """What the card says once the visitor did what it asked for."""
    page.wait_for_selector(f"{TOUR} [data-done='yes']", state="attached")
    return page.locator(f"{TOUR} .reaction")


def says(page, *parts):
    place = reaction(page)
    for part in parts:
        expect(place).to_contain_text(part)


def check_free(page):
    """The card covers nothing of what it asks to be touched."""
    target = box(page, "[data-tour-target]")
    assert target["y"] >= 0
    assert target["y"] + target["height"] <= box(page, CARD)["y"]


def fetch(page, expression):
    raw = zlib.decompress(base64.b64decode(page.evaluate(f"seg.deflate({expression})")))
    return np.frombuffer(raw, np.uint8).reshape(page.evaluate("[seg.page.current.height, seg.page.current.width]"))


def percent(share, digits=1):
    step = 10**-digits
    if 0 < share < step / 200:
        return f"<{step:.{digits}f} %"
    if 1 - step / 200 <= share < 1:
        return f">{100 - step:.{digits}f} %"
    return f"{100 * share:.{digits}f} %"


# What each stop must say


def probe(page, labels, confidence, photo):
    points = [within(page, "#segment-view .frame", across, down) for across, down in ((0.4, 0.45), (0.44, 0.5))]
    if page.viewport_size["width"] > 600:
        page.mouse.move(*points[1])
    else:
        drag(page, points)
    readout = page.locator("#segment-view .readout")
    reaction(page)
    row, column = (int(readout.get_attribute(f"data-{name}")) for name in ("row", "column"))
    percentage = round(100 * int(confidence[row, column]) / 255)
    says(
        page,
        f"Row {row:,}, column {column:,}: {NAMES[labels[row, column]]}, {percentage} % sure.",
        f"one of {labels.size:,} decisions",
    )


def pin(page, labels, confidence, photo):
    tap(page, *within(page, "#segment-view .frame", 0.6, 0.55))
    reaction(page)
    where = page.evaluate("[seg.page.pin.row, seg.page.pin.column]")
    scores = torch.from_numpy(load_predictor("bundled")(photo).scores.astype(np.float32))[None]
    logits = F.interpolate(scores, size=labels.shape, mode="bilinear", align_corners=True)[0][:, *where]
    first, second = logits.argsort(descending=True)[:2].tolist()
    assert first == labels[*where]
    percentage = round(100 * int(confidence[*where]) / 255)
    says(page, f"Here {NAMES[first]} wins with {percentage} %. Runner-up: {NAMES[second]}, ")


def doubt(page, labels, confidence, photo):
    if confidence.min() > 0.6 * 255:  # nothing is that doubtful: the card asks for more
        slide(page, "#segment-view input.unsure", 0.5)
        expect(page.locator(f"{TOUR} .reaction")).to_contain_text(f"Not one of the {labels.size:,} pixels is below ")
        expect(page.locator(f"{TOUR} .reaction")).to_contain_text("Slide further.")
        expect(page.locator(f"{TOUR} .next")).to_have_text("Skip this")
    slide(page, "#segment-view input.unsure", 0.95)
    reaction(page)
    value = int(page.locator("#segment-view input.unsure").input_value())
    assert 92 <= value <= 98
    unsure = int((confidence < math.ceil(value * 255 / 100)).sum())
    if unsure == 0:
        says(page, f"Not one of the {labels.size:,} pixels is below {value} %.")
        return
    kept = f"{percent(1 - unsure / labels.size)} of the photo keeps" if unsure < labels.size else "None keeps"
    says(page, f"{unsure:,} pixel", f"below {value} %", kept)


def paint(page, labels, confidence, photo):
    pad = "#paint-view .on-photo .paper"
    drag(page, [within(page, pad, 0.3, 0.5), within(page, pad, 0.6, 0.45), within(page, pad, 0.7, 0.6)])
    reaction(page)
    painted = fetch(page, "seg.page.painting.bytes")
    assert painted.any()
    expected = grade(labels, painted)
    says(page, f"Mean IoU {expected.mean_iou:.3f}, pixel accuracy {percent(expected.pixel_accuracy)}.")


def flood(page, labels, confidence, photo):
    flooded = TAUS.index(int(page.locator("#grow-view .frame").get_attribute("data-tau"))) > 0.6 * len(TAUS)
    slide(page, "#grow-view input.tau", 0.2 if flooded else 0.97)
    reaction(page)
    data = page.locator("#grow-view .frame").evaluate("(frame) => ({...frame.dataset})")
    seed, tau = (int(data["row"]), int(data["column"])), float(data["tau"])
    region = grow(photo, seed, tau, "seed").mask
    truth = labels == labels[seed]
    iou = (region & truth).sum() / (region | truth).sum()
    share = region.mean()
    jump = leak(curve(photo, seed, truth, TAUS))
    says(
        page, f"Tau {tau:.0f}: the region is {percent(share, 0 if share >= 0.0995 else 1)} of the photo, IoU {iou:.2f}"
    )
    if jump and (jump.after - jump.before) / labels.size >= 0.05:
        says(page, f"t tau {jump.tau:.0f}", ": it knows colours, not things.")


def claim(page, labels, confidence, photo):
    things = [(np.sum(labels == i), i) for i in np.unique(labels) if i]
    slide(page, "#learn-view [data-tour-target] input", 0.6 if things else 1)
    if things and len(np.unique(labels)) > 1:
        reaction(page)
        n = int(page.locator("#learn-view [data-figure=superset]").get_attribute("data-n"))
        area, biggest = max(things)
        grown = (distance_transform_edt(labels != biggest) <= n).sum()
        return says(
            page, f"Grown by {n} px it still covers every {NAMES[biggest]} pixel", f"IoU is {area / grown:.3f}:"
        )
    reaction(page)
    blobs = sum(label(labels == i)[1] for i in np.unique(labels))
    shown = page.locator("#learn-view [data-figure=speckles]")
    expect(shown).to_contain_text(f"{blobs} blob")
    levels, own = shown.get_attribute("data-levels"), int(shown.get_attribute("data-blobs"))
    says(page, f"{own:,} separate blob", f"with {levels} shades", f"The network: {blobs:,}.")


STOPS = [probe, pin, doubt, paint, flood, claim]


def choose(page, photo):
    """The photo as the page and as `load_photo` have it."""
    if photo != "blank":
        return load_photo(f"examples/{photo}.jpg")
    sheet = {"name": "blank.png", "mimeType": "image/png", "buffer": blank()}
    page.set_input_files("#header input[type=file]", [sheet])
    page.wait_for_function("seg.page.revision === 2")
    return load_photo(blank())


@pytest.mark.parametrize(("photo", "width"), [("horses", 1280), ("coffee", 390), ("blank", 1280), ("dog", 390)])
def test_six_stops_react_to_what_was_done(open_page, photo, width):
    page = open_page(width, query="" if photo == "blank" else f"?photo={photo}")
    decoded = choose(page, photo)
    labels, confidence = fetch(page, "seg.page.current.labels"), fetch(page, "seg.page.current.confidence")
    assert labels.any() == (photo != "blank")
    expect(page.locator(CARD)).to_be_hidden()  # nothing starts by itself
    start(page)
    for number, stop in enumerate(STOPS, 1):
        at_stop(page, number)
        expect(page.locator(f"{TOUR} .count")).to_have_text(f"Stop {number} of 6")
        expect(page.locator(f"{TOUR} .next")).to_have_text("Skip this")
        check_free(page)
        stop(page, labels, confidence, decoded)
        check_free(page)
        expect(page.locator(f"{TOUR} .next")).to_have_text("Finish" if number == 6 else "Next")
        press(page, "next")
    expect(page.locator(CARD)).to_contain_text("You did all six")
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
    probe(page, fetch(page, "seg.page.current.labels"), fetch(page, "seg.page.current.confidence"), None)


def test_a_pixel_pinned_before_does_not_count(open_page):
    page = open_page()
    tap(page, *within(page, "#segment-view .frame", 0.3, 0.3))
    page.wait_for_selector("#segment-view .inspector[data-state=shown]")
    start(page)
    press(page, "next")
    at_stop(page, 2)
    expect(page.locator(f"{TOUR} .ask")).to_have_text("You have a pixel pinned already: click or tap another one.")
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
