"""From the click on "Ask" to a family's answer on the screen, in Chromium, on photos the server has not seen before.

    python -m tests.benchmarks.families [photos]

Every photo is uploaded, and every family is asked for its second opinion in turn: the trunk has been there already, so
what remains is the head, its labels, what differs, the way to the browser, and the drawing of three maps. The clock
starts in the button's own click and stops after the frame that shows the maps.
"""

import statistics
import sys

import numpy as np
from playwright.sync_api import Page

from seg.models.families import FAMILIES
from tests.benchmarks.load import photo
from tests.benchmarks.report import Row, machine, report
from tests.benchmarks.upload import visiting

GOAL = 150  # ms
SECTION = "#second-opinion .second-opinion"

CLOCK = """(selector) => {
  const section = document.querySelector(selector);
  section.querySelector(".go").addEventListener("click", () => {
    window.took = null;
    window.clicked = performance.now();
  }, true);
  new MutationObserver(() => {
    if (section.dataset.state !== "shown" || !window.clicked) return;
    const since = window.clicked;
    window.clicked = 0;
    requestAnimationFrame(() => setTimeout(() => { window.took = performance.now() - since; }));
  }).observe(section, { attributeFilter: ["data-state"] });
}"""


def upload(page: Page, number: int) -> None:
    """The page's photo becomes the number-th one."""
    revision = page.evaluate("seg.page.revision")
    file = {"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": photo(60_000 + number)}
    page.set_input_files("#header input[type=file]", [file])
    page.wait_for_selector(f"#segment-view [data-ready='{revision + 1}']", state="attached", timeout=60_000)
    page.wait_for_selector("#second-opinion .go:enabled")
    page.locator("#second-opinion .go").scroll_into_view_if_needed()
    page.locator("#instances").scroll_into_view_if_needed()  # it asks by itself, before anyone can click
    page.wait_for_selector("#instances section[data-state='shown']", timeout=60_000)


def ask(page: Page, family: str) -> float:
    """Milliseconds."""
    page.select_option("#second-opinion select", family)
    page.evaluate("window.took = null")
    page.click("#second-opinion .go")
    page.wait_for_function("window.took !== null", timeout=60_000)
    return page.evaluate("window.took")


def main(photos: int = 6) -> list[Row]:
    times: dict[str, list[float]] = {name: [] for name in FAMILIES}
    with visiting() as page:
        page.evaluate(CLOCK, SECTION)
        for number in range(-1, photos):  # one to warm up
            upload(page, number + 1)
            for name, seconds in times.items():
                took = ask(page, name)
                if number >= 0:
                    seconds.append(took)
    print(f"{machine()}\n\n| family, click to maps on screen | photos | median | p95 |\n|---|---:|---:|---:|")
    for name, found in times.items():
        print(f"| {name} | {len(found)} | {statistics.median(found):.0f} ms | {np.percentile(found, 95):.0f} ms |")
    slowest = max(times, key=lambda name: statistics.median(times[name]))
    middle = statistics.median(times[slowest])
    beside = (
        f"{slowest}, the slowest of {len(times)}; the quickest {min(map(statistics.median, times.values())):.0f} ms"
    )
    return [
        Row(
            "a family's answer, click to screen, Chromium",
            f"{middle:.0f} ms",
            f"at most {GOAL} ms",
            middle / GOAL,
            beside,
        )
    ]


if __name__ == "__main__":
    report(main(*map(int, sys.argv[1:2])))
