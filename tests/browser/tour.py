"""What a visitor does at each stop of the tour, and the sentence it must say: worked out here from the label map, the
scores and the painting themselves."""

import base64
import math
import zlib

import numpy as np
import torch
import torch.nn.functional as F
from playwright.sync_api import expect
from scipy.ndimage import distance_transform_edt, label

from seg.classes import TITLES
from seg.growing.regions import grow
from seg.models.predictor import load_predictor
from seg.scoring.metrics import grade
from tests.browser.region import target_at
from tests.browser.segment import at_rest
from tests.oracles.growing import curve, leak

TOUR = "#tour"
CARD = f"{TOUR} .card"
TAUS = [*range(65), *range(66, 443, 2)]  # ticks of the tau slider


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


def at_stop(page, number):
    """Wait until the stop is ready: what it asks for is on the screen and nothing scrolls any more."""
    page.wait_for_selector(f"{TOUR} [data-stop='{number}'][data-brought='ready']", state="attached")
    at_rest(page)


def reaction(page):
    """What the card says once the visitor did what it asked for."""
    page.wait_for_selector(f"{TOUR} [data-done='yes']", state="attached")
    return page.locator(f"{TOUR} .reaction")


def says(page, *parts):
    place = reaction(page)
    for part in parts:
        expect(place).to_contain_text(part)


def check_free(page, answered=False):
    """The card covers nothing of what it asks to be touched. answered: it may have made room for the read-out."""
    target = box(page, "[data-tour-target]")
    assert answered or target["y"] >= 0
    assert target["y"] + target["height"] <= box(page, CARD)["y"]


# What the reaction of a stop is about: one of these is on the page.
READ = {1: [".readout"], 2: [".inspector"], 4: [".live", ".panel .iou"], 5: [".live", ".answers"]}
VIEWS = {1: "#segment-view", 2: "#segment-view", 4: "#paint-view", 5: "#grow-view"}


def check_read(page, number):
    """Nor does it cover what its reaction talks about."""
    parts = [page.locator(f"{VIEWS[number]} {part}").first for part in READ.get(number, [])]
    for place in [part for part in parts if part.is_visible()][:1]:
        page.wait_for_function(
            """([read, card]) => {
                const { top, bottom, height } = read.getBoundingClientRect();
                const free = card.getBoundingClientRect().top;
                return height > free ? top >= 0 && top < free / 2 : top >= 0 && bottom <= free + 1;
            }""",
            arg=[place.element_handle(), page.locator(CARD).element_handle()],
        )


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


def probe(page, labels, confidence, photo):
    # A finger slides sideways: up and down it scrolls the page.
    points = [within(page, "#segment-view .frame", across, 0.5) for across in (0.4, 0.5)]
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
        f"Row {row:,}, column {column:,}: {TITLES[labels[row, column]]}, {percentage} % sure.",
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
    says(page, f"Here {TITLES[first]} wins with {percentage} %. Runner-up: {TITLES[second]}, ")


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
    truth = target_at(photo, labels, seed)
    iou = (region & truth).sum() / (region | truth).sum()
    share = region.mean()
    spill = leak(curve(photo, seed, truth, TAUS), labels.size)
    says(
        page, f"Tau {tau:.0f}: the region is {percent(share, 0 if share >= 0.0995 else 1)} of the photo, IoU {iou:.2f}"
    )
    if spill:
        says(page, f"t tau {spill.tau:.0f}", ": it knows colours, not things.")


def claim(page, labels, confidence, photo):
    things = [(np.sum(labels == i), i) for i in np.unique(labels) if i]
    slide(page, "#learn-view [data-tour-target] input", 0.6 if things else 1)
    if things and len(np.unique(labels)) > 1:
        reaction(page)
        n = int(page.locator("#learn-view [data-figure=superset]").get_attribute("data-n"))
        area, biggest = max(things)
        grown = (distance_transform_edt(labels != biggest) <= n).sum()
        return says(
            page, f"Grown by {n} px it still covers every {TITLES[biggest]} pixel", f"IoU is {area / grown:.3f}:"
        )
    reaction(page)
    blobs = sum(label(labels == i)[1] for i in np.unique(labels))
    shown = page.locator("#learn-view [data-figure=speckles]")
    expect(shown).to_contain_text(f"{blobs} blob")
    levels, own = shown.get_attribute("data-levels"), int(shown.get_attribute("data-blobs"))
    says(page, f"{own:,} separate blob", f"with {levels} shades", f"The network: {blobs:,}.")


STOPS = [probe, pin, doubt, paint, flood, claim]
