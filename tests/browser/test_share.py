"""An address shows the same page to someone else, says nothing of a visitor's own photo, and survives hostile values;
the files a visitor saves are those the functions make."""

import csv
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from seg.classes import NAMES
from seg.mask import decode_png, describe
from seg.photo import load_photo
from seg.predictor import load_predictor

DOG = "examples/dog.jpg"


def state(page):
    keys = ["photo", "tab", "view", "opacity", "unsure", "seed", "tau", "rule"]
    return page.evaluate("keys => Object.fromEntries(keys.map((key) => [key, Seg.state.get(key)]))", keys)


def chosen_tab(page):
    return page.locator("[role=tab][aria-selected=true]").inner_text()


@pytest.mark.parametrize(
    ("query", "tab"),
    [
        ("?photo=dog&view=confidence&unsure=40", "Segment"),
        ("?photo=sheep&tab=region&seed=300,500&tau=60&rule=mean", "Region growing"),
        ("?photo=cat&tab=paint", "Paint and grade"),
    ],
)
def test_a_copied_address_shows_the_same_page_in_a_fresh_browser(open_page, query, tab):
    first = open_page(query=query)
    if "seed" in query:
        first.wait_for_selector("#region-view [data-ready='1']")
    before = state(first)
    link = first.evaluate("Seg.state.link()")
    second = open_page(query="?" + link.split("?", 1)[1])
    assert state(second) == before
    assert chosen_tab(second) == chosen_tab(first) == tab
    assert second.evaluate("Seg.current.example") == before["photo"]


def test_the_region_of_an_address_is_on_the_page(open_page):
    page = open_page(query="?photo=sheep&tab=region&seed=300,500&tau=60&rule=mean")
    page.wait_for_selector("#region-view [data-ready='1']")
    values = state(page)
    assert (values["seed"], values["tau"], values["rule"]) == ({"row": 300, "column": 500}, 60, "mean")


def test_back_and_forward_walk_through_photos_and_tabs(open_page):
    page = open_page()
    page.click("[data-example=dog]")
    page.wait_for_function("Seg.current.example === 'dog' && location.search.includes('photo=dog')")
    page.get_by_role("tab", name="Paint and grade").click()
    page.wait_for_function("location.search.includes('tab=paint')")
    page.go_back()
    page.wait_for_function("!location.search.includes('tab=paint')")
    expect(page.get_by_role("tab", name="Segment")).to_have_attribute("aria-selected", "true")
    page.go_back()
    page.wait_for_function("Seg.current.example === 'horses'")
    page.go_forward()
    page.wait_for_function("Seg.current.example === 'dog'")


def test_hostile_values_fall_back_to_defaults(open_page):
    page = open_page(
        query="?photo=../../etc/passwd&tab=<script>alert(1)</script>&view=__proto__&tau=-1e9&seed=1,2,3&rule=constructor"
        "&opacity=999&unsure=NaN&palette=%00&model=x"
    )
    assert state(page) == {
        "photo": "horses", "tab": "segment", "view": "overlay", "opacity": 60, "unsure": 0, "seed": None, "tau": None,
        "rule": "seed",
    }  # fmt: skip


def test_an_uploaded_photo_never_enters_the_address(open_page):
    page = open_page(query="?photo=dog")
    page.set_input_files("#header input[type=file]", DOG)
    page.wait_for_function("Seg.revision === 2")
    expect(page.get_by_text("Your photo stays out of the link.")).to_be_visible()
    assert "photo=" not in page.evaluate("Seg.state.link()")


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
