"""The tab "Paint and grade" in a real browser: what pointers paint, what the server is sent, what the panel shows.

The expected masks are rasterised here, in numpy, by the definition: a pixel belongs to a stroke when its centre is at
most half the brush's diameter from the line through the pixels under the pointer.
"""

import base64
import zlib

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy.ndimage import label
from skimage.draw import polygon as draw_polygon

from seg.scoring.metrics import grade
from tests.browser.painting import (
    PAD,
    across,
    brushed,
    drag,
    painted,
    paper,
    pick_brush,
    pick_class,
    spots,
    truth,
    wait_scored,
)


def test_a_stroke_is_exactly_the_brush_along_its_path(open_pad):
    page = open_pad()
    expected = np.zeros_like(truth(page))
    for side, class_id, step, y in ((".on-photo", 13, 8, 0.4), (".on-mask", 15, 0, 0.6), (".on-mask", 3, 13, 0.95)):
        diameter = pick_brush(page, "brush", step)
        pick_class(page, class_id)
        points = across(page, side, y)
        drag(page, points)
        expected[brushed(expected.shape, spots(page, points, side), diameter)] = class_id
        assert np.array_equal(painted(page), expected)
    wait_scored(page)


def test_the_server_grades_the_buffer_bit_for_bit(open_pad):
    page = open_pad()
    division = page.locator(f"{PAD} .division")
    expect(division).to_contain_text("600 / 1,000 = 0.600, or 60.0 %")  # an example, before anything is painted
    nothing = grade(truth(page), np.zeros_like(truth(page)))
    page.get_by_text("How it is scored").click()
    expect(page.locator(f"{PAD} .rules")).to_be_in_viewport(ratio=1)
    assert (
        f"{100 * nothing.pixel_accuracy:.1f} % here, and a mean IoU of {nothing.mean_iou:.3f}"
        in page.locator(f"{PAD} .trivial").inner_text()
    )
    page.get_by_text("How it is scored").click()
    page.evaluate("scrollTo(0, 0)")
    bodies = []
    page.on("request", lambda r: bodies.append(r.post_data_json) if "/run/predict" in r.url else None)
    drag(page, across(page))
    shown = wait_scored(page)
    expected = grade(truth(page), painted(page))
    assert float(shown["iou"]) == pytest.approx(expected.mean_iou, abs=1e-12)
    sent = [body["data"][0] for body in bodies if isinstance(body["data"][0], dict) and "mask" in body["data"][0]][-1]
    raw = zlib.decompress(base64.b64decode(sent["mask"]))
    assert raw == painted(page).tobytes()
    assert len(sent["mask"]) < 8_000
    expect(page.locator(f"{PAD} .rules summary")).to_be_in_viewport(ratio=1)  # all there is to read, without scrolling
    assert page.evaluate("scrollY") == 0
    panel = page.locator(f"{PAD} .panel").inner_text()
    assert f"{expected.wrong:,}" in panel
    assert f"{100 * expected.pixel_accuracy:.1f} %" in panel
    assert f"{expected.boundary_iou:.3f}" in panel
    # What IoU is: the three areas of the class being painted, to scale, and the division in pixels.
    label = page.evaluate("Number(document.querySelector('#paint-view .chip[aria-pressed=true]').dataset.label)")
    model, mine = truth(page) == label, painted(page) == label
    areas = {"overlap": model & mine, "missed": model & ~mine, "extra": mine & ~model}
    for name, area in areas.items():
        assert division.get_attribute(f"data-{name}") == str(area.sum())
        assert page.locator(f"{PAD} .areas b.{name}").inner_text() == f"{area.sum():,}"
    union = (model | mine).sum()
    expect(division).to_contain_text(
        f"{areas['overlap'].sum():,} / {union:,} = {areas['overlap'].sum() / union:.3f}, or"
    )
    discs = []
    for name in ("model", "painted"):
        x, radius = page.evaluate(
            """name => ["cx", "r"].map((key) =>
              Number(document.querySelector(`#paint-view .division .${name}.rim`).getAttribute(key)))""",
            name,
        )
        down, across_ = np.mgrid[-40:40:0.1, 0:116:0.1]
        discs.append(np.hypot(down, across_ - x) <= radius)
    unit = discs[0].sum() / model.sum()
    assert discs[1].sum() / unit == pytest.approx(mine.sum(), rel=0.05)
    assert (discs[0] & discs[1]).sum() / unit == pytest.approx(areas["overlap"].sum(), rel=0.05)
    page.locator(f"{PAD} .bar[data-label='0']").hover()
    expect(division).to_have_attribute("data-of", "0")  # or of the class pointed at


