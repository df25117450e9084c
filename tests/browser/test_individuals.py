"""“Which one is it?” with a mouse, a keyboard and a finger: what the page's own head finds, without any download."""

import csv

import pytest
from PIL import Image
from playwright.sync_api import expect

from seg.classes import NAMES
from seg.labels.components import count_blobs
from seg.labels.morphology import innermost
from seg.models.predictor import load_predictor
from seg.page.select_photo import open_example
from tests.browser.segment import saved, send

WHICH = "#instances .which"
BIRD = NAMES.index("bird")


@pytest.fixture(scope="module")
def hens():
    return open_example("hens", load_predictor("bundled"))


@pytest.fixture(scope="module")
def found(hens):
    return load_predictor("bundled").individuals(hens.photo)


def see(page):
    """Scroll to the section, and wait for its answer."""
    page.locator("#instances").scroll_into_view_if_needed()
    page.wait_for_selector(f'{WHICH}[data-state="shown"][data-way="centres"]')


def place_of(page, number, individuals):
    """Client coordinates of a pixel well inside an individual, its picture being in view."""
    frame = page.locator('#instances [data-map="individuals"] .frame')
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    row, column, _ = innermost(individuals.map() == number)
    return (
        box["x"] + (column + 0.5) / individuals.width * box["width"],
        box["y"] + (row + 0.5) / individuals.height * box["height"],
    )


def test_they_are_there_when_the_section_is_in_sight(open_page, hens, found):
    page = open_page()
    assert page.get_attribute(WHICH, "data-state") == "empty"  # far below: nothing was asked yet
    see(page)
    expect(page.locator(WHICH)).to_have_attribute("data-found", str(len(found)))
    listed = [text.split("\n")[:2] for text in page.locator("#instances ol button").all_inner_texts()]
    assert listed == [[str(one.number), one.name] for one in found]
    blobs = count_blobs(hens.prediction.labels)[BIRD]
    birds = sum(one.class_id == BIRD for one in found)
    said = f"{birds} bird{'' if birds == 1 else 's'}, {blobs} blob{'' if blobs == 1 else 's'}"
    expect(page.locator("#instances .counts")).to_contain_text(said)
    expect(page.locator("#segment-view [data-class=bird] .count")).to_have_text(
        f"{birds} in {blobs} blob{'' if blobs == 1 else 's'}"
    )

    # Each can be isolated on the photo, and in the list.
    x, y = place_of(page, 1, found)
    page.mouse.move(x, y)
    page.wait_for_selector(f'{WHICH}[data-only="1"]')
    page.mouse.click(x, y)
    page.mouse.move(2, 2)
    expect(page.locator('#instances ol button[data-number="1"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator(WHICH)).to_have_attribute("data-only", "1")  # it is kept
    page.locator("#instances ol button").last.hover()
    page.wait_for_selector(f'{WHICH}[data-only="{len(found)}"]')
    page.mouse.click(*place_of(page, 1, found))
    page.mouse.move(2, 2)
    page.wait_for_selector(f'{WHICH}[data-only="0"]')

    # Arrows and centres, by keyboard.
    arrows = page.locator("#instances .arrows")
    expect(arrows).to_be_hidden()
    page.focus("#instances .switch input")
    page.keyboard.press("Space")
    page.wait_for_selector(f'{WHICH}[data-move="shown"]')
    expect(arrows).to_be_visible()
    numbers = page.eval_on_selector_all("#instances .arrows g", "all => all.map((g) => Number(g.dataset.number))")
    assert set(numbers) <= {one.number for one in found}
    for one in found:
        if one.centre:
            style = page.get_attribute(f'#instances .badges b[data-number="{one.number}"]', "style")
            assert float(style.split("top: ")[1].split("%")[0]) == pytest.approx(
                100 * (one.centre[0] + 0.5) / found.height, abs=0.5
            )

    with page.expect_download() as download:
        page.click("#instances [data-file=individuals-table]")
    assert download.value.suggested_filename == "hens-bundled-individuals.csv"
    with open(download.value.path(), newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["class"], int(row["pixels"])) for row in rows] == [(one.name, one.pixels) for one in found]


def test_a_photo_of_nobody_and_the_labels_of_another_head(open_page):
    page = open_page()
    see(page)
    send(page, "grass.png", saved(Image.new("RGB", (90, 60), (60, 120, 40)), "PNG"), "image/png")
    page.wait_for_function("seg.page.revision === 2")
    see(page)
    expect(page.locator("#instances .counts")).to_have_text("Neither of them finds anything but background here.")
    expect(page.locator("#instances .who h3")).to_have_text("No individual found")
    for hidden in (".move", ".files", ".problem"):
        expect(page.locator(f"#instances {hidden}")).to_be_hidden()
    page.goto(page.url.split("?")[0] + "?photo=hens&model=fcn")
    page.wait_for_function("window.seg?.page.current?.model === 'fcn'")
    see(page)
    expected = load_predictor("fcn").individuals(open_example("hens", load_predictor("fcn")).photo)
    expect(page.locator(WHICH)).to_have_attribute("data-found", str(len(expected)))


def test_a_finger_keeps_one_and_lets_it_go(open_page, found):
    page = open_page(width=390)
    see(page)
    x, y = place_of(page, 1, found)
    page.touchscreen.tap(x, y)
    page.wait_for_selector(f'{WHICH}[data-only="1"]')
    page.touchscreen.tap(*place_of(page, 1, found))
    page.wait_for_selector(f'{WHICH}[data-only="0"]')
    for target in (".switch", "ol button", ".files button", ".go"):
        assert page.locator(f"#instances {target}").first.bounding_box()["height"] >= 40
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
