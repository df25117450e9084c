"""The Segment tab as tests use it: send a photo, wait for its answer, read what stands on the screen."""

import base64
import io
import re
import zlib

import numpy as np
from playwright.sync_api import expect

from seg.classes import TITLES
from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo

VIEW = "#segment-view"
NOTICE = "#notice .notice"
DOG = "examples/dog.jpg"


def predicted(source):
    return load_predictor("bundled")(load_photo(source))


def pixels(page, selector):
    """A canvas as the browser holds it, HxWx4 uint8."""
    raw, height, width = page.evaluate(
        """async (selector) => {
            const canvas = document.querySelector(selector);
            const { data, height, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return [await seg.deflate(new Uint8Array(data.buffer)), height, width];
        }""",
        selector,
    )
    return np.frombuffer(zlib.decompress(base64.b64decode(raw)), np.uint8).reshape(height, width, 4)


def wait_for_result(page, revision):
    page.wait_for_selector(f"{VIEW} [data-ready='{revision}']")


def send(page, name, data, mime="image/jpeg"):
    page.set_input_files("#header input[type=file]", [{"name": name, "mimeType": mime, "buffer": data}])


def at_rest(page):
    """Wait until nothing scrolls any more: a swipe rolls on after the finger has left."""
    page.evaluate(
        """() => new Promise((done) => {
            const place = () => scrollY + document.querySelector("gradio-app").scrollTop;
            let [last, still] = [place(), 0];
            const look = () => {
                still = place() === last ? still + 1 : 0;
                last = place();
                if (still > 8) done(); else requestAnimationFrame(look);
            };
            look();
        })"""
    )


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def pixel_under(page, x, y, labels):
    """Our own map from client to image coordinates: the photo's canvas shows the whole photo, evenly scaled."""
    box = page.locator(f"{VIEW} canvas.photo").bounding_box()
    height, width = labels.shape
    return int((y - box["y"]) / box["height"] * height), int((x - box["x"]) / box["width"] * width)


def points(page):
    """A few whole-numbered places on the screen, all on the photo and inside the window."""
    box = page.locator(f"{VIEW} canvas.photo").bounding_box()
    bottom = min(box["y"] + box["height"], page.viewport_size["height"]) - 3
    top = max(box["y"], 0) + 3
    for across, down in [(0.02, 0.02), (0.31, 0.42), (0.5, 0.5), (0.64, 0.77), (0.98, 0.98)]:
        yield round(box["x"] + across * box["width"]), round(top + down * (bottom - top))


def check_readout(page, x, y, prediction):
    row, column = pixel_under(page, x, y, prediction.labels)
    readout = page.locator(f"{VIEW} .readout")
    expect(readout).to_have_attribute("data-row", str(row))
    expect(readout).to_have_attribute("data-column", str(column))
    expect(readout).to_have_attribute("data-label", str(prediction.labels[row, column]))
    # Another process may round a softmax the other way.
    assert abs(int(readout.get_attribute("data-confidence")) - int(prediction.confidence[row, column])) <= 1
    expect(readout).to_contain_text(f"row {row:,}, column {column:,}: {TITLES[prediction.labels[row, column]]}, ")
    expect(readout).to_contain_text(re.compile(r"\d+ % sure$"))
