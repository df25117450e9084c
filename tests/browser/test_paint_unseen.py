"""A class of a few pixels that nobody paints caps the mean IoU: the page says so beside the score, one click shows it.

The tiny class is one that a bundled network really answers on an example photo.
"""

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy import ndimage

from seg.classes import TITLES
from seg.labels.components import TINY_SHARE
from seg.models.predictor import load_predictor
from seg.models.registry import ZOO
from seg.photo.decode import load_photo
from seg.scoring.metrics import grade
from tests.browser.painting import PAD, drag, painted, paper, pick_brush, pick_class, truth, wait_scored
from tests.serving import ROOT

MODELS = [name for name, entry in ZOO.items() if entry.trunk or name == "bundled"]
CANDIDATES = [(model, path.stem) for path in sorted((ROOT / "examples").glob("*.jpg")) for model in MODELS]
MISSED = [54, 104, 240]

COLOURS = """() => {
  const canvas = document.querySelector("#paint-view .on-photo .layer");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = [];
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3]) seen.push([i / 4, data[i], data[i + 1], data[i + 2]]);
  return seen;
}"""


@pytest.fixture(scope="module")
def unseen():
    """(model, example, class id) of an answer with exactly one tiny class, in one patch."""
    for model, example in CANDIDATES:
        labels = load_predictor(model)(load_photo((ROOT / "examples" / f"{example}.jpg").read_bytes())).labels
        pixels = np.bincount(labels.ravel(), minlength=21)
        tiny = [i for i in range(1, 21) if 0 < pixels[i] < TINY_SHARE * labels.size]
        if len(tiny) == 1 and ndimage.label(labels == tiny[0], np.ones((3, 3)))[1] == 1:
            return model, example, tiny[0]
    pytest.fail("No head finds exactly one tiny class in any example any more: add an example.")


def on_screen(page, row, column):
    """The screen point in the middle of a pixel of the photo."""
    box = paper(page, ".on-photo")
    height, width = page.evaluate("[seg.page.current.height, seg.page.current.width]")
    return box["left"] + (column + 0.5) / width * box["width"], box["top"] + (row + 0.5) / height * box["height"]


def test_a_class_that_nobody_sees_is_named_beside_the_score_and_shown(open_pad, unseen):
    model, example, tiny = unseen
    page = open_pad(query=f"?photo={example}&model={model}")
    page.wait_for_function("([name, model]) => seg.page.current.example === name && seg.page.current.model === model",
                           arg=[example, model])  # fmt: skip
    page.wait_for_function(
        "document.querySelector('#paint-view [data-ready]').dataset.ready === String(seg.page.revision)"
    )
    labels = truth(page)
    present = np.unique(labels)
    pixels = int((labels == tiny).sum())
    note = page.locator(f"{PAD} .hidden-class")
    expect(note).to_be_hidden()

    # All but the tiny class is painted, and a hole that the mouse closes.
    diameter = pick_brush(page, "brush", 4)
    main = max((int(i) for i in present if i not in (0, tiny)), key=lambda i: (labels == i).sum())
    pick_class(page, main)
    depth = ndimage.distance_transform_edt(labels == main)
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    assert depth[row, column] > diameter / 2 + 2
    near = np.where(labels == tiny, 0, labels).astype(np.uint8)
    holed = near.copy()
    holed[row - 1 : row + 2, column - 1 : column + 2] = 0
    page.evaluate("bytes => seg.page.painting.bytes.set(bytes)", holed.ravel().tolist())
    x, y = on_screen(page, row, column)
    drag(page, [(x, y), (x, y)])
    shown = wait_scored(page)
    assert np.array_equal(painted(page), near)
    score, best = grade(labels, near).mean_iou, (len(present) - 1) / len(present)
    assert float(shown["iou"]) == pytest.approx(score, abs=1e-12)
    assert best - 0.01 < score < best
    expect(note).to_contain_text(f"{TITLES[tiny]}, {pixels:,} pixels, ")
    expect(note).to_contain_text(f"mean IoU cannot pass {best:.3f}.")
    expect(note).to_be_in_viewport(ratio=1)  # no scrolling at 1280 x 800

    # One click: its errors alone, both pictures on its patch.
    page.get_by_role("button", name=f"Show the {TITLES[tiny]}").click()
    expect(page.locator(f"{PAD} .key .about")).to_have_text(f"{TITLES[tiny]}:")
    page.evaluate("new Promise(requestAnimationFrame)")
    drawn = np.array(page.evaluate(COLOURS))
    assert np.array_equal(drawn[:, 0], np.flatnonzero(labels == tiny))
    assert (drawn[:, 1:] == MISSED).all()
    stage = page.locator(f"{PAD} .on-photo").bounding_box()
    rows, columns = np.nonzero(labels == tiny)
    left, top = on_screen(page, rows.min() - 0.5, columns.min() - 0.5)
    right, bottom = on_screen(page, rows.max() + 0.5, columns.max() + 0.5)
    assert stage["x"] <= left < right <= stage["x"] + stage["width"]
    assert stage["y"] <= top < bottom <= stage["y"] + stage["height"]
    assert max(right - left, bottom - top) > 30  # CSS pixels: seen

    # Painted there, it caps nothing any more.
    pick_class(page, tiny)
    middle = np.argmax(ndimage.distance_transform_edt(labels == tiny))
    at = on_screen(page, *np.unravel_index(middle, labels.shape))
    drag(page, [at, at])
    assert float(wait_scored(page)["iou"]) > best
    expect(note).to_be_hidden()
