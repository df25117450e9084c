"""Pages in a real Chromium. They must end without console errors or requests to foreign hosts, but in tests of faults.

Two pages are kept and shown to one test after the other, whatever module it is of: one with a mouse, one with touch. A
new one would have to fetch and compile the page's scripts again, which is most of the work of opening it. Between two
tests all that the browser stores of them is deleted. A test that opens a second page while it has the first gets one of
its own, and so does a module with another server.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.painting import PAD

PATIENCE = 90_000  # ms for whatever a test waits for: three processes share two cores, and a failure is rare
expect.set_options(timeout=PATIENCE)

FORGET = """async () => {
    localStorage.clear();
    sessionStorage.clear();
    for (const { name } of await indexedDB.databases())
        await new Promise((done) => Object.assign(indexedDB.deleteDatabase(name), { onsuccess: done, onerror: done }));
}"""

# A page that is left breaks off what it still waits for, and gradio's front end says so. That is no fault.
LEAVING = """const said = console.error;
addEventListener("beforeunload", () => (console.error = () => {}));
addEventListener("pageshow", () => (console.error = said));
performance.setResourceTimingBufferSize(10_000);"""


@dataclass
class Kept:
    """A page of a server, and what was wrong with it during the test that has it."""

    page: Page
    server: str
    complaints: list[str] = field(default_factory=list)

    def shows(self, server: str) -> bool:
        """Whether it is there and of that server."""
        return not self.page.is_closed() and self.server == server

    def foreign(self) -> list[str]:
        """Complaints about what its document fetched from other hosts. The page's own Content-Security-Policy forbids
        it, and what that refuses is an error in the console; but to hear of every request as it is made takes an eighth
        of the work of opening the page.
        """
        if self.page.is_closed():
            return []
        fetched = self.page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
        return [complaint for url in fetched for complaint in foreign(url, self.server)]

    def reset(self) -> None:
        """Make its visitor a new one. Its context and what it has cached of the server's files stay."""
        for other in self.page.context.pages:
            if other != self.page:
                other.close()
        self.page.unroute_all()
        self.page.mouse.move(0, 0)
        self.page.goto(self.server + "/gradio_api/app_id")  # the same origin, a few bytes
        self.page.evaluate(FORGET)
        self.page.context.clear_permissions()
        self.complaints.clear()


@pytest.fixture(scope="session")
def kept_pages(chromium):
    """{whether it is a phone: its Kept page}, as tests ask for them."""
    pages: dict[bool, Kept] = {}
    yield pages
    for kept in pages.values():
        kept.page.context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What the page told its visitor goes into the report of a test that fails."""
    report = yield
    opened = item.funcargs.get("open_faulty_page")
    if report.when == "call" and report.failed and opened:
        for kept in opened.used:
            if not kept.page.is_closed():
                told = kept.page.evaluate("[document.querySelector('#notice')?.innerText, window.seg?.page?.working]")
                report.sections.append(("the page", f"notice: {told[0]!r}, working: {told[1]}, {kept.complaints}"))
    return report


@pytest.fixture
def open_faulty_page(server, chromium, kept_pages):
    """As `open_page`, for tests in which requests fail: the console may complain. `open_faulty_page.used`: what it
    opened.
    """
    used: list[Kept] = []

    def opened(width: int = 1280, scheme: str = "light", query: str = "") -> Page:
        phone = width < 600
        kept = kept_pages.get(phone)
        if kept in used:
            kept = fresh(chromium, phone, server)
        elif kept is None or not kept.shows(server):
            if kept is not None:
                kept.page.context.close()
            kept = kept_pages[phone] = fresh(chromium, phone, server)
        used.append(kept)
        page = kept.page
        page.set_default_timeout(PATIENCE)
        page.set_viewport_size({"width": width, "height": 844 if phone else 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="null", forced_colors="null", media="null")
        page.goto(server + "/" + query)
        page.wait_for_function("window.seg && seg.page.revision > 0")
        page.wait_for_selector("#segment-view [data-ready='1']", state="attached")
        return page

    opened.used = used
    yield opened
    for kept in used:
        if kept in kept_pages.values() and kept.shows(server):
            kept.reset()
        else:
            kept.page.context.close()


@pytest.fixture
def open_page(open_faulty_page):
    """open_page(width=1280, scheme="light", query="") -> a Playwright page showing the first example, labelled."""
    yield open_faulty_page
    assert not [complaint for kept in open_faulty_page.used for complaint in kept.complaints + kept.foreign()]


@pytest.fixture
def open_pad(open_page):
    """open_pad(...) -> a page with the tab open and its canvases drawn; arguments as open_page's."""

    def opened(*args, **kwargs):
        page = open_page(*args, **kwargs)
        page.get_by_role("tab", name="Paint and grade").click()
        page.wait_for_selector(f"{PAD} [data-ready='1']")
        page.wait_for_function("document.querySelector('#paint-view .paper').getBoundingClientRect().width > 50")
        return page

    return opened


def fresh(browser: Browser, phone: bool, server: str) -> Kept:
    """A page in a context of its own, that hears everything there is to complain of."""
    kept = Kept(browser.new_context(has_touch=phone).new_page(), server)
    page, complaints = kept.page, kept.complaints
    page.add_init_script(LEAVING)
    page.on("console", lambda m: complaints.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(f"script: {error.stack or error}"))
    page.on("framenavigated", lambda frame: complaints.extend(foreign(frame.url, server)))
    return kept


def foreign(url: str, server: str) -> list[str]:
    """A complaint about an address that is not of the page's own host."""
    parts = urlsplit(url)
    own = parts.scheme in ("data", "blob", "about") or parts.netloc == urlsplit(server).netloc
    return [] if own else [f"foreign request: {url}"]
