"""The Segment tab in a real browser, with real pointer events, against the Predictor itself."""

import base64
import re
import zlib

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy import ndimage

from seg.classes import PALETTE, TITLES
from seg.labels.components import describe
from seg.labels.render import boundaries
from seg.page.modules import address
from tests.browser.segment import VIEW, at_rest, check_readout, points, predicted


def mask_pixels(page):
    """The layer over the photo as the browser holds it, HxWx4 uint8."""
    raw, height, width = page.evaluate(
        """async () => {
            const canvas = document.querySelector("#segment-view canvas.mask");
            const { data, height, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return [await seg.deflate(new Uint8Array(data.buffer)), height, width];
        }"""
    )
    return np.frombuffer(zlib.decompress(base64.b64decode(raw)), np.uint8).reshape(height, width, 4)


def choose_view(page, name):
    page.locator(f"{VIEW} .views").get_by_text(name, exact=True).click()


def wait_for_view(page, view, only=""):
    page.wait_for_selector(f"{VIEW} .frame[data-view='{view}'][data-only='{only}']")


def test_the_page_opens_on_a_labelled_example(open_page):
    page = open_page()
    prediction = predicted("examples/hens.jpg")
    assert page.evaluate("[seg.page.current.height, seg.page.current.width]") == list(prediction.labels.shape)
    expect(page.locator(f"{VIEW} .number")).to_have_text(f"{prediction.labels.size:,}")
    expect(page.locator(f"{VIEW} .wrong")).to_contain_text(f"{round(prediction.labels.size / 100):,} pixels")
    expect(page.locator("#header .device")).to_have_text(prediction.device)
    expect(page.locator("#header .time")).to_have_text(re.compile(r"^\d+\.\d\d s$"))
    expect(page.locator("#header .example")).to_have_count(13)
    expect(page.locator("#header [data-example=hens]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"{VIEW} .credit")).to_contain_text("Tranquilles")
    expect(page.get_by_role("button", name="Use via API")).to_be_visible()


def test_photo_legend_and_controls_share_one_screen(open_page):
    page = open_page()
    for part in (".frame", ".legend", ".controls", ".big"):
        box = page.locator(f"{VIEW} {part}").bounding_box()
        assert box["y"] + box["height"] <= 800
    assert page.evaluate("document.documentElement.scrollWidth") == 1280


# What a finger is to hit, and cannot well: less than 40 px high. A choice is its label.
THIN = """() => [...document.querySelectorAll(".seg-piece :is(a, button, summary, select, label, input)")]
    .filter((one) => one.checkVisibility() && !one.closest("[aria-hidden=true]"))
    .filter((one) => one.getBoundingClientRect().width > 2)
    .filter((one) => !one.matches("label") || one.querySelector("input:is([type=checkbox], [type=radio])"))
    .filter((one) => !one.matches("input") || one.type === "range")
    .filter((one) => one.getBoundingClientRect().height < 39.5)
    .map((one) => one.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_one_way_only(open_page, scheme):
    page = open_page(390, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper)[:3])) < 200) == (scheme == "dark")
    page.set_viewport_size({"width": 390, "height": 667})
    photo = page.locator(f"{VIEW} .frame").bounding_box()
    assert photo["y"] + photo["height"] <= 667  # whole, on the first screen of a small phone
    if scheme == "dark":
        return
    page.locator("#header .settings").tap()
    for tab in ("Segment", "Paint and grade", "Region growing", "Learn"):
        page.get_by_role("tab", name=tab).tap()
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        page.evaluate("for (const each of document.querySelectorAll('.folded .fold')) each.click()")
        assert page.evaluate(THIN) == []


def test_the_credits_name_every_example(open_page):
    page = open_page()
    page.get_by_text("Who took the example photos").click()
    expect(page.locator("#foot li")).to_have_count(13)
    expect(page.locator("#foot")).to_contain_text("Seth Zeigler, CC0-1.0")


def test_the_readout_is_the_prediction_at_that_pixel(open_page):
    page = open_page()
    prediction = predicted("examples/hens.jpg")
    for x, y in points(page):
        page.mouse.move(x, y)
        check_readout(page, x, y, prediction)


def test_the_readout_is_right_after_scrolling(open_page):
    page = open_page(1280)
    page.set_viewport_size({"width": 1280, "height": 520})
    page.mouse.wheel(0, 170)
    page.wait_for_function("scrollY > 100 || document.querySelector('gradio-app').scrollTop > 100")
    prediction = predicted("examples/hens.jpg")
    for x, y in points(page):
        page.mouse.move(x, y)
        check_readout(page, x, y, prediction)


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


def test_the_legend_says_what_was_found(open_page):
    page = open_page()
    rows = page.locator(f"{VIEW} .row")
    found = describe(predicted("examples/hens.jpg").labels)
    expect(rows).to_have_count(len(found))
    for entry in found:
        row = page.locator(f"{VIEW} .row[data-class={entry['name']}]")
        share = 100 * entry["share"]
        expect(row).to_contain_text("<0.1 %" if share < 0.05 else f"{share:.1f} %")
        expect(row).to_contain_text(f"{entry['blobs']} blob")


def test_pointing_at_a_class_isolates_it(open_page):
    page = open_page()
    labels = predicted("examples/hens.jpg").labels
    chosen = describe(labels)[0]
    row = page.locator(f"{VIEW} .row[data-class={chosen['name']}]")
    row.hover()
    wait_for_view(page, "overlay", chosen["id"])
    veiled = (mask_pixels(page) == [12, 12, 14, 204]).all(2)
    assert (veiled == (labels != chosen["id"])).mean() > 0.9999
    page.mouse.move(2, 2)
    wait_for_view(page, "overlay")
    row.click()
    page.mouse.move(2, 2)
    wait_for_view(page, "overlay", chosen["id"])
    expect(row).to_have_attribute("aria-pressed", "true")
    row.click()
    page.mouse.move(2, 2)
    wait_for_view(page, "overlay")


def test_the_label_view_is_the_label_map(open_page):
    page = open_page()
    choose_view(page, "Labels")
    wait_for_view(page, "labels")
    shown = mask_pixels(page)
    assert (shown[..., :3] == PALETTE[predicted("examples/hens.jpg").labels]).all(2).mean() > 0.9999
    assert (shown[..., 3] == 255).all()


def test_the_edge_view_is_the_boundaries(open_page):
    page = open_page()
    choose_view(page, "Edges")
    wait_for_view(page, "boundaries")
    white = (mask_pixels(page) == 255).all(2)
    assert (white == boundaries(predicted("examples/hens.jpg").labels)).mean() > 0.9999


def test_the_grid_view_is_the_scores_before_upsampling(open_page):
    page = open_page()
    page.locator(f"{VIEW} input.opacity").fill("100")
    choose_view(page, "Coarse grid")
    wait_for_view(page, "grid")
    prediction = predicted("examples/hens.jpg")
    coarse = prediction.scores.argmax(0)
    height, width = prediction.labels.shape
    shown = mask_pixels(page)
    for i in range(0, coarse.shape[0], 7):
        for j in range(0, coarse.shape[1], 7):  # the middle of each cell: its own place among the photo's pixels
            row = round(i * (height - 1) / (coarse.shape[0] - 1))
            column = round(j * (width - 1) / (coarse.shape[1] - 1))
            inside = min(row + 1, height - 1), min(column + 1, width - 1)
            assert (shown[inside][:3] == PALETTE[coarse[i, j]]).all(), (i, j)
    expect(page.locator(f"{VIEW} .explain")).to_contain_text(f"{coarse.shape[1]} × {coarse.shape[0]} cells")


def test_confidence_is_brighter_where_the_network_is_surer(open_page):
    page = open_page()
    choose_view(page, "Confidence")
    wait_for_view(page, "confidence")
    light = mask_pixels(page)[..., :3].astype(int).sum(2)
    confidence = predicted("examples/hens.jpg").confidence
    steps = [light[confidence == value].mean() for value in range(30, 256, 25) if (confidence == value).any()]
    assert steps == sorted(steps)
    assert steps[-1] > steps[0]


def test_the_unsure_slider_states_what_is_left(open_page):
    page = open_page()
    page.locator(f"{VIEW} input.unsure").fill("70")
    left = (predicted("examples/hens.jpg").confidence >= 0.7 * 255).mean()
    words = page.locator(f"{VIEW} .unsure-value")
    expect(words).to_contain_text(re.compile(r"70 %: [<>]?\d+ % stay"))
    assert float(words.inner_text().split()[2]) == pytest.approx(100 * left, abs=0.55)
    # The legend counts what keeps its label; the rest is a row of its own.
    labels, sure = predicted("examples/hens.jpg").labels, predicted("examples/hens.jpg").confidence >= 0.7 * 255
    shares = {name: 100 * ((labels == i) & sure).mean() for i, name in ((0, "background"), (3, "bird"))}
    for name, share in {**shares, "unsure": 100 * (~sure).mean()}.items():
        shown = page.locator(f"{VIEW} .row[data-class={name}] .share").inner_text()
        assert float(shown.split()[0]) == pytest.approx(share, abs=0.15)
    page.locator(f"{VIEW} .row[data-class=unsure]").hover()
    wait_for_view(page, "overlay", 255)
    veiled = (mask_pixels(page) == [12, 12, 14, 204]).all(2)
    assert (veiled == sure).mean() > 0.999
    page.locator(f"{VIEW} input.unsure").fill("0")
    expect(page.locator(f"{VIEW} .row")).to_have_count(2)
    wait_for_view(page, "overlay")


PATCHES = """async ([module, labels, height, width, id]) => {
    const { patchesOf } = await import("./" + module);
    return patchesOf(Uint8Array.from(labels), height, width, id);
}"""


def test_what_stands_beside_a_photo_follows_it(open_page):
    page = open_page()
    known = page.locator(f"{VIEW} .known")
    expect(known.locator("li")).to_have_text(list(TITLES[1:]))
    expect(known.locator("li.lit")).to_have_text(["bird"])
    # A class of a few pixels: pointing at its row rings its patch.
    page.evaluate("""() => {
        const { current, listeners } = seg.page;
        const { labels, width } = current;
        for (let row = 40; row < 46; row++) labels.fill(20, row * width + 100, row * width + 108);
        current.classes.push({ id: 20, name: "TV", color: "#004080", pixels: 48, share: 48 / labels.length, blobs: 1 });
        for (const each of listeners) each.callback(current);
    }""")
    expect(known.locator("li.lit")).to_have_text(["bird", "TV"])
    rings = page.locator(f"{VIEW} .rings circle.over")
    page.locator(f"{VIEW} .row[data-class=TV]").hover()
    expect(rings).to_have_count(1)
    box, photo = rings.bounding_box(), page.locator(f"{VIEW} canvas.photo").bounding_box()
    scale = photo["width"] / page.evaluate("seg.page.current.width")
    assert box["x"] + box["width"] / 2 - photo["x"] == pytest.approx(104 * scale, abs=1)
    assert box["y"] + box["height"] / 2 - photo["y"] == pytest.approx(43 * scale, abs=1)
    page.locator(f"{VIEW} .row[data-class=bird]").hover()
    expect(rings).to_have_count(0)
    labels = (np.random.default_rng(3).random((30, 40)) < 0.3).astype(np.uint8) * 7
    found = page.evaluate(PATCHES, [address("shared/patches.js"), labels.ravel().tolist(), *labels.shape, 7])
    patches, count = ndimage.label(labels, np.ones((3, 3)))
    boxes = [[side.start for side in sides] + [side.stop for side in sides] for sides in ndimage.find_objects(patches)]
    assert sorted([each[side] for side in ("top", "left", "bottom", "right")] for each in found) == sorted(boxes)
    pixels = sorted(np.bincount(patches.ravel())[1:], reverse=True)
    assert [each["pixels"] for each in found] == pixels
    assert len(found) == count

    about = page.locator("#header .about")
    usual = about.inner_text()
    tell = """note => {
        const { current, listeners } = seg.page;
        current.note = note;
        for (const each of listeners) each.callback(current);
    }"""
    page.evaluate(tell, "The graphics card's memory was full, so the CPU answered.")
    expect(about).to_have_text("The graphics card's memory was full, so the CPU answered.")
    page.evaluate(tell, "")
    expect(about).to_have_text(usual)
    assert "ean IoU" in usual
