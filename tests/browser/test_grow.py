"""The Region growing tab in a real browser, with real pointer events, against seg.growing.regions at every tau."""

from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from seg.growing.regions import grow
from seg.photo.decode import load_photo
from seg.scoring.metrics import grade
from tests.oracles.growing import best, curve, leak

VIEW = "#grow-view"
FRAME = f"{VIEW} .frame"
TAUS = [*range(65), *range(66, 443, 2)]  # the slider's ticks
PHOTOS = {"hens": "examples/hens.jpg", "cat": "examples/cat.jpg"}

# The map on screen as text: one digit a pixel, 1 where the canvas holds another paint than the veil over the outside.
ON_SCREEN = """() => {
  const canvas = document.querySelector("#grow-view canvas.region");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  const paper = getComputedStyle(document.querySelector("#grow-view .sheet")).getPropertyValue("--seg-paper");
  context.fillStyle = paper.trim();
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  const near = (a, b) => Math.abs(a - b) < 3; // a canvas keeps half-transparent colours to a step or two
  let text = "";
  for (let i = 0; i < data.length; i += 4) {
    const veil = data[i + 3] < 160 && near(data[i], red) && near(data[i + 1], green) && near(data[i + 2], blue);
    text += veil ? "0" : "1";
  }
  return text;
}"""
SETTLED = (
    "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"
)


def open_tab(page, revision=1):
    page.get_by_role("tab", name="Region growing").click()
    page.wait_for_selector(f"{VIEW} [data-ready='{revision}']")
    page.wait_for_selector(f"{FRAME}[data-story='whole']")


def choose(page, example):
    """Another example, and its first region."""
    before = page.evaluate("seg.page.revision")
    page.locator(f"[data-example={example}]").click()
    page.wait_for_selector(f"{VIEW} [data-ready='{before + 1}']")


def settled(page):
    """Wait until what was asked for is on the screen."""
    page.evaluate(SETTLED)


def state(page):
    frame = page.locator(FRAME)
    data = frame.evaluate("(frame) => ({...frame.dataset})")
    return {**data, "seed": (int(data["row"]), int(data["column"])), "tau": float(data["tau"])}


def on_screen(page, photo):
    text = page.evaluate(ON_SCREEN)
    return np.frombuffer(text.encode(), np.uint8).reshape(photo.shape[:2]) == ord("1")


def labels(page):
    """The network's labels, as the browser has them."""
    height, width = page.evaluate("[seg.page.current.height, seg.page.current.width]")
    text = page.evaluate("Array.from(seg.page.current.labels, (id) => String.fromCharCode(id)).join('')")
    return np.frombuffer(text.encode("latin-1"), np.uint8).reshape(height, width)


def set_slider(page, tau):
    slider = page.locator(f"{VIEW} input.tau")
    slider.evaluate(
        "(slider, tick) => { slider.value = tick; slider.dispatchEvent(new Event('input', {bubbles: true})); }",
        TAUS.index(tau),
    )
    settled(page)


def at(page, share_down, share_across):
    """A place on the photo, in the window's coordinates."""
    box = page.locator(FRAME).bounding_box()
    return box["x"] + share_across * box["width"], box["y"] + share_down * box["height"]


def check_region(page, photo, rule):
    now = state(page)
    region = grow(photo, now["seed"], now["tau"], rule)
    assert now["rule"] == rule
    assert int(now["area"]) == region.area
    np.testing.assert_array_equal(on_screen(page, photo), region.mask)
    truth = labels(page) == int(now["label"])
    overlap = grade(truth.astype(np.uint8), region.mask.astype(np.uint8)).iou[1]
    assert float(now["iou"]) == pytest.approx(overlap, abs=1e-12)
    expect(page.locator(f"{VIEW} .iou-value")).to_have_text(f"{overlap:.2f}")
    return now


def rule_button(page, name):
    return page.locator(f"{VIEW} .rules label", has_text=name)


def test_the_tab_opens_on_a_region_that_has_grown(open_page):
    page = open_page()
    open_tab(page)
    photo = load_photo(PHOTOS["hens"])
    now = check_region(page, photo, "seed")
    assert labels(page)[now["seed"]] == int(now["label"])
    best_tau, _ = best(curve(photo, now["seed"], labels(page) == int(now["label"]), TAUS))
    assert now["tau"] == best_tau
    bottom = page.locator(VIEW).bounding_box()
    assert bottom["y"] + bottom["height"] <= 800  # fits without scrolling


