"""An address shows the same page to someone else, says nothing of a visitor's own photo, and survives hostile values;
the files a visitor saves are those the functions make."""

import csv
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from seg.classes import NAMES
from seg.label_png import decode_png
from seg.labels.components import describe
from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo

DOG = "examples/dog.jpg"


def state(page):
    keys = ["photo", "tab", "view", "opacity", "unsure", "seed", "tau", "rule"]
    return page.evaluate("keys => Object.fromEntries(keys.map((key) => [key, seg.address.get(key)]))", keys)


def chosen_tab(page):
    return page.locator("[role=tab][aria-selected=true]").inner_text()


@pytest.mark.parametrize(
    ("query", "tab"),
    [
        ("?photo=dog&view=confidence&unsure=40", "Segment"),
        ("?photo=sheep&tab=region&seed=300,500&tau=60&rule=mean", "Region growing"),
    ],
)
def test_a_copied_address_shows_the_same_page_in_a_fresh_browser(open_page, query, tab):
    first = open_page(query=query)
    if "seed" in query:
        first.wait_for_selector("#grow-view [data-ready='1']")
    before = state(first)
    link = first.evaluate("seg.address.link()")
    second = open_page(query="?" + link.split("?", 1)[1])
    assert state(second) == before
    assert chosen_tab(second) == chosen_tab(first) == tab
    assert second.evaluate("seg.page.current.example") == before["photo"]


def test_the_region_of_an_address_is_on_the_page(open_page):
    page = open_page(query="?photo=sheep&tab=region&seed=300,500&tau=60&rule=mean")
    page.wait_for_selector("#grow-view [data-ready='1']")
    values = state(page)
    assert (values["seed"], values["tau"], values["rule"]) == ({"row": 300, "column": 500}, 60, "mean")


def test_back_and_forward_walk_through_photos_and_tabs(open_page):
    page = open_page()
    page.click("[data-example=dog]")
    page.wait_for_function("seg.page.current.example === 'dog' && location.search.includes('photo=dog')")
    page.get_by_role("tab", name="Paint and grade").click()
    page.wait_for_function("location.search.includes('tab=paint')")
    page.go_back()
    page.wait_for_function("!location.search.includes('tab=paint')")
    expect(page.get_by_role("tab", name="Segment")).to_have_attribute("aria-selected", "true")
    page.go_back()
    page.wait_for_function("seg.page.current.example === 'hens'")
    page.go_forward()
    page.wait_for_function("seg.page.current.example === 'dog'")


def pin_at(page, across, down):
    box = page.locator("#segment-view .frame").bounding_box()
    page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
    pin = page.evaluate("seg.page.pin")
    page.wait_for_function(
        "({ row, column }) => location.search.includes(`pixel=${row},${column}`)", arg=pin
    )  # late: moving pins replace the address, not each of them
    return pin


def test_back_and_forward_move_the_pin(open_page):
    page = open_page(query="?photo=dog")
    page.wait_for_function("seg.page.current.example === 'dog'")
    first = pin_at(page, 0.5, 0.4)
    page.get_by_role("tab", name="Learn").click()
    page.wait_for_function("location.search.includes('tab=learn')")
    page.get_by_role("tab", name="Segment").click()
    page.wait_for_function("!location.search.includes('tab=learn')")
    second = pin_at(page, 0.2, 0.7)
    assert first != second
    page.go_back()
    page.wait_for_function("pin => JSON.stringify(seg.page.pin) === JSON.stringify(pin)", arg=first)
    page.go_back()
    expect(page.get_by_role("tab", name="Segment")).to_have_attribute("aria-selected", "true")
    where = page.locator("#segment-view .inspector .where")
    expect(where).to_have_text(f"{first['row']}, {first['column']}")
    page.go_forward()
    page.go_forward()
    page.wait_for_function("pin => JSON.stringify(seg.page.pin) === JSON.stringify(pin)", arg=second)
    expect(where).to_have_text(f"{second['row']}, {second['column']}")


def test_the_pin_of_an_own_photo_stays_without_an_address(open_page):
    page = open_page()
    page.set_input_files("#header input[type=file]", DOG)
    page.wait_for_function("seg.page.revision === 2")
    box = page.locator("#segment-view .frame").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    pin = page.evaluate("seg.page.pin")
    page.get_by_role("tab", name="Learn").click()
    page.wait_for_function("location.search.includes('tab=learn')")
    page.go_back()
    expect(page.get_by_role("tab", name="Segment")).to_have_attribute("aria-selected", "true")
    assert page.evaluate("seg.page.pin") == pin
    assert "pixel" not in page.evaluate("seg.address.link()")


def without_404s(page):
    """gradio's panel asks for an MCP server and for statistics; here is neither, and a 404 would be a console error."""
    page.route("**/gradio_api/mcp/schema", lambda route: route.fulfill(status=200, json=[]))
    page.route("**/monitoring/summary", lambda route: route.fulfill(status=200, json={"functions": {}}))


def test_use_via_api_and_our_views_share_one_key_of_the_address(open_page):
    page = open_page(query="?photo=dog&view=labels")
    page.wait_for_function("seg.page.current.example === 'dog'")
    without_404s(page)
    page.get_by_role("button", name="Use via API").click()
    page.wait_for_function("location.search.includes('view=api')")
    expect(page.get_by_role("dialog", name="Use via API")).to_be_attached()
    page.locator(".backdrop").click(position={"x": 4, "y": 4})
    page.wait_for_function("location.search.includes('view=labels')")
    assert page.evaluate("seg.address.get('view')") == "labels"
    expect(page.locator("#segment-view .views input:checked")).to_have_value("labels")


