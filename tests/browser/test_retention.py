"""The server forgets a visitor who is still there: the page brings the photo back by itself, or asks for it.

This server keeps one visitor at a time, so that whoever comes drives out who was there.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.painting import PAD, across, drag, wait_scored
from tests.browser.segment import DOG, wait_for_result
from tests.serving import COLD, serving
from tests.visitor import Visitor

NOTICE = "#notice .notice"
FORGETFUL = COLD + "app.VISITORS_KEPT = 1; app.main()"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """In the place of everybody's server."""
    with serving(tmp_path_factory.mktemp("forgetful"), "-c", FORGETFUL) as running:
        yield running.address


@pytest.fixture
def forget(server):
    """forget() drives out whoever was there last."""
    newcomers = []

    def come():
        newcomers.append(Visitor(server))
        newcomers[-1].colours(newcomers[-1].first)

    yield come
    for newcomer in newcomers:
        newcomer.close()


def upload(page, path=DOG):
    page.set_input_files("#header input[type=file]", path)
    wait_for_result(page, 2)


def tab(page, name):
    page.get_by_role("tab", name=name).click()


@pytest.mark.parametrize("own", [True, False])
def test_the_region_tab_gets_the_colours_of_the_photo_on_screen(open_page, forget, own):
    page = open_page()
    if own:
        upload(page)
    else:
        page.locator("[data-example=dog]").click()
        wait_for_result(page, 2)
    forget()
    tab(page, "Region growing")
    page.wait_for_selector("#grow-view [data-ready='3']")
    assert page.evaluate("seg.page.revision") == 3  # the photo was picked again, by the page itself
    assert page.evaluate("seg.page.current.example") == ("" if own else "dog")
    expect(page.locator(NOTICE)).to_be_hidden()


def test_the_inspector_gets_the_scores_of_the_photo_on_screen(open_page, forget):
    page = open_page()
    upload(page)
    forget()
    box = page.locator("#segment-view canvas.photo").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    page.wait_for_selector("#segment-view .inspector[data-state=shown]")
    assert page.evaluate("[seg.page.revision, seg.page.current.name]") == [3, "dog.jpg"]


def test_a_painting_is_scored_against_the_photo_on_screen_and_kept(open_page, forget):
    page = open_page()
    upload(page)
    tab(page, "Paint and grade")
    page.wait_for_selector(f"{PAD} [data-ready='2']")
    drag(page, across(page))
    before = wait_scored(page)
    forget()
    drag(page, across(page, y=0.6))
    page.wait_for_selector(f"{PAD} [data-ready='3']")
    after = wait_scored(page)
    assert int(after["sequence"]) > int(before["sequence"])
    assert page.evaluate("seg.page.painting.undo.length") == 2
    assert page.evaluate("seg.page.current.name") == "dog.jpg"
    expect(page.locator(NOTICE)).to_be_hidden()


def test_a_file_is_saved_when_the_photo_is_back(open_page, forget):
    page = open_page()
    upload(page)
    forget()
    with page.expect_download() as download:
        page.locator("#share [data-file=mask]").click()
    assert download.value.suggested_filename.startswith("dog-bundled-")
    assert page.evaluate("seg.page.revision") == 3


def test_a_photo_that_cannot_be_brought_back_is_asked_for_once(open_page, forget):
    """The server loses it again and again: no endless asking, one sentence."""
    page = open_page()
    page.locator("[data-example=dog]").click()
    wait_for_result(page, 2)
    forget()
    page.evaluate("seg.page.restore = () => false")
    tab(page, "Learn")
    expect(page.locator("#learn-view .state")).to_contain_text("please pick it again.")
    tab(page, "Region growing")
    expect(page.locator(NOTICE)).to_contain_text(
        "The server no longer has the photo on this page: please pick it again."
    )
    assert page.evaluate("seg.page.revision") == 2
