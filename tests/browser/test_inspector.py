"""The pixel inspector: a pinned pixel's numbers against the Prediction's own scores."""

import numpy as np
import torch
import torch.nn.functional as F

from seg.classes import NAMES
from seg.photo import load_photo
from seg.predictor import load_predictor

VIEW = "#photo-view"


def chances_at(prediction, row, column):
    scores = torch.from_numpy(prediction.scores.astype(np.float32))[None]
    full = F.interpolate(scores, size=prediction.labels.shape, mode="bilinear", align_corners=True)[0]
    return full[:, row, column].softmax(0).numpy()


def test_a_click_pins_the_pixel_and_shows_its_scores(open_page):
    page = open_page(query="?photo=dog")
    prediction = load_predictor("bundled")(load_photo("examples/dog.jpg"))
    box = page.locator(f"{VIEW} .frame").bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.4 * box["height"])
    pin = page.evaluate("Seg.pin")
    page.wait_for_selector(f"{VIEW} .inspector .rows > *, {VIEW} .inspector")
    chances = chances_at(prediction, pin["row"], pin["column"])
    winner = int(chances.argmax())
    assert winner == prediction.labels[pin["row"], pin["column"]]
    page.wait_for_function(
        "([name, share]) => document.querySelector('#photo-view').innerText.includes(name)"
        " && document.querySelector('#photo-view').innerText.includes(share)",
        arg=[NAMES[winner], f"{round(100 * float(chances[winner]))} %"],
    )
    page.locator(f"{VIEW} .frame").focus()
    page.keyboard.press("Shift+ArrowRight")
    moved = page.evaluate("Seg.pin")
    assert (moved["row"], moved["column"]) == (pin["row"], pin["column"] + 10)
    page.keyboard.press("Escape")
    assert page.evaluate("Seg.pin") is None


def test_labels_follow_from_the_kept_scores():
    """What the inspector relies on: argmax of the upsampled half-precision scores is the label map."""
    prediction = load_predictor("bundled")(load_photo("examples/horses.jpg"))
    scores = torch.from_numpy(prediction.scores.astype(np.float32))[None]
    full = F.interpolate(scores, size=prediction.labels.shape, mode="bilinear", align_corners=True)[0]
    assert (full.argmax(0).numpy() == prediction.labels).mean() > 0.9999
