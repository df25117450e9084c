"""The Paint tab as tests use it: its pixels, its brushes, and real strokes of the pointer."""

from itertools import pairwise

import numpy as np

from seg.labels.codec import unpack

PAD = "#paint-view"


SCORED = """() => {
  const panel = document.querySelector("#paint-view .panel");
  const { sequence, state } = panel.dataset;
  return sequence === String(seg.page.painting.sequence) && ["scored", "perfect"].includes(state);
}"""


def fetch(page, expression: str) -> np.ndarray:
    """A Uint8Array of the page, as HxW at the photo's size."""
    text = page.evaluate(f"seg.deflate({expression})")
    return unpack(text, *page.evaluate("[seg.page.current.height, seg.page.current.width]"))


def painted(page) -> np.ndarray:
    return fetch(page, "seg.page.painting.bytes")


def truth(page) -> np.ndarray:
    return fetch(page, "seg.page.current.labels")


def paper(page, side: str) -> dict:
    """The rectangle on the screen that shows the whole map."""
    return page.evaluate(
        f"(({{left, top, width, height}}) => ({{left, top, width, height}}))"
        f"(document.querySelector('{PAD} {side} .paper').getBoundingClientRect())"
    )


def pick_brush(page, name: str, size_step: int = 8) -> int:
    """Choose a tool and a size; the diameter in pixels."""
    page.locator(f"{PAD} [data-tool={name}]").click()
    page.locator(f"{PAD} .size").fill(str(size_step))
    return int(page.locator(f"{PAD} .size-value").inner_text().split()[0])


def pick_class(page, class_id: int) -> None:
    page.locator(f"{PAD} .more summary").click()
    page.locator(f"{PAD} .all-classes [data-label='{class_id}']").click()


def wait_scored(page) -> dict:
    """The panel once it shows the score of what is on the canvas."""
    page.wait_for_function(SCORED)
    return dict(page.evaluate("({...document.querySelector('#paint-view .panel').dataset})"))


def spots(page, points, side=".on-photo") -> list[tuple[int, int]]:
    """Screen points -> the (row, column) under them."""
    box = paper(page, side)
    height, width = page.evaluate("[seg.page.current.height, seg.page.current.width]")
    return [
        (int((y - box["top"]) / box["height"] * height // 1), int((x - box["left"]) / box["width"] * width // 1))
        for x, y in points
    ]


def brushed(shape, path, diameter: int) -> np.ndarray:
    """HxW bool: all pixels within diameter / 2 of the polyline, by the distance to each segment in exact integers."""
    rows, cols = np.mgrid[: shape[0], : shape[1]].astype(np.int64)
    result = np.zeros(shape, bool)
    for (r0, c0), (r1, c1) in pairwise(path if len(path) > 1 else path * 2):
        dr, dc, y, x = r1 - r0, c1 - c0, rows - r0, cols - c0
        length2, along = dr * dr + dc * dc, y * dr + x * dc
        ends = np.minimum(y * y + x * x, (rows - r1) ** 2 + (cols - c1) ** 2)
        beside = (along > 0) & (along < length2)
        result |= np.where(beside, 4 * (x * dr - y * dc) ** 2 <= diameter**2 * length2, 4 * ends <= diameter**2)
    return result


def drag(page, points) -> None:
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()


def across(page, side=".on-photo", y=0.5, start=0.25, stop=0.7, count=5, bow=12) -> list[tuple[int, int]]:
    """Whole screen points of a bent line over a pad."""
    box = paper(page, side)
    return [
        (
            round(box["left"] + box["width"] * (start + (stop - start) * i / (count - 1))),
            round(box["top"] + box["height"] * y + bow * (i % 2)),
        )
        for i in range(count)
    ]