def test_eraser_undo_redo_and_clear(open_pad):
    page = open_pad()
    pick_brush(page, "brush", 10)
    states = [painted(page)]
    drag(page, across(page, y=0.4))
    states.append(painted(page))
    diameter = pick_brush(page, "eraser", 6)
    points = across(page, ".on-mask", y=0.42, start=0.4, stop=0.6)
    drag(page, points)
    states.append(painted(page))
    expected = np.where(brushed(states[1].shape, spots(page, points, ".on-mask"), diameter), 0, states[1])
    assert np.array_equal(states[2], expected)
    assert not np.array_equal(states[2], states[1])
    page.locator(f"{PAD} .clear").click()
    states.append(painted(page))
    assert not states[3].any()
    for state in reversed(states[:3]):
        page.keyboard.press("Control+z")
        assert np.array_equal(painted(page), state)
    assert page.locator(f"{PAD} .undo").is_disabled()
    for state in states[1:]:
        page.keyboard.press("Control+Shift+z")
        assert np.array_equal(painted(page), state)
    wait_scored(page)


def test_fill_floods_one_area_of_the_painting(open_pad):
    page = open_pad()
    pick_brush(page, "brush", 4)
    box = paper(page, ".on-mask")
    corners = [(0.3, 0.3), (0.6, 0.32), (0.62, 0.6), (0.3, 0.62), (0.3, 0.3)]
    drag(page, [(round(box["left"] + box["width"] * x), round(box["top"] + box["height"] * y)) for x, y in corners])
    before = painted(page)
    page.locator(f"{PAD} [data-tool=fill]").click()
    pick_class(page, 8)
    page.locator(f"{PAD} [data-tool=fill]").click()
    middle = (round(box["left"] + box["width"] * 0.45), round(box["top"] + box["height"] * 0.45))
    page.mouse.click(*middle)
    areas, _ = label(before == 0)
    area = areas == areas[spots(page, [middle], ".on-mask")[0]]
    assert 0 < area.sum() < area.size / 2
    assert np.array_equal(painted(page), np.where(area, 8, before))


def test_polygon_fills_what_its_corners_enclose(open_pad):
    page = open_pad()
    page.locator(f"{PAD} [data-tool=polygon]").click()
    box = paper(page, ".on-photo")
    corners = [(0.2, 0.2), (0.7, 0.35), (0.55, 0.8), (0.45, 0.45), (0.25, 0.75)]
    points = [(round(box["left"] + box["width"] * x), round(box["top"] + box["height"] * y)) for x, y in corners]
    for point in points:
        page.mouse.click(*point)
    page.keyboard.press("Enter")
    rows, cols = np.transpose(spots(page, points))
    mask = painted(page) > 0
    inside = np.zeros(mask.shape, bool)
    inside[draw_polygon(rows, cols, mask.shape)] = True
    outline = brushed(mask.shape, [*zip(rows, cols, strict=True), (rows[0], cols[0])], 1)
    assert np.array_equal(mask & ~outline, inside & ~outline)  # only pixels on the edge itself may differ
    assert mask[rows, cols].all()


