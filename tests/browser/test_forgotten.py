"""The server forgets a visitor who is still there: what the page does then."""

import secrets

import pytest
from playwright.sync_api import expect

from tests.browser.test_paint import PAD, across, drag, wait_scored
from tests.browser.test_segment import DOG, wait_for_result

NOTICE = "#notice .notice"


# Everything the page sends from now on goes under another session, one that the server does not know.
RENAME = """name => {
  const really = window.fetch;
  window.fetch = (input, options = {}) => {
    const address = String(input.url ?? input).replace(/session_hash=\\w+/, "session_hash=" + name);
    let { body } = options;
    if (typeof body === "string") body = body.replace(/"session_hash":"\\w+"/, '"session_hash":"' + name + '"');
    return really(address, { ...options, body });
  };
}"""


def forget(page):
    """As after a restart of the server."""
    page.evaluate(RENAME, secrets.token_hex(6))


def upload(page, path=DOG):
    page.set_input_files("#header input[type=file]", path)
    wait_for_result(page, 2)


def tab(page, name):
    page.get_by_role("tab", name=name).click()


@pytest.mark.parametrize("own", [True, False])
def test_the_region_tab_gets_the_colours_of_the_photo_on_screen(open_page, own):
    page = open_page()
    if own:
        upload(page)
    else:
        page.locator("[data-example=dog]").click()
        wait_for_result(page, 2)
    forget(page)
    tab(page, "Region growing")
    page.wait_for_selector("#region-view [data-ready='3']")
    assert page.evaluate("Seg.revision") == 3  # the photo was picked again, by the page itself
    assert page.evaluate("Seg.current.example") == ("" if own else "dog")
    expect(page.locator(NOTICE)).to_be_hidden()


def test_the_inspector_gets_the_scores_of_the_photo_on_screen(open_page):
    page = open_page()
    upload(page)
    forget(page)
    box = page.locator("#photo-view canvas.photo").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    expect(page.locator("#photo-view .inspector .bars > *").first).to_be_visible()
    assert page.evaluate("[Seg.revision, Seg.current.name]") == [3, "dog.jpg"]


def test_a_painting_is_scored_against_the_photo_on_screen_and_kept(open_page):
    page = open_page()
    upload(page)
    tab(page, "Paint and grade")
    page.wait_for_selector(f"{PAD} [data-ready='2']")
    drag(page, across(page))
    before = wait_scored(page)
    forget(page)
    drag(page, across(page, y=0.6))
    page.wait_for_selector(f"{PAD} [data-ready='3']")
    after = wait_scored(page)
    assert after["wrong"] != before["wrong"]
    assert page.evaluate("Seg.painting.undo.length") == 2
    assert page.evaluate("Seg.current.name") == "dog.jpg"
    expect(page.locator(NOTICE)).to_be_hidden()


def test_a_file_is_saved_when_the_photo_is_back(open_page):
    page = open_page()
    upload(page)
    forget(page)
    with page.expect_download() as download:
        page.locator("#share [data-file=mask]").click()
    assert download.value.suggested_filename.startswith("dog-bundled-")
    assert page.evaluate("Seg.revision") == 3


def test_a_photo_that_cannot_be_brought_back_is_asked_for_once(open_page):
    """The server loses it again and again: no endless asking, one sentence."""
    page = open_page()
    page.locator("[data-example=dog]").click()
    wait_for_result(page, 2)
    forget(page)
    page.evaluate("Seg.restore = () => false")
    tab(page, "Learn")
    expect(page.locator("#learn-view .state")).to_contain_text("please pick it again.")
    tab(page, "Region growing")
    expect(page.locator(NOTICE)).to_contain_text(
        "The server no longer has the photo on this page: please pick it again."
    )
    assert page.evaluate("Seg.revision") == 2
