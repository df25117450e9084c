"""From the end of a brush stroke to its new score on the screen: our tab beside gradio's own image editor.

    python -m tests.benchmarks.painting [strokes]

Both paint with the mouse on a 1024x768 photo in one headless Chromium, one page after the other (one in the background
takes time from the one in front), each stroke after the last one's score is on screen. The clock starts in the page's
own pointerup and stops after the frame that shows the score. The editor's app is the least one can write: an
ImageEditor whose input handler grades the painted layer.
"""

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.report import Row, machine, report
from tests.benchmarks.upload import BROWSER
from tests.serving import serving

SHAPE = (768, 1024)
MEDIAN, SLOW = 70, 150  # ms, the goals
STOCK_STROKES = 6  # each takes seconds
WARM_UP = 2
EXAMPLE = "dog"  # 1024x768

# Waits for the attributes or the text of an element to change after a pointerup, then for the frame that shows it.
CLOCK = """selector => {
  const target = document.querySelector(selector);
  window.took = [];
  addEventListener("pointerup", () => { window.released = performance.now(); }, true);
  new MutationObserver(() => {
    const shown = target.dataset.sequence ?? target.querySelector("#score")?.textContent;
    if (!window.released || target.dataset.state === "scoring" || !shown || shown === window.last) return;
    window.last = shown;
    const since = window.released;
    window.released = 0;
    requestAnimationFrame(() => setTimeout(() => window.took.push(performance.now() - since)));
  }).observe(target, { attributes: true, attributeFilter: ["data-state", "data-sequence"], childList: true,
                       subtree: true, characterData: true });
}"""


def stock_editor() -> None:
    """The other app: serve a gr.ImageEditor that grades the layer painted on a photo."""
    import gradio as gr

    from seg.scoring.metrics import grade

    truth = np.zeros(SHAPE, np.uint8)
    truth[200:600, 300:700] = 12
    photo = np.full((*SHAPE, 3), 128, np.uint8)

    def score(value):
        painted = np.where(value["composite"][..., 0] > 200, np.uint8(12), np.uint8(0))
        return f"<b id='score'>{grade(truth, painted).mean_iou:.6f}</b>"

    with gr.Blocks() as app:
        editor = gr.ImageEditor(photo, type="numpy", brush=gr.Brush(colors=["#ff0000"], default_size=20))
        place = gr.HTML("<b id='score'>none</b>", elem_id="place")
        editor.input(score, editor, place)
    app.launch(server_port=int(os.environ["PORT"]), ssr_mode=False, quiet=True)


def stroke(page: Page, box: dict, i: int) -> float:
    """Paint the i-th stroke and return its milliseconds. Each is at another height, so that each changes the score."""
    y = box["y"] + box["height"] * (0.1 + 0.8 * (i * 7 % 31) / 31)
    x = box["x"] + box["width"] * (0.2 + 0.02 * (i % 9))
    before = page.evaluate("took.length")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + box["width"] * 0.25, y + 6, steps=6)
    page.mouse.move(x + box["width"] * 0.45, y - 6, steps=6)
    page.mouse.up()
    page.wait_for_function(f"took.length > {before}", timeout=60_000)
    return page.evaluate("took.at(-1)")


def open_ours(browser, address: str) -> tuple[Page, dict]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    page.wait_for_function("window.seg && seg.page.revision > 0")
    page.get_by_role("tab", name="Paint and grade").click()
    page.locator(f"#header [data-name='{EXAMPLE}'], #header [data-example='{EXAMPLE}']").first.click()
    page.wait_for_function("seg.page.current.width === 1024 && seg.page.current.height === 768")
    page.wait_for_selector("#paint-view [data-ready='2']")
    page.evaluate(CLOCK, "#paint-view .panel")
    return page, page.locator("#paint-view .on-photo .paper").bounding_box()


def open_stock(browser, address: str) -> tuple[Page, dict]:
    page = browser.new_page(viewport={"width": 1280, "height": 1100})
    page.goto(address)
    canvas = page.locator(".image-container canvas, .wrap canvas").first
    canvas.wait_for()
    page.get_by_role("button", name="Brush").first.click()
    page.wait_for_timeout(2000)  # it announces no readiness
    page.evaluate(CLOCK, "#place")
    box = canvas.bounding_box()  # the photo is in its middle, smaller
    middle, centre = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return page, {"x": middle - 150, "width": 300, "y": centre - 100, "height": 200}


def show(name: str, times: list[float]) -> None:
    p95 = float(np.percentile(times, 95))
    print(f"| {name} | {len(times)} | {statistics.median(times):,.0f} ms | {p95:,.0f} ms |")


def main(count: int = 30) -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as ours,
        serving(Path(folder), "-m", "tests.benchmarks.painting", "stock") as stock,
        sync_playwright() as playwright,
    ):
        path = os.environ.get("SEG_CHROMIUM") or shutil.which("chromium") or None
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER)
        times: dict[str, list[float]] = {}
        for name, opened, server, strokes in (
            ("paint-view", open_ours, ours, count),
            ("gradio's ImageEditor", open_stock, stock, STOCK_STROKES),
        ):
            page, box = opened(browser, server.address)
            times[name] = [stroke(page, box, i) for i in range(WARM_UP + strokes)][WARM_UP:]
            page.close()
        browser.close()
    print(f"{machine()}\n\n| pointerup to score on screen, 1024x768 | strokes | median | p95 |\n|---|---|---|---|")
    for name, values in times.items():
        show(name, values)
    here, stock = (statistics.median(values) for values in times.values())
    slow, beside = float(np.percentile(times["paint-view"], 95)), f"gradio's ImageEditor {stock:,.0f} ms"
    what = "end of a stroke to its score on screen, Chromium"
    return [
        Row(f"{what}, median", f"{here:.0f} ms", f"at most {MEDIAN} ms", here / MEDIAN, beside),
        Row(f"{what}, p95", f"{slow:.0f} ms", f"at most {SLOW} ms", slow / SLOW, f"of {count} strokes"),
    ]


if __name__ == "__main__":
    if sys.argv[1:] == ["stock"]:
        stock_editor()
    else:
        report(main(*map(int, sys.argv[1:2])))
