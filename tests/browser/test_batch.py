"""Several visitors at once where photos go through the network in batches: everybody gets their own photo's answer."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from seg.labels.codec import unpack
from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo
from tests.conftest import serving
from tests.serving import COLD_APP

VISITORS = ("cat", "sheep", "dog")
LABELS = "seg.deflate(seg.page.current.labels)"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory, COLD_APP, SEG_BATCH="1") as address:
        yield address


@pytest.fixture
def photos(tmp_path) -> dict:
    """Three photos nobody has sent before, all of one size, so that they fit into one batch."""
    paths = {}
    for name in VISITORS:
        with Image.open(f"examples/{name}.jpg") as photo:
            photo.convert("RGB").resize((480, 360)).save(tmp_path / f"{name}.png")
        paths[name] = tmp_path / f"{name}.png"
    return paths


def labels(page) -> np.ndarray:
    return unpack(page.evaluate(LABELS), *page.evaluate("[seg.page.current.height, seg.page.current.width]"))


def shown_photo(page) -> np.ndarray:
    jpeg = base64.b64decode(page.evaluate("seg.page.current.photo").split(",", 1)[1])
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")).astype(int)


def test_everybody_gets_the_answer_to_their_own_photo(open_page, photos):
    pages = {name: open_page() for name in VISITORS}
    for turn in range(2):
        # The second time everybody sends the next one's photo: what was remembered must not be mixed up either.
        sent = dict(zip(VISITORS, VISITORS[turn:] + VISITORS[:turn], strict=True))
        for name, page in pages.items():
            page.set_input_files("#header input[type=file]", photos[sent[name]])
        for name, page in pages.items():
            page.wait_for_function("name => seg.page.current.name === name", arg=f"{sent[name]}.png", timeout=120_000)
        for name, page in pages.items():
            photo = load_photo(photos[sent[name]])
            assert np.abs(shown_photo(page) - photo).mean() < 6  # a JPEG of it, and of no other
            assert (labels(page) == load_predictor("bundled")(photo).labels).mean() > 0.999
            assert page.evaluate("seg.page.current.example") == ""


def test_a_bad_photo_is_told_to_the_one_who_sent_it(open_page, photos, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no photo")
    first, second = open_page(), open_page()
    first.set_input_files("#header input[type=file]", bad)
    second.set_input_files("#header input[type=file]", photos["dog"])
    first.wait_for_selector("#notice .notice:not([hidden])")
    second.wait_for_function("seg.page.current.name === 'dog.png'")
    assert "JPEG, PNG, WebP or GIF" in first.inner_text("#notice .text")
    assert first.evaluate("seg.page.current.example") == "hens"
    assert second.locator("#notice .notice").is_hidden()


def test_another_model_or_example_works_too(open_page):
    page = open_page()
    page.click("[data-example=dog]")
    page.wait_for_function("seg.page.current.example === 'dog'")
    page.click("[data-example=cat]")
    page.wait_for_function("seg.page.current.example === 'cat'")
    assert (labels(page) == load_predictor("bundled")(load_photo("examples/cat.jpg")).labels).mean() > 0.999
