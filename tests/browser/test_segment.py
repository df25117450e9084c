"""The Segment tab in a real browser: the photo and what stands beside it, against the Predictor itself."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy import ndimage

from seg.classes import TITLES
from seg.labels.components import describe
from seg.page.examples import examples
from seg.page.modules import address
from tests.browser.segment import VIEW, predicted


def test_the_page_opens_on_a_labelled_example(open_page):
    page = open_page()
    prediction = predicted("examples/hens.jpg")
    assert page.evaluate("[seg.page.current.height, seg.page.current.width]") == list(prediction.labels.shape)
    expect(page.locator(f"{VIEW} .number")).to_have_text(f"{prediction.labels.size:,}")
    expect(page.locator(f"{VIEW} .wrong")).to_contain_text(f"{round(prediction.labels.size / 100):,} pixels")
    expect(page.locator("#header .device")).to_have_text(prediction.device)
    expect(page.locator("#header .time")).to_have_text(re.compile(r"^\d+\.\d\d s$"))
    expect(page.locator("#header .example")).to_have_count(len(examples()))
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
    expect(page.locator("#foot li")).to_have_count(len(examples()))
    expect(page.locator("#foot")).to_contain_text("Seth Zeigler, CC0-1.0")


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