def test_painting_while_zoomed_in_hits_the_pixels_under_the_pointer(open_pad):
    page = open_pad()
    diameter = pick_brush(page, "brush", 2)
    point = across(page, y=0.5)[2]
    page.mouse.move(*point)
    before = spots(page, [point])
    for _ in range(6):
        page.mouse.wheel(0, -240)
    page.wait_for_function("parseFloat(document.querySelector('#paint-view .zoom-value').textContent) > 600")
    assert np.abs(np.subtract(before, spots(page, [point]))).max() <= 1  # the wheel keeps what is under the pointer
    points = [(point[0] + 9 * i, point[1] + 5 * (i % 3)) for i in range(6)]
    drag(page, points)
    mask = painted(page) > 0
    assert np.array_equal(mask, brushed(mask.shape, spots(page, points), diameter))
    page.keyboard.press("0")
    expect(page.locator(f"{PAD} .zoom-value")).to_have_text("100 %")


def test_a_finger_paints_and_two_fingers_zoom(open_pad):
    page = open_pad(390, "dark")
    page.locator(f"{PAD} .on-photo").scroll_into_view_if_needed()
    diameter = pick_brush(page, "brush", 8)
    page.locator(f"{PAD} .on-photo").scroll_into_view_if_needed()
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        touches = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    points = across(page, y=0.5, start=0.3, count=4)
    send("touchStart", points[0])
    for point in points[1:]:
        send("touchMove", point)
    send("touchEnd")
    shown = wait_scored(page)
    mask = painted(page) > 0
    assert np.array_equal(mask, brushed(mask.shape, spots(page, points), diameter))
    score = page.locator(f"{PAD} .live")
    expect(score).to_be_in_viewport(ratio=1)  # while the panel is far below
    expect(score).to_contain_text(f"mean IoU {float(shown['iou']):.3f}")
    iou = grade(truth(page), painted(page)).iou[3]
    expect(score).to_contain_text(f"bird {iou:.3f}")

    (x, y), (x2, y2) = points[1], points[2]
    send("touchStart", (x, y))
    send("touchStart", (x, y), (x2, y2))
    for step in range(1, 6):
        send("touchMove", (x - 8 * step, y), (x2 + 8 * step, y2))
    send("touchEnd")
    page.wait_for_function("parseFloat(document.querySelector('#paint-view .zoom-value').textContent) > 120")
    assert np.array_equal(painted(page) > 0, mask)  # a pinch leaves no paint


def test_fifty_fast_strokes_never_show_a_stale_score(open_pad):
    page = open_pad()
    page.evaluate("""() => {
      window.stale = []; window.shown = [];
      const panel = document.querySelector("#paint-view .panel");
      new MutationObserver(() => {
        const { state, sequence } = panel.dataset;
        const current = String(seg.page.painting.sequence);
        if (["scored", "perfect"].includes(state) && sequence !== current) stale.push(sequence);
        if (shown.at(-1) !== Number(sequence)) shown.push(Number(sequence));
      }).observe(panel, { attributes: true });
    }""")
    pick_brush(page, "brush", 4)
    box = paper(page, ".on-photo")
    before = page.evaluate("seg.page.painting.sequence")
    for i in range(50):
        x, y = (
            box["left"] + box["width"] * (0.1 + 0.08 * (i % 10)),
            box["top"] + box["height"] * (0.1 + 0.16 * (i // 10)),
        )
        drag(page, [(x, y), (x + 12, y + 9)])
    shown = wait_scored(page)
    assert page.evaluate("stale") == []
    order = page.evaluate("shown.filter((n) => !isNaN(n))")
    assert order == sorted(order)
    assert int(shown["sequence"]) == before + 50
    assert float(shown["iou"]) == pytest.approx(grade(truth(page), painted(page)).mean_iou, abs=1e-12)


def test_two_visitors_never_mix(open_pad):
    first, second = open_pad(), open_pad()
    revision = second.evaluate("seg.page.revision")
    second.locator("#header [data-name='dog'], #header [data-example='dog']").first.click()
    second.wait_for_selector(f"{PAD} [data-ready='{revision + 1}']")
    for i in range(3):
        drag(first, across(first, y=0.3 + 0.1 * i))
        drag(second, across(second, y=0.5 + 0.1 * i, start=0.3))
    for page in (first, second):
        shown = wait_scored(page)
        assert float(shown["iou"]) == pytest.approx(grade(truth(page), painted(page)).mean_iou, abs=1e-12)
    assert truth(first).shape != truth(second).shape
