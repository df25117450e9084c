"""The tab "Region growing" in a browser: what several test files do there, and what it must show."""

import numpy as np
import pytest
from playwright.sync_api import expect

from seg.growing.regions import grow
from seg.labels.codec import unpack
from seg.models.predictor import load_predictor
from seg.scoring.metrics import grade
from tests.browser.painting import truth

VIEW = "#grow-view"
FRAME = f"{VIEW} .frame"
CLICK = f"{VIEW} .answers .click"
TAUS = [*range(65), *range(66, 443, 2)]  # the slider's ticks for colours
RULES = {"seed": "the seed's colour", "mean": "the region's mean", "network": "what the network sees"}
PHOTOS = {"hens": "examples/hens.jpg", "cat": "examples/cat.jpg", "cow": "examples/cow.jpg"}

# The map on screen, deflated: a byte a pixel, 0 where the veil over the outside is, 2 where it is red, else 1.
ON_SCREEN = """() => {
  const canvas = document.querySelector("#grow-view canvas.region");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  const token = (name) => getComputedStyle(document.querySelector("#grow-view .sheet")).getPropertyValue(name).trim();
  const colour = (name) => {
    context.fillStyle = token(name);
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const [paper, bad] = [colour("--seg-paper"), colour("--seg-bad")];
  const near = (i, paint) =>  // a canvas keeps half-transparent colours to a step or two
    Math.abs(data[i] - paint[0]) < 3 && Math.abs(data[i + 1] - paint[1]) < 3 && Math.abs(data[i + 2] - paint[2]) < 3;
  const map = new Uint8Array(data.length / 4);
  for (let i = 0; i < data.length; i += 4) map[i / 4] = data[i + 3] < 160 && near(i, paper) ? 0 : near(i, bad) ? 2 : 1;
  return seg.deflate(map);
}"""
SETTLED = (
    "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"
)


def open_tab(page, revision=1):
    page.get_by_role("tab", name="Region growing").click()
    page.wait_for_selector(f"{VIEW} [data-ready='{revision}']")
    page.wait_for_selector(f"{FRAME}[data-story='whole']")
    page.wait_for_selector(f"{CLICK}[data-state='shown']")


def choose(page, example):
    """Another example, and its first region."""
    before = page.evaluate("seg.page.revision")
    page.locator(f"[data-example={example}]").click()
    page.wait_for_selector(f"{VIEW} [data-ready='{before + 1}']")
    page.wait_for_selector(f"{CLICK}[data-state='shown']")


def choose_rule(page, rule):
    page.locator(f"{VIEW} .rules label", has_text=RULES[rule]).click()
    page.wait_for_selector(f"{FRAME}[data-rule='{rule}'][data-story='whole']")


def settled(page):
    """Wait until what was asked for is on the screen."""
    page.evaluate(SETTLED)


def state(page):
    data = page.locator(FRAME).evaluate("(frame) => ({...frame.dataset})")
    return {**data, "seed": (int(data["row"]), int(data["column"])), "tau": float(data["tau"])}


def on_screen(page, photo):
    """(the region, what of it is red), HxW bool each."""
    shown = unpack(page.evaluate(ON_SCREEN), *photo.shape[:2])
    return shown > 0, shown == 2


def labels(page):
    """The network's labels, as the browser has them."""
    return truth(page)


def target_at(photo, labels, seed):
    """HxW bool: the individual there, where it is of the class there; else all of that class."""
    found = load_predictor("bundled").individuals(photo)
    number = found.map()[seed]
    if number and found[number - 1].class_id == labels[seed]:
        return found[number - 1].mask
    return labels == labels[seed]


def overlap(mask, target):
    return grade(target.astype(np.uint8), mask.astype(np.uint8)).iou[1]


def set_slider(page, tick):
    page.locator(f"{VIEW} input.tau").evaluate(
        "(slider, tick) => { slider.value = tick; slider.dispatchEvent(new Event('input', {bubbles: true})); }", tick
    )
    settled(page)


def at(page, share_down, share_across):
    """A place on the photo, in the window's coordinates."""
    box = page.locator(FRAME).bounding_box()
    return box["x"] + share_across * box["width"], box["y"] + share_down * box["height"]


def check_region(page, photo, rule):
    """What is on the screen is what `grow` makes of seed, tau and rule, red where it is not of the target."""
    now = state(page)
    region = grow(photo, now["seed"], now["tau"], rule)
    assert now["rule"] == rule
    assert int(now["area"]) == region.area
    target = target_at(photo, labels(page), now["seed"])
    inside, red = on_screen(page, photo)
    np.testing.assert_array_equal(inside, region.mask)
    np.testing.assert_array_equal(red, region.mask & ~target)
    iou = overlap(region.mask, target)
    assert float(now["iou"]) == pytest.approx(iou, abs=1e-12)
    expect(page.locator(f"{VIEW} .answers .region .iou-value")).to_have_text(f"{iou:.2f}")
    return now