def test_both_rules_equal_the_function_for_clicked_seeds_and_any_tau(open_page):
    page = open_page()
    photo = load_photo(PHOTOS["hens"])
    open_tab(page)
    for rule, name in (("seed", "the seed's colour"), ("mean", "the region's mean")):
        rule_button(page, name).click()
        for (down, across), tau in zip([(0.12, 0.3), (0.9, 0.5), (0.55, 0.86)], [45, 12, 144], strict=True):
            page.mouse.click(*at(page, down, across))
            set_slider(page, tau)
            now = check_region(page, photo, rule)
            assert now["tau"] == tau
            expect(page.locator(f"{VIEW} .tau-value")).to_have_text(str(tau))
            height, width = photo.shape[:2]
            assert abs(now["seed"][0] - down * height) <= 2
            assert abs(now["seed"][1] - across * width) <= 2


def test_the_curve_is_that_of_python_and_says_so(open_page):
    page = open_page()
    open_tab(page)
    choose(page, "cat")
    photo = load_photo(PHOTOS["cat"])
    page.mouse.click(*at(page, 0.5, 0.5))
    for rule, name in (("seed", "the seed's colour"), ("mean", "the region's mean")):
        rule_button(page, name).click()
        page.wait_for_selector(f"{FRAME}[data-rule='{rule}'][data-story='whole']")
        now = state(page)
        truth = labels(page) == int(now["label"])
        points = curve(photo, now["seed"], truth, TAUS, rule)
        (best_tau, best_iou), jump = best(points), leak(points)
        story = page.locator(f"{VIEW} .sentence").inner_text()
        assert f"No tau does better than IoU {best_iou:.2f}, at tau {best_tau:.0f}" in story
        assert f"at tau {jump.tau:.0f} " in story.lower()
        if (jump.after - jump.before) / photo[..., 0].size >= 0.05:
            assert f"to {100 * jump.after / photo[..., 0].size:.0f} %" in story
        page.get_by_role("button", name="Jump to the best tau").click()
        settled(page)
        now = check_region(page, photo, rule)
        assert now["tau"] == best_tau


def test_dragging_the_slider_redraws_and_asks_the_server_nothing(open_page):
    page = open_page()
    open_tab(page)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    box = page.locator(f"{VIEW} input.tau").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 20, middle)
    page.mouse.down()
    before = int(state(page)["drawn"])
    taus = set()
    for step in range(1, 16):
        page.mouse.move(box["x"] + 20 + step * (box["width"] - 40) / 16, middle)
        settled(page)
        taus.add(state(page)["tau"])
    page.mouse.up()
    settled(page)
    assert len(taus) >= 14
    assert int(state(page)["drawn"]) - before >= 14
    check_region(page, load_photo(PHOTOS["hens"]), "seed")
    assert requests == []


