""" "Overlay" saves what lies over the photo on the screen, in every tab: compared with blends worked out in numpy."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from seg.classes import PALETTE
from tests.browser.painting import PAD, across, brushed, drag, painted, pick_brush, spots, truth, wait_scored
from tests.browser.segment import VIEW, send, wait_for_result

GUIDE, LAYER = 0.4, 0.72  # how strongly the model's mask and the painting lie over the photo
EXTRA, MISSED, AGREED = (222, 59, 47), (54, 104, 240), (46, 158, 84)


def saved(page):
    """The file that a click on "Overlay" downloads: (name, HxWx3 int)."""
    with page.expect_download() as download:
        page.click("#share [data-file=overlay]")
    page.wait_for_selector("#share [data-file=overlay]:not([aria-busy])")
    picture = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert not {"exif", "icc_profile", "comment"} & set(picture.info)
    return download.value.suggested_filename, np.asarray(picture.convert("RGB")).astype(int)


def photo_on(page):
    """The page's own JPEG of the photo, HxWx3 float."""
    data = base64.b64decode(page.evaluate("seg.page.current.photo").split(",")[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(float)


def laid_over(below, color, where, opacity):
    """`color` (HxWx3 or one of three) over a picture at an opacity where `where` is true."""
    return np.where(where[..., None], (1 - opacity) * below + opacity * np.asarray(color, float), below)


def same(picture, expected):
    """Equal but for rounding and two JPEG decoders."""
    far = np.abs(picture - expected).max(2)
    assert np.quantile(far, 0.999) <= 6
    assert far.max() <= 24


def test_in_paint_it_is_the_photo_under_guide_and_painting(open_pad):
    page = open_pad()
    diameter = pick_brush(page, "brush", 8)
    points = across(page)
    drag(page, points)
    wait_scored(page)
    mine, model = painted(page), truth(page)
    assert np.array_equal(mine > 0, brushed(mine.shape, spots(page, points), diameter))
    guided = laid_over(photo_on(page), PALETTE[model], model > 0, GUIDE)
    name, picture = saved(page)
    assert name == "hens-painting.png"
    same(picture, laid_over(guided, PALETTE[mine], mine > 0, LAYER))
    page.locator(f"{PAD} .guide-toggle").click()
    page.locator(f"{PAD} label:has(.errors-toggle)").click()
    page.wait_for_selector(f"{PAD} [data-errors=usual]")
    page.evaluate("new Promise(requestAnimationFrame)")
    expected = photo_on(page)
    one = model.max()  # this photo's only class, which the brush has too
    assert set(np.unique(mine)) == set(np.unique(model)) == {0, one}
    for color, where in ((AGREED, model & mine), (EXTRA, mine & ~model), (MISSED, model & ~mine)):
        expected = laid_over(expected, color, where == one, LAYER)
    same(saved(page)[1], expected)


def test_an_own_photo_that_nobody_painted_is_saved_with_the_guide(open_pad):
    page = open_pad()
    send(page, "IMG 1.jpg", Path("examples/duck.jpg").read_bytes())
    page.wait_for_selector(f"{PAD} [data-ready='2']")
    model = truth(page)
    name, picture = saved(page)
    assert name == "photo-painting.png"
    same(picture, laid_over(photo_on(page), PALETTE[model], model > 0, GUIDE))


def test_in_segment_it_follows_the_view_and_in_region_growing_the_region(open_page):
    page = open_page(query="?photo=dog&view=labels")
    page.wait_for_function("seg.page.current.example === 'dog'")
    wait_for_result(page, page.evaluate("seg.page.revision"))
    model = truth(page)
    name, picture = saved(page)
    assert name == "dog-labels.png"
    assert np.array_equal(picture, PALETTE[model])
    page.locator(f"{VIEW} .views label", has_text="Coarse grid").click()
    page.wait_for_selector(f"{VIEW} .frame[data-view=grid]")
    _, picture = saved(page)
    half = model.shape[1] // 2
    photo = photo_on(page)
    right = laid_over(laid_over(photo, PALETTE[0], model == 0, 0.6**3), PALETTE[model], model > 0, 0.6)
    same(picture[:, half + 1 :], right[:, half + 1 :])
    cells = np.abs(picture[:, : half - 1] - right[:, : half - 1]).max(2) > 24
    assert cells.mean() > 0.05  # the lines between the cells, and blocks along the outline

    page.get_by_role("tab", name="Region growing").click()
    page.wait_for_function("document.querySelector('#grow-view .frame').dataset.story === 'whole'")
    name, picture = saved(page)
    assert name == "dog-region.png"
    area = int(page.locator("#grow-view .frame").get_attribute("data-area"))
    blue = picture[..., 2] > picture[..., 1] + 30  # as the region is drawn
    assert 0.3 * area < blue.sum() < 1.2 * area
