"""More visitors than the line has room for: whoever comes too late is told to wait, and loses nothing."""

import pytest
from playwright.sync_api import expect

from tests.page.test_faults import fill, held, holding, in_line, until  # noqa: F401  (fixtures)

NOTICE = "#notice .notice"


@pytest.fixture
def page(held, chromium):  # noqa: F811
    """The page on a server with one place in line. Its console may complain: the refusal is an answer 503."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(held[0].address)
    page.wait_for_function("window.seg && seg.page.revision > 0")
    page.wait_for_selector("#segment-view [data-ready='1']", state="attached")
    yield page
    context.close()


def test_who_comes_to_a_full_line_is_told_to_wait_and_keeps_the_photo(page, held):  # noqa: F811
    server, gate = held
    first = page.evaluate("seg.page.current.example")
    others = fill(server)
    page.set_input_files("#header input[type=file]", "examples/coffee.jpg")
    expect(page.locator(f"{NOTICE} .text")).to_have_text(
        "Many people are asking at this moment and the line is full: please wait a minute, then try again."
    )
    expect(page.locator(".toast-body.error")).to_be_hidden()  # gradio's words for the same
    assert page.evaluate("[seg.page.working, seg.page.revision, seg.page.current.example]") == ["", 1, first]
    gate.touch()
    until(lambda: in_line(others[0]) == 0)
    page.set_input_files("#header input[type=file]", "examples/coffee.jpg")
    page.wait_for_function("seg.page.revision === 2 && seg.page.current.name === 'coffee.jpg'")
    expect(page.locator(NOTICE)).to_be_hidden()