def test_the_curve_sets_tau(open_page):
    page = open_page()
    open_tab(page)
    box = page.locator(f"{VIEW} svg").bounding_box()
    plot = (box["x"] + 30, box["width"] - 74)  # beside its labels
    for tick in (20, 64, 150):
        x = plot[0] + plot[1] * tick / (len(TAUS) - 1)
        page.mouse.move(x - 30, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(x, box["y"] + 60, steps=3)
        page.mouse.up()
        settled(page)
        assert abs(TAUS.index(int(state(page)["tau"])) - tick) <= 1
    check_region(page, load_photo(PHOTOS["hens"]), "seed")


def test_the_seed_is_dragged_and_the_region_follows(open_page):
    page = open_page()
    open_tab(page)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    photo = load_photo(PHOTOS["hens"])
    set_slider(page, 30)
    page.mouse.move(*at(page, 0.2, 0.2))
    page.mouse.down()
    for step in range(1, 5):
        page.mouse.move(*at(page, 0.2 + 0.15 * step, 0.2 + 0.1 * step))
        settled(page)
        check_region(page, photo, "seed")
    page.mouse.up()
    assert requests == []


@pytest.mark.parametrize("rule", ["seed", "mean"])
def test_the_growth_plays_and_ends_at_the_region(open_page, rule):
    page = open_page()
    open_tab(page)
    choose(page, "cat")
    photo = load_photo(PHOTOS["cat"])
    rule_button(page, {"seed": "the seed's colour", "mean": "the region's mean"}[rule]).click()
    page.mouse.click(*at(page, 0.2, 0.7))
    set_slider(page, 40)
    now = state(page)
    region = grow(photo, now["seed"], now["tau"], rule)
    page.get_by_role("button", name="Play the growth").click()
    page.wait_for_function("document.querySelector('#grow-view .frame').dataset.playing > 50")
    page.get_by_role("button", name="Pause").click()
    settled(page)
    # A moment of the queue: exactly those on screen that joined first.
    joined = int(state(page)["playing"])
    assert 50 < joined < region.area
    order = np.where(region.mask, region.arrival, region.area)
    np.testing.assert_array_equal(on_screen(page, photo), order < joined)
    assert page.locator(f"{VIEW} .code li.running").count() == 1
    page.get_by_role("button", name="Go on").click()
    page.wait_for_selector(f"{FRAME}[data-ended]")
    settled(page)
    check_region(page, photo, rule)
    assert page.locator(f"{VIEW} .code li.running").count() == 0


def test_line_by_line_runs_the_rule_in_order(open_page):
    page = open_page()
    open_tab(page)
    set_slider(page, 60)
    page.locator(f"{VIEW} .speeds label", has_text="Line by line").click()
    page.evaluate("""() => {
      window.seen = [];
      const list = document.querySelector("#grow-view .code");
      new MutationObserver(() => seen.push(list.dataset.line)).observe(list, { attributeFilter: ["data-line"] });
    }""")
    page.get_by_role("button", name="Play the growth").click()
    page.wait_for_function("seen.length >= 6")
    lines = page.evaluate("seen")
    assert lines[:3] == ["0", "1", "2"]  # start, take the seed, look at the pixel above
    for line, following in pairwise(lines):
        assert following in {"0": "1", "1": "12", "2": "123", "3": "12"}[line]
    page.get_by_role("button", name="Pause").click()


def test_the_keyboard_moves_seed_and_tau(open_page):
    page = open_page()
    open_tab(page)
    photo = load_photo(PHOTOS["hens"])
    row, column = state(page)["seed"]
    page.locator(FRAME).focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    settled(page)
    now = check_region(page, photo, "seed")
    assert now["seed"] == (row - 2 + 10, column - 1 + 10)
    page.locator(f"{VIEW} input.tau").focus()
    page.keyboard.press("Home")
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    settled(page)
    assert check_region(page, photo, "seed")["tau"] == 7


def test_a_finger_taps_and_drags_the_seed_on_a_phone(open_page):
    page = open_page(width=390)
    open_tab(page)
    photo = load_photo(PHOTOS["hens"])
    page.locator(FRAME).scroll_into_view_if_needed()
    page.touchscreen.tap(*at(page, 0.15, 0.4))
    settled(page)
    row, column = check_region(page, photo, "seed")["seed"]
    assert abs(row - 0.15 * photo.shape[0]) <= 4
    assert abs(column - 0.4 * photo.shape[1]) <= 4
    # The marker is dragged by a finger, and the page does not scroll away under it.
    finger = page.context.new_cdp_session(page)
    place = page.locator(f"{VIEW} .seed").bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    scrolled = page.evaluate("scrollY")
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 6):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y + 20 * step}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settled(page)
    dragged = check_region(page, photo, "seed")["seed"]
    assert abs(dragged[0] - row - 100 * photo.shape[1] / 390) <= 6
    assert abs(dragged[1] - column) <= 3
    assert page.evaluate("scrollY") == scrolled
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    order = [
        FRAME,
        f"{VIEW} input.tau",
        f"{VIEW} .play",
        f"{VIEW} .network",
        f"{VIEW} svg",
        f"{VIEW} .sentence",
        f"{VIEW} .code",
    ]
    tops = [page.locator(part).first.bounding_box()["y"] for part in order]
    assert tops == sorted(tops)
    for control in page.locator(f"{VIEW} button, {VIEW} .seg-choice label, {VIEW} input[type=range]").all():
        assert control.bounding_box()["height"] >= 40


def test_less_motion_shows_the_end_at_once(open_page):
    page = open_page()
    page.emulate_media(reduced_motion="reduce")
    open_tab(page)
    page.get_by_role("button", name="Play the growth").click()
    page.wait_for_selector(f"{FRAME}[data-ended='1']")
    assert "playing" not in state(page)
    check_region(page, load_photo(PHOTOS["hens"]), "seed")
