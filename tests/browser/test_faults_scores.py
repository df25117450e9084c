"""Requests that fail: the pixel inspector asks again, and says so where that fails too."""

import pytest
from playwright.sync_api import Page, expect

VIEW = "#segment-view"
FAILED = "The scores did not arrive"
REPEAT, PATIENCE = 8_000, 20_000  # ms from the question to asking again and to giving it up: shared/request.js


@pytest.fixture
def page(open_faulty_page) -> Page:
    """The page on the example of the address."""
    page = open_faulty_page(query="?photo=dog")
    page.wait_for_function("seg.page.current.example === 'dog'")
    return page


@pytest.fixture
def clock(page):
    """The page's clock, to be put forward. It would stay: the page is not kept for another test."""
    page.clock.install()
    yield page.clock
    page.close()


def asks_for_scores(request) -> bool:
    """Whether a request is the inspector's."""
    return request.method == "POST" and '"asked"' in (request.post_data or "")


def fail(page: Page, times: int, how) -> list:
    """The next `times` requests for scores fail; returns the list of all that are made."""
    seen = []

    def answer(route):
        if not asks_for_scores(route.request):
            return route.continue_()
        seen.append(route.request)
        return how(route) if len(seen) <= times else route.continue_()

    page.route("**/run/predict*", answer)
    return seen


def broken(route):
    route.abort("connectionreset")


def unavailable(route):
    route.fulfill(status=502, content_type="text/html", body="<h1>502 Bad Gateway</h1>")


def refused(route):
    route.fulfill(status=500, json={"error": None})


def pin(page: Page) -> None:
    box = page.locator(f"{VIEW} canvas.photo").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)


HOW = pytest.mark.parametrize("how", [broken, refused])


@HOW
def test_one_failed_request_is_asked_again(page, how):
    seen = fail(page, 1, how)
    pin(page)
    page.wait_for_selector(f"{VIEW} .inspector[data-state=shown]")
    assert len(seen) == 2
    assert page.evaluate("seg.page.current.example") == "dog"


def test_where_every_request_fails_it_says_so_and_the_next_pin_asks_again(page, clock):
    seen = fail(page, 2, unavailable)
    with page.expect_response("**/run/predict*"):
        pin(page)
    with page.expect_response("**/run/predict*"):
        clock.fast_forward(REPEAT)
    clock.fast_forward(PATIENCE - REPEAT)
    expect(page.locator(f"{VIEW} .inspector .waiting")).to_contain_text(FAILED)
    assert len(seen) == 2
    page.locator(f"{VIEW} .frame").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"{VIEW} .inspector[data-state=shown]")
    assert len(seen) == 3
