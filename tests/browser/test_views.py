"""The views of the Segment tab and the layer they lay over the photo, pixel by pixel, against the Predictor itself."""

import re

import pytest
from playwright.sync_api import expect

from seg.classes import PALETTE
from seg.labels.components import describe
from seg.labels.render import boundaries
from tests.browser.segment import VIEW, pixels, predicted


def mask_pixels(page):
    """The layer over the photo, HxWx4 uint8."""
    return pixels(page, f"{VIEW} canvas.mask")


def choose_view(page, name):
    page.locator(f"{VIEW} .views").get_by_text(name, exact=True).click()


def wait_for_view(page, view, only=""):
    page.wait_for_selector(f"{VIEW} .frame[data-view='{view}'][data-only='{only}']")


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
