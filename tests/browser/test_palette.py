"""The switch of the class colours, by mouse and keyboard: every drawer follows, and so does the address."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from seg.classes import PALETTE, PALETTES, SAFE
from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo
from tests.browser.segment import pixels

SWITCH = "#header [role=switch]"
# Whether a canvas shows a colour in at least so many pixels.
SHOWS = """([selector, [r, g, b], least]) => {
  const canvas = document.querySelector(selector);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    count += data[i + 3] === 255 && data[i] === r && data[i + 1] === g && data[i + 2] === b;
  }
  return count >= least;
}"""


@pytest.fixture(scope="module")
def sheep():
    return load_predictor("bundled")(load_photo("examples/sheep.jpg")).labels


def shows(page, selector, color, least=1):
    page.wait_for_function(SHOWS, arg=[selector, list(map(int, color)), least])


def swatch(page, selector):
    return page.locator(selector).first.evaluate("(place) => getComputedStyle(place).backgroundColor")


def rgb(color):
    return "rgb({}, {}, {})".format(*color)


def test_the_switch_recolours_mask_legend_and_inspector(open_page, sheep):
    page = open_page(query="?photo=sheep&view=labels")
    shows(page, "#segment-view canvas.mask", PALETTE[17], 1000)
    page.locator(SWITCH).click()
    shows(page, "#segment-view canvas.mask", SAFE[17], 1000)
    shown = pixels(page, "#segment-view canvas.mask")
    assert (shown[..., :3] == PALETTES["safe"][sheep]).all(2).mean() > 0.9999
    assert swatch(page, "#segment-view .row[data-class=sheep] .swatch") == rgb(SAFE[17])
    assert swatch(page, "#segment-view .row[data-class=sheep] .track i") == rgb(SAFE[17])
    box = page.locator("#segment-view .frame").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#segment-view .inspector[data-state=shown]")
    assert swatch(page, "#segment-view .tip .swatch") == rgb(SAFE[17])
    assert swatch(page, "#segment-view .shares li[data-label='17'] .swatch") == rgb(SAFE[17])
    page.locator(SWITCH).focus()
    page.keyboard.press("Space")
    shows(page, "#segment-view canvas.mask", PALETTE[17], 1000)
    assert swatch(page, "#segment-view .shares li[data-label='17'] .swatch") == rgb(PALETTE[17])
    assert swatch(page, "#segment-view .row[data-class=sheep] .swatch") == rgb(PALETTE[17])


def test_a_new_photo_comes_in_the_chosen_colours(open_page):
    page = open_page(query="?photo=sheep&palette=safe&view=labels")
    expect(page.locator(SWITCH)).to_be_checked()
    page.click("[data-example=dog]")
    page.wait_for_function("seg.page.current.example === 'dog'")
    shows(page, "#segment-view canvas.mask", SAFE[12], 1000)
    assert swatch(page, "#segment-view .row[data-class=dog] .swatch") == rgb(SAFE[12])
    assert "palette=safe" in page.url


def test_painting_guide_picker_bars_and_error_map_follow(open_page):
    page = open_page(query="?photo=sheep&tab=paint")
    page.wait_for_selector("#paint-view [data-ready='1']")
    shows(page, "#paint-view canvas.guide", PALETTE[17], 1000)
    box = page.locator("#paint-view .on-mask .paper").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    shows(page, "#paint-view .on-mask canvas.layer", PALETTE[17], 100)
    page.wait_for_selector("#paint-view .panel[data-state=scored]")
    page.locator(SWITCH).click()
    for canvas in (".on-mask canvas.layer", ".on-photo canvas.layer", "canvas.guide"):
        shows(page, f"#paint-view {canvas}", SAFE[17], 100)
    for place in (".chips [data-label='17'] .swatch", ".all-classes [data-label='17'] .swatch"):
        assert swatch(page, f"#paint-view {place}") == rgb(SAFE[17])
    assert swatch(page, "#paint-view .bar[data-label='17'] .swatch") == rgb(SAFE[17])
    assert page.locator("#paint-view .bars .bar").count() == 2

    page.locator("#paint-view .check", has_text="Error map").click()
    extra = [213, 94, 0]  # vermilion of Okabe and Ito
    usual = [222, 59, 47]
    count = "({ painting, current }) => painting.bytes.reduce((n, label, i) => n + (label && !current.labels[i]), 0)"
    painted = page.evaluate(f"({count})(seg.page)")
    assert painted  # some of the stroke lies beside the sheep
    shows(page, "#paint-view .on-mask canvas.layer", extra, painted)
    page.locator("#paint-view .check.safe").click()  # the handle beside the map moves the same switch
    shows(page, "#paint-view .on-mask canvas.layer", usual, painted)
    expect(page.locator(SWITCH)).not_to_be_checked()
    assert "palette" not in page.evaluate("seg.address.link()")


def test_the_figures_of_learn_follow_and_keep_their_sliders(open_page, sheep):
    page = open_page(query="?photo=sheep&tab=learn")
    page.wait_for_selector("#learn-view [data-ready='1']")
    labels = "#learn-view [data-figure=pipeline] .picture:last-child canvas"
    shows(page, labels, PALETTE[17], 1000)
    slider = page.locator("#learn-view [data-figure=superset] input[type=range]")
    slider.fill("40")
    page.locator("#learn-view [data-figure=pixel] label").nth(1).click()
    page.locator(SWITCH).click()
    page.wait_for_selector("#learn-view [data-palette=safe]")
    shows(page, labels, SAFE[17], 1000)
    assert (pixels(page, labels)[..., :3] == PALETTES["safe"][sheep]).all(2).mean() > 0.9999
    assert slider.input_value() == "40"
    expect(page.locator("#learn-view [data-figure=superset]")).to_have_attribute("data-n", "40")
    expect(page.locator("#learn-view [data-figure=pixel] table")).to_have_attribute("data-shown", "1")
    expect(page.locator("#learn-view [data-figure=accuracy] .says").first).to_contain_text("Blue: pixels")
    expect(page.locator("#learn-view [data-figure=superset] .says").first).to_contain_text("Red: what the mask covers")


def test_a_reddish_class_is_not_marked_in_red(open_page):
    page = open_page(query="?photo=horses&tab=learn&palette=safe")
    page.wait_for_selector("#learn-view [data-ready]")
    horse = page.evaluate("seg.classes[13].color")
    assert horse == list(SAFE[13])
    expect(page.locator("#learn-view [data-figure=superset] .says").first).to_contain_text("Blue: what the mask covers")
    page.locator(SWITCH).click()
    page.wait_for_selector("#learn-view [data-palette=voc]")
    expect(page.locator("#learn-view [data-figure=accuracy] .says").first).to_contain_text("Green: pixels")


def test_the_address_keeps_the_palette(open_page):
    page = open_page(query="?photo=sheep&view=labels")
    page.locator(SWITCH).click()
    page.wait_for_function("location.search.includes('palette=safe')")
    link = page.evaluate("seg.address.link()")
    page.go_back()
    expect(page.locator(SWITCH)).not_to_be_checked()
    shows(page, "#segment-view canvas.mask", PALETTE[17], 1000)
    page.go_forward()
    expect(page.locator(SWITCH)).to_be_checked()
    shows(page, "#segment-view canvas.mask", SAFE[17], 1000)
    page.reload()
    page.wait_for_function("window.seg && seg.page.current?.example === 'sheep'")
    expect(page.locator(SWITCH)).to_be_checked()
    shows(page, "#segment-view canvas.mask", SAFE[17], 1000)
    other = open_page(query="?" + link.split("?", 1)[1])
    other.wait_for_function("seg.page.current.example === 'sheep'")
    shows(other, "#segment-view canvas.mask", SAFE[17], 1000)


def test_saved_pictures_look_like_the_page_and_the_mask_is_vocs(open_page, sheep):
    page = open_page(query="?photo=sheep&palette=safe&opacity=100")

    def saved(file):
        with page.expect_download() as download:
            page.click(f"[data-file={file}]")
        page.wait_for_selector(f"[data-file={file}]:not([aria-busy])")
        return Image.open(io.BytesIO(download.value.path().read_bytes()))

    overlay = np.asarray(saved("overlay"))
    assert (overlay == PALETTES["safe"][sheep]).all(2).mean() > 0.9999
    expect(page.locator("[data-file=mask]")).to_have_text("MaskVOC’s colours")
    assert np.reshape(saved("mask").getpalette(), (-1, 3))[17].tolist() == PALETTE[17].tolist()
    assert (np.asarray(saved("card")) == SAFE[17]).all(2).any()


@pytest.mark.parametrize("hostile", ["safe%00", "__proto__", "safe,voc"])
def test_hostile_palettes_are_vocs(open_page, hostile):
    page = open_page(query=f"?photo=sheep&palette={hostile}&view=labels")
    page.wait_for_function("seg.page.current.example === 'sheep'")
    shows(page, "#segment-view canvas.mask", PALETTE[17], 1000)
    expect(page.locator(SWITCH)).not_to_be_checked()


def test_the_switch_is_a_thumb_wide_on_a_phone(open_page):
    page = open_page(390)
    page.locator("#header .settings").tap()
    box = page.locator("#header .colours").bounding_box()
    assert box["height"] >= 44
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(SWITCH)).to_be_checked()
