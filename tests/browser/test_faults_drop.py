"""What is dropped on the page and is not one photo: a sentence, and nothing else happens. Real drags by DevTools."""

import shutil

import pytest
from playwright.sync_api import expect

DOG, CAT = "examples/dog.jpg", "examples/cat.jpg"
NOTICE = "#notice .notice"
LINK = "https://example.org/photo.jpg"


@pytest.fixture
def drop(open_page):
    """drop(*files, data={type: text}, at=(x, y)) on the page, which is `drop.page`."""
    page = open_page()
    devtools = page.context.new_cdp_session(page)

    def dropped(*files, data=None, at=(640, 500)):
        items = [{"mimeType": kind, "data": text} for kind, text in (data or {}).items()]
        about = {"items": items, "files": [str(file) for file in files], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            devtools.send("Input.dispatchDragEvent", {"type": kind, "x": at[0], "y": at[1], "data": about})

    dropped.page = page
    return dropped


def expect_only(page, words: str) -> None:
    """The notice says `words`; page, photo and prediction are as before, and no other tab is open."""
    expect(page.locator(f"{NOTICE} .text")).to_contain_text(words)
    expect(page.locator("#header .target")).to_be_hidden()
    assert page.evaluate("[seg.page.revision, seg.page.working]") == [1, ""]
    assert len(page.context.pages) == 1


def test_one_photo_is_labelled(drop, tmp_path):
    drop(shutil.copy(DOG, tmp_path / "mine.jpg"))
    drop.page.wait_for_function("seg.page.revision === 2 && seg.page.current.name === 'mine.jpg'")


def test_a_folder(drop, tmp_path):
    (tmp_path / "holiday").mkdir()
    shutil.copy(DOG, tmp_path / "holiday")
    drop(tmp_path / "holiday")
    expect_only(drop.page, "That is a folder")


def test_two_photos(drop, tmp_path):
    drop(shutil.copy(DOG, tmp_path), shutil.copy(CAT, tmp_path))
    expect_only(drop.page, "One photo at a time")


def test_a_link(drop):
    drop(data={"text/uri-list": LINK, "text/plain": LINK})
    expect_only(drop.page, "That is a link")


@pytest.mark.parametrize("with_file", [True, False])
def test_a_picture_of_another_page(drop, tmp_path, with_file):
    """Its markup and its address; some browsers make a file of it beside them."""
    files = [shutil.copy(DOG, tmp_path)] if with_file else []
    drop(*files, data={"text/uri-list": LINK, "text/html": f'<img src="{LINK}">'})
    expect_only(drop.page, "That picture belongs to another page")


def test_text(drop):
    drop(data={"text/plain": "a dog and a cat"})
    expect_only(drop.page, "That is text")


def test_text_on_the_place_for_photos(drop):
    """The file input under it is no place for text either."""
    box = drop.page.locator("#header .drop").bounding_box()
    drop(data={"text/plain": "a dog"}, at=(box["x"] + 30, box["y"] + 20))
    expect_only(drop.page, "That is text")
