"""What the visitor waits for in Chromium: a photo's labels after choosing the file, and a region after moving tau.

    python -m tests.benchmarks.upload [rounds]

Upload: from the file input's own change event to the frame that shows the overlay; every round another 1024-px photo.
Slider: from its input event to the frame that shows the region, for every threshold in turn, and how many requests the
page made meanwhile.
"""

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.load import photo
from tests.benchmarks.report import Row, machine, report
from tests.serving import serving

BROWSER = ["--no-sandbox", "--disable-background-networking", "--no-first-run", "--enable-unsafe-swiftshader"]
UPLOAD_GOAL = 250  # ms
FRAMES = 1

UPLOAD_CLOCK = """() => {
  window.took = [];
  document.querySelector("#header input[type=file]").addEventListener("change", () => {
    window.began = performance.now();
  }, true);
  new MutationObserver(() => {
    if (!window.began) return;
    const since = window.began;
    window.began = 0;
    requestAnimationFrame(() => setTimeout(() => window.took.push(performance.now() - since)));
  }).observe(document.querySelector("#segment-view"), { attributeFilter: ["data-ready"], subtree: true });
}"""

# Moves the slider once per frame; counts the frames until the region of that tau is drawn, and its milliseconds.
SLIDE = """async () => {
  const slider = document.querySelector("#grow-view input.tau");
  const frame = document.querySelector("#grow-view .frame");
  const next = () => new Promise(requestAnimationFrame);
  const most = Number(slider.max), waits = [], work = [];
  for (let step = 0; step < 120; step++) {
    await next();
    const drawn = frame.dataset.drawn;
    const began = performance.now();
    slider.value = Math.round((step / 119) * most * 0.4);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    let frames = 0;
    do { await next(); frames += 1; } while (frame.dataset.drawn === drawn && frames < 60);
    waits.push(frames);
    work.push(performance.now() - began);
  }
  return { waits, work };
}"""


@contextmanager
def visiting() -> Iterator[Page]:
    """The page of a server of its own in Chromium, with the first photo's labels on it."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server, sync_playwright() as playwright:
        path = os.environ.get("SEG_CHROMIUM") or shutil.which("chromium") or None
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(server.address)
        page.wait_for_selector("#segment-view [data-ready='1']", state="attached", timeout=120_000)
        yield page
        browser.close()


def uploads(page: Page, rounds: int) -> list[float]:
    """Milliseconds of each round; two more to warm up."""
    page.evaluate(UPLOAD_CLOCK)
    for number in range(rounds + 2):
        file = {"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": photo(50_000 + number)}
        page.set_input_files("#header input[type=file]", [file])
        page.wait_for_function(f"took.length > {number}", timeout=60_000)
    return page.evaluate("took")[2:]


def slide(page: Page) -> tuple[dict, int]:
    """(frames and milliseconds of every move of the slider, requests made meanwhile)."""
    page.get_by_role("tab", name="Region growing").click()
    page.wait_for_selector("#grow-view .frame[data-story='whole']", timeout=120_000)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    return page.evaluate(SLIDE), len(asked)


def main(rounds: int = 15) -> list[Row]:
    with visiting() as page:
        times = uploads(page, rounds)
        moves, asked = slide(page)
    middle, p95 = statistics.median(times), float(np.percentile(times, 95))
    frames, slowest = statistics.median(moves["waits"]), float(np.percentile(moves["work"], 95))
    print(machine() + "\n")
    print(f"{rounds} uploads: median {middle:.0f} ms, p95 {p95:.0f} ms")
    print(f"{len(moves['waits'])} moves of tau: {max(moves['waits'])} frames at most, {asked} requests")
    return [
        Row("upload to overlay on screen, Chromium", f"{middle:.0f} ms", f"at most {UPLOAD_GOAL} ms",
            middle / UPLOAD_GOAL, f"median of {rounds}, p95 {p95:.0f} ms"),
        Row("tau slider: frames until the region is drawn", f"{frames:.0f}", "1, no request", frames / FRAMES + asked,
            f"median of {len(moves['waits'])}; p95 {slowest:.0f} ms; {asked} requests"),
    ]  # fmt: skip


if __name__ == "__main__":
    report(main(*map(int, sys.argv[1:2])))