def test_an_address_of_the_api_panel_still_opens_the_page(open_page, server):
    page = open_page(query="?photo=dog")
    without_404s(page)
    page.goto(f"{server}/?view=api&photo=dog&opacity=20")
    page.wait_for_function("window.seg && seg.page.current?.example === 'dog'")
    assert (page.evaluate("seg.address.get('view')"), page.evaluate("seg.address.get('opacity')")) == ("overlay", 20)


def test_copy_link_puts_the_address_into_the_clipboard(open_page, server):
    page = open_page(query="?photo=dog&view=labels")
    page.wait_for_function("seg.page.current.example === 'dog'")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server)
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#share .link .word")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url == f"{server}/?photo=dog&view=labels"
    page.set_input_files("#header input[type=file]", DOG)
    page.wait_for_function("seg.page.revision === 3 || seg.page.revision === 2 && !seg.page.current.example")
    expect(page.locator("#share .link .word")).to_have_text("Copy link")
    page.locator("#share .link").click()
    expect(page.locator("#share .link .word")).to_have_text("Copied, without your photo")
    assert page.evaluate("navigator.clipboard.readText()") == f"{server}/?view=labels"


@pytest.mark.parametrize("width", [1280, 390])
def test_where_copying_is_refused_the_link_is_shown_selected(open_page, width):
    page = open_page(width, query="?photo=dog")
    page.evaluate(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));document.execCommand = () => false"
    )
    page.get_by_role("button", name="Copy link").click()
    field = page.locator("#share .by-hand input")
    expect(field).to_be_focused()
    assert page.evaluate("getSelection().toString() || document.activeElement.value") == page.url
    assert field.evaluate("field => [field.selectionStart, field.selectionEnd]") == [0, len(page.url)]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()


HOSTILE = [
    "", "%00", "__proto__", "constructor", "hasOwnProperty", "toString", "<script>alert(1)</script>",
    "../../etc/passwd", "-1", "1e9", "NaN", "Infinity", "99999", "0x10", "1,2,3", ",", "null", "undefined",
    "horses,dog", "a" * 3000, "%F0%9F%98%80",
]  # fmt: skip


def test_every_key_takes_every_hostile_value_for_nothing(open_page):
    """All keys with all values, as `read` sees them; then one address with the same value everywhere, opened."""
    page = open_page()
    defaults = page.evaluate(
        "Object.fromEntries(Object.keys(seg.address.keys).map((key) => [key, seg.address.keys[key].usual]))"
    )
    assert set(defaults) == {
        "photo", "model", "tab", "view", "opacity", "unsure", "pixel", "seed", "tau", "rule", "palette",
        "present",
    } | (set(defaults) & {"versus"})  # fmt: skip
    taken = page.evaluate(
        """(values) => Object.keys(seg.address.keys).flatMap((key) => values.filter((value) => {
             const got = seg.address.keys[key].read(decodeURIComponent(value));
             return got !== undefined;
           }).map((value) => [key, value]))""",
        HOSTILE,
    )
    assert taken == [["present", ""]]  # ?present, which has no value
    for value in ("__proto__", "<script>alert(1)</script>", "-1"):
        page.goto(page.url.split("?")[0] + "?" + "&".join(f"{key}={value}" for key in defaults))
        page.wait_for_function("window.seg && seg.page.revision > 0")
        values = page.evaluate(
            "Object.fromEntries(Object.keys(seg.address.keys).map((key) => [key, seg.address.get(key)]))"
        )
        assert values == {**defaults, "photo": "hens"}


def test_hostile_values_fall_back_to_defaults(open_page):
    page = open_page(
        query="?photo=../../etc/passwd&tab=<script>alert(1)</script>&view=__proto__&tau=-1e9&seed=1,2,3&rule=constructor"
        "&opacity=999&unsure=NaN&palette=%00&model=x"
    )
    assert state(page) == {
        "photo": "hens", "tab": "segment", "view": "overlay", "opacity": 60, "unsure": 0, "seed": None, "tau": None,
        "rule": "seed",
    }  # fmt: skip


def test_an_uploaded_photo_never_enters_the_address(open_page):
    page = open_page(query="?photo=dog")
    page.set_input_files("#header input[type=file]", DOG)
    page.wait_for_function("seg.page.revision === 2")
    expect(page.get_by_text("Your photo stays out of the link.")).to_be_visible()
    assert "photo=" not in page.evaluate("seg.address.link()")
    page.evaluate("sessionStorage.removeItem('seg-shown')")  # as where the browser stored nothing
    page.reload()
    expect(page.locator("#notice .text")).to_contain_text("Your photo is gone")
    page.wait_for_function("seg.page.current?.example === 'hens'")  # the address names no photo any more


def test_saved_files_hold_what_the_functions_say(open_page):
    page = open_page(query="?photo=dog")
    labels = load_predictor("bundled")(load_photo(DOG)).labels

    def saved(file):
        with page.expect_download() as download:
            page.click(f"[data-file={file}]")
        page.wait_for_selector(f"[data-file={file}]:not([aria-busy])")
        path = download.value.path()
        return download.value.suggested_filename, path.read_bytes()

    name, mask = saved("mask")
    assert name == "dog-bundled-mask.png"
    assert np.array_equal(decode_png(mask), labels)
    _, table = saved("classes")
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert [row["name"] for row in rows] == [found["name"] for found in describe(labels)]
    assert {row["name"] for row in rows} <= set(NAMES)
    _, overlay = saved("overlay")
    assert Image.open(io.BytesIO(overlay)).size == labels.shape[::-1]
    _, card = saved("card")
    assert Image.open(io.BytesIO(card)).size == (1200, 630)
