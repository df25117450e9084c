"""Nothing the visitor made is lost: not by a reload, a broken connection, a server that starts again, another photo."""

import shutil
import time
import urllib.request
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.browser.painting import across, brushed, drag, painted, pick_brush, spots, truth, wait_scored
from tests.serving import COLD_APP, free_port, start

DOG = "examples/dog.jpg"
NOTICE = "#notice .notice"


class Restarting:
    """A server that can be stopped and started again under the same address."""

    def __init__(self, folder):
        self.port, self.folder, self.process = free_port(), folder, None
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        variables = {"PORT": str(self.port), "GRADIO_TEMP_DIR": str(self.folder / "uploads")}
        self.process = start(COLD_APP, variables, self.folder / "log")
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return urllib.request.urlopen(self.address, timeout=5).close()
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not start:\n" + (self.folder / "log").read_text())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(20)


@pytest.fixture(scope="module")
def restarting(tmp_path_factory):
    server = Restarting(tmp_path_factory.mktemp("restarting"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def server(restarting):
    """In the place of everybody's server."""
    return restarting.address


@pytest.fixture
def page(open_faulty_page) -> Page:
    page = open_faulty_page()
    page.set_default_timeout(60_000)
    return page


def own_photo(page: Page, path=DOG) -> None:
    revision = page.evaluate("seg.page.revision")
    page.set_input_files("#header input[type=file]", path)
    page.wait_for_function(f"seg.page.revision > {revision} && !seg.page.working")


def open_pad(page: Page) -> None:
    page.get_by_role("tab", name="Paint and grade").click()
    ready(page)


def ready(page: Page) -> None:
    """The tab shows the painting of the photo on the page."""
    page.wait_for_function("window.seg && seg.page.painting")
    page.wait_for_function("document.querySelector('#paint-view .paper').getBoundingClientRect().width > 50")


@contextmanager
def reloaded(page: Page):
    """The page is loaded anew inside the block, by whatever; afterwards it has the visitor's own photo again."""
    page.evaluate("window.before = true")
    yield
    page.wait_for_function("!window.before && window.seg && seg.page.current && !seg.page.working")


def steps(page: Page) -> list:
    return page.evaluate("[seg.page.painting.undo.length, seg.page.painting.redo.length]")


def test_a_reload_brings_photo_painting_undo_and_seed_back(page, tmp_path):
    own_photo(page, shutil.copy(DOG, tmp_path / "my dog.jpg"))
    labels, height = truth(page), page.evaluate("seg.page.current.height")
    page.get_by_role("tab", name="Region growing").click()
    frame = page.locator("#grow-view .frame[data-story=whole]")
    frame.click(position={"x": 60, "y": 80})
    page.locator("#grow-view .rules").get_by_text("region's mean").click()
    page.locator("#grow-view input.tau").fill("40")
    page.wait_for_selector("#grow-view .frame[data-rule=mean][data-story=whole]")
    seed = page.evaluate("seg.address.get('seed')")
    assert 0 < seed["row"] < height
    tau = page.evaluate("seg.address.get('tau')")
    open_pad(page)
    drag(page, across(page))
    first = painted(page)
    drag(page, across(page, y=0.7))
    drag(page, across(page, y=0.3))
    page.keyboard.press("Control+z")
    before, score = painted(page), wait_scored(page)
    assert steps(page) == [2, 1]
    photo = page.evaluate("seg.page.current.photo")

    with reloaded(page):
        page.reload()
    assert page.evaluate("[seg.page.current.name, seg.page.current.example]") == ["my dog.jpg", ""]
    assert page.evaluate("seg.page.current.photo") == photo
    assert (truth(page) == labels).all()
    ready(page)
    assert (painted(page) == before).all()
    assert steps(page) == [2, 1]
    assert wait_scored(page)["iou"] == score["iou"]
    page.keyboard.press("Control+z")
    assert (painted(page) == first).all()
    page.keyboard.press("Control+z")
    assert not painted(page).any()
    assert steps(page) == [0, 3]
    page.get_by_role("tab", name="Region growing").click()
    page.wait_for_selector("#grow-view .frame[data-story=whole]")
    assert page.evaluate("[seg.address.get('seed'), seg.address.get('tau'), seg.address.get('rule')]") == [
        seed,
        tau,
        "mean",
    ]
    assert "seed" not in page.url
    assert "photo" not in page.url
    expect(page.locator(NOTICE)).to_be_hidden()


def test_a_reload_in_the_middle_of_a_stroke_keeps_and_scores_it(page):
    own_photo(page)
    open_pad(page)
    diameter = pick_brush(page, "brush")
    points = across(page)
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    shape, path = truth(page).shape, spots(page, points)
    with reloaded(page):
        page.reload()
    page.mouse.up()
    ready(page)
    assert ((painted(page) > 0) == brushed(shape, path, diameter)).all()
    assert steps(page) == [1, 0]
    assert float(wait_scored(page)["iou"]) > 0
    page.keyboard.press("Control+z")
    assert not painted(page).any()
    with reloaded(page):
        page.reload()
    ready(page)
    assert steps(page) == [0, 1]


def test_a_server_that_starts_again_in_the_middle_of_a_stroke(page, restarting):
    """The stroke's question finds nobody; gradio's front end reloads the page as soon as the server is back."""
    own_photo(page)
    open_pad(page)
    drag(page, across(page, y=0.3))
    wait_scored(page)
    diameter = pick_brush(page, "brush")
    points = across(page, y=0.6)
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:3]:
        page.mouse.move(*point)
    restarting.stop()
    for point in points[3:]:
        page.mouse.move(*point)
    path, first, shape = spots(page, points), page.evaluate("seg.page.painting.undo.length"), truth(page).shape
    with reloaded(page):
        page.mouse.up()
        expect(page.locator(".toast-body.error")).to_be_visible()
        restarting.start()
    ready(page)
    assert page.evaluate("seg.page.current.name") == "dog.jpg"
    assert first == 1
    assert steps(page) == [2, 0]
    assert (painted(page) > 0)[brushed(shape, path, diameter)].all()
    assert float(wait_scored(page)["iou"]) > 0


def test_a_photo_on_its_way_is_sent_after_the_reload(page):
    """The connection breaks before the photo is labelled."""
    page.route("**/queue/join*", lambda route: route.abort("connectionreset"), times=1)
    with reloaded(page):
        page.set_input_files("#header input[type=file]", DOG)
    assert page.evaluate("seg.page.current.name") == "dog.jpg"


def test_another_photo_and_back(page):
    open_pad(page)
    page.locator("[data-example=dog]").click()
    page.wait_for_function("seg.page.current.example === 'dog' && !seg.page.working")
    ready(page)
    drag(page, across(page))
    dog = painted(page)
    wait_scored(page)
    own_photo(page, "examples/cat.jpg")
    ready(page)
    drag(page, across(page, y=0.6))
    cat = painted(page)
    with reloaded(page):
        page.reload()
    ready(page)
    assert (painted(page) == cat).all()
    page.locator("[data-example=dog]").click()
    page.wait_for_function("seg.page.current.example === 'dog' && !seg.page.working")
    ready(page)
    assert (painted(page) == dog).all()
    assert steps(page) == [1, 0]
    wait_scored(page)


def test_another_tab_has_none_of_it_and_a_closed_tab_leaves_nothing(page, restarting):
    own_photo(page)
    open_pad(page)
    drag(page, across(page))
    wait_scored(page)
    names = "indexedDB.databases().then((all) => all.map(({ name }) => name))"
    assert page.evaluate(names) == ["seg"]
    other = page.context.new_page()
    other.goto(restarting.address)
    other.wait_for_function("window.seg && seg.page.revision > 0")
    assert other.evaluate("seg.page.current.example") != ""
    assert len(tabs_stored(other)) == 1  # the first tab is open
    age(other)
    other.reload()
    other.wait_for_function("window.seg && seg.page.revision > 0")
    assert len(tabs_stored(other)) == 1  # however long it was quiet
    page.close()
    other.reload()
    other.wait_for_function("window.seg && seg.page.revision > 0")
    other.wait_for_function(f"({TABS}).then((names) => !names.length)")


TABS = """new Promise((resolve) => {
  indexedDB.open("seg", 1).onsuccess = ({ target }) => {
    const keys = target.result.transaction("tabs").objectStore("tabs").getAllKeys();
    keys.onsuccess = () => resolve([...new Set(keys.result.map(([tab]) => tab))]);
  };
})"""


def tabs_stored(page: Page) -> list[str]:
    return page.evaluate(TABS)


def age(page: Page) -> None:
    """All that is stored was stored yesterday."""
    page.evaluate("""new Promise((resolve) => {
      indexedDB.open("seg", 1).onsuccess = ({ target }) => {
        const step = target.result.transaction("tabs", "readwrite");
        step.oncomplete = resolve;
        step.objectStore("tabs").openCursor().onsuccess = ({ target: { result: cursor } }) => {
          if (cursor?.key[1] === "seen") cursor.update(Date.now() - 90000000);
          cursor?.continue();
        };
      };
    })""")
