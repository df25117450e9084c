"""Choosing a model with a real browser. A host of our own stands in for the one with the published weights: it serves,
waits, refuses and lies; the page stays usable, says one sentence, and goes on with the model it has.
"""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from playwright.sync_api import expect

from seg.classes import NAMES
from seg.models.registry import ZOO
from seg.page.tabs.segment import SAMPLING
from tests.browser.model_server import COARSE
from tests.browser.stand_in import write_weights
from tests.conftest import serving
from tests.mirror import Mirror

ANSWERS = {
    "lraspp_mobilenet_v3_large": "cat",
    "deeplabv3_mobilenet_v3_large": "dog",
    "fcn_resnet50": "horse",
    "deeplabv3_resnet50": "sheep",
}
LIGHT, OTHER = list(ANSWERS)[:2]
SELECT = "#header select"
NOTICE = "#notice .notice"
WORDS = "#header .fetch-words"
PATIENCE = 240_000  # ms: a ResNet-50 on a busy CPU


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """{name: {name, file, sha256, megabytes}} and the folder of the files."""
    folder = tmp_path_factory.mktemp("published")
    return {name: write_weights(name, folder, NAMES.index(answer)) for name, answer in ANSWERS.items()}, folder


@pytest.fixture(scope="module")
def mirror(weights):
    entries, folder = weights
    with Mirror() as mirror:
        for entry in entries.values():
            mirror.files[f"/models/{entry['file']}"] = folder / entry["file"]
        yield mirror


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """torch's own folder for weights."""
    return tmp_path_factory.mktemp("torch")


@pytest.fixture(scope="module")
def server(tmp_path_factory, weights, mirror, cache):
    entries, folder = weights
    listing = folder / "weights.json"
    listing.write_text(json.dumps(list(entries.values())), "utf-8")
    command = ["-m", "tests.browser.model_server", str(listing)]
    with serving(tmp_path_factory, command, TORCH_HOME=str(cache), SEG_WEIGHTS_HOST=mirror.address) as address:
        yield address


@pytest.fixture(autouse=True)
def nothing_here(mirror, cache):
    """Every test begins without weights and with a host that behaves well, and ends without a download under way."""
    mirror.mode, mirror.bite = "well", 100_000
    mirror.requests.clear()
    for file in cache.rglob("*"):
        if file.is_file():
            file.unlink()
    yield
    mirror.mode = "well"
    mirror.gate.set()


def model_shown(page) -> str:
    return page.evaluate("seg.page.current.model")


def chosen(page) -> list[str]:
    """The model of the list, of the picture and of the address."""
    address = re.search(r"[?&]model=(\w+)", page.evaluate("seg.address.link()"))
    return [page.input_value(SELECT), model_shown(page), address[1] if address else "bundled"]


def wait_for_model(page, name):
    page.wait_for_function("name => seg.page.current.model === name", arg=name, timeout=PATIENCE)
    page.wait_for_function("!seg.page.working")


def hold(mirror, weights, name):
    """Let half of a model's file pass, then wait."""
    mirror.bite = int(weights[0][name]["megabytes"] * 5e5)
    mirror.gate.clear()


def asked_for(mirror, name) -> int:
    return sum(path.rsplit("/", 1)[-1].startswith(name) for path in mirror.requests)


def found(page) -> list[str]:
    return page.evaluate("seg.page.current.classes.map((found) => found.name)")


def test_models_can_be_chosen_and_their_answers_appear(open_page):
    """All are offered; the two deepest go the way of the third."""
    page = open_page(query="?photo=cat")
    for name in (name for name, entry in ZOO.items() if entry.url):
        assert ZOO[name].title in page.inner_text(f"{SELECT} option[value={name}]")
    for name, answer in list(ANSWERS.items())[:3]:
        option = page.locator(f"{SELECT} option[value={name}]")
        assert "MB to download" in option.inner_text()
        page.select_option(SELECT, name)
        wait_for_model(page, name)
        assert found(page) == [answer]
        assert chosen(page) == [name] * 3
        assert "MB · ready" in option.inner_text()
        assert (
            f"{ZOO[name].score:.1f} % overlap with hand-drawn masks (mean IoU, {ZOO[name].score_on})"
            in page.inner_text("#header .about")
        )
        expect(page.locator("#header .fetch")).to_be_hidden()
        cells, size = page.evaluate("[seg.page.current.coarse, seg.page.current]").copy()
        stride = SAMPLING[name][1]
        height, width = dataclasses.replace(ZOO[name], **COARSE).input_size(size["height"], size["width"])
        assert (cells["height"], cells["width"]) == (-(-height // stride), -(-width // stride))
        page.locator("#segment-view .frame").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#segment-view .inspector[data-state=shown]")
        expect(page.locator("#segment-view .winner")).to_have_text(answer)
        aspp = page.locator("#segment-view .aspp")
        looked = page.locator("#segment-view .aspp-toggle")
        if looked.is_visible() and looked.get_attribute("aria-pressed") == "false":
            looked.click()
        assert aspp.locator("li").count() == len(SAMPLING[name][2])
        assert ("No ASPP" in aspp.inner_text()) == (not SAMPLING[name][2])
        assert bool(page.locator("#segment-view svg.sampling *").count()) == bool(SAMPLING[name][2])
        page.get_by_text("Coarse grid").click()
        expect(page.locator("#segment-view .explain")).to_contain_text(f"{stride} × {stride} network pixels")
        page.get_by_text("Overlay", exact=True).first.click()
        page.locator("#segment-view .unpin").click()


def test_two_visitors_see_one_download_and_go_on_meanwhile(open_page, mirror, weights):
    hold(mirror, weights, OTHER)
    first, second = open_page(), open_page(width=390)
    title, size = ZOO[OTHER].title, weights[0][OTHER]["megabytes"]
    second.locator("#header .settings").tap()
    for page in (first, second):
        page.select_option(SELECT, OTHER)
    for page in (first, second):
        expect(page.locator(WORDS)).to_have_text(f"Fetching {title}: {int(size / 2)} of {size:.0f} MB")
        share = page.locator("#header .fetch-bar").get_attribute("aria-valuenow")
        assert 45 <= int(share) <= 55
        assert model_shown(page) == "bundled"
        assert not page.evaluate("seg.page.working")
    first.click("[data-example=dog]")  # labelled at once, by the model that is here
    first.wait_for_function("seg.page.current.example === 'dog'")
    assert model_shown(first) == "bundled"
    first.get_by_role("tab", name="Region growing").click()
    expect(first.locator("#grow-view")).to_be_visible()
    assert first.input_value(SELECT) == OTHER
    assert second.evaluate("document.documentElement.scrollWidth") <= 390
    mirror.gate.set()
    for page in (first, second):
        wait_for_model(page, OTHER)
        assert found(page) == [ANSWERS[OTHER]]
        assert chosen(page) == [OTHER] * 3
    assert first.evaluate("seg.page.current.example") == "dog"
    assert asked_for(mirror, OTHER) == 1


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("refuse", "it answered 503"),
        ("corrupt", "SHA-256"),
        ("truncate", "broke off"),
        ("stall", "it sent nothing more"),
    ],
)
def test_a_failed_download_is_one_sentence_and_trying_again_works(open_page, mirror, weights, cache, mode, reason):
    page = open_page(query="?photo=dog")
    mirror.mode = mode
    page.select_option(SELECT, LIGHT)
    expect(page.locator(NOTICE)).to_contain_text(reason, timeout=PATIENCE)
    told = page.inner_text(f"{NOTICE} .text")
    assert weights[0][LIGHT]["file"] in told
    assert str(cache) not in told
    assert "Traceback" not in told
    assert chosen(page) == ["bundled"] * 3
    expect(page.locator("#header .fetch")).to_be_hidden()
    page.click("[data-example=cat]")
    page.wait_for_function("seg.page.current.example === 'cat'")
    expect(page.locator(NOTICE)).to_be_hidden()
    mirror.mode = "well"
    page.select_option(SELECT, LIGHT)
    wait_for_model(page, LIGHT)
    assert found(page) == [ANSWERS[LIGHT]]


def test_who_cancels_keeps_the_model_and_finds_the_other_one_later(open_page, mirror, weights):
    hold(mirror, weights, LIGHT)
    page = open_page()
    page.select_option(SELECT, LIGHT)
    expect(page.locator(WORDS)).to_contain_text(ZOO[LIGHT].title)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#header .fetch")).to_be_hidden()
    assert chosen(page) == ["bundled"] * 3
    expect(page.locator(SELECT)).to_be_focused()
    mirror.gate.set()
    page.select_option(SELECT, LIGHT)
    wait_for_model(page, LIGHT)
    assert asked_for(mirror, LIGHT) == 1


def test_who_picks_another_model_meanwhile_gets_that_one(open_page, mirror, weights):
    hold(mirror, weights, OTHER)
    page = open_page()
    page.select_option(SELECT, OTHER)
    expect(page.locator(WORDS)).to_contain_text(ZOO[OTHER].title)
    mirror.bite = 10**9
    page.select_option(SELECT, LIGHT)
    mirror.gate.set()
    wait_for_model(page, LIGHT)
    assert chosen(page) == [LIGHT] * 3
    page.select_option(SELECT, "bundled")
    wait_for_model(page, "bundled")


def test_a_link_never_starts_a_download(open_page, mirror):
    page = open_page(query=f"?photo=dog&model={LIGHT}&tab=region&tau=50&seed=100,90")
    expect(page.locator(NOTICE)).to_contain_text(f"The link asks for {ZOO[LIGHT].title}, which is not on this server.")
    expect(page.locator(NOTICE)).to_contain_text("MB")
    assert page.evaluate("seg.page.current.example") == "dog"
    assert chosen(page) == ["bundled"] * 3
    assert page.evaluate("[seg.address.get('tau'), seg.address.get('seed')]") == [50, {"row": 100, "column": 90}]
    assert not mirror.requests
    page.select_option(SELECT, LIGHT)
    wait_for_model(page, LIGHT)
    again = open_page(query=f"?photo=dog&model={LIGHT}")  # now it is here
    assert chosen(again) == [LIGHT] * 3
    expect(again.locator(NOTICE)).to_be_hidden()


def test_a_program_may_name_a_model_that_is_not_here(server, mirror):
    name, refused = "deeplabv3_resnet50", "deeplabv3_resnet101"  # not those that the tests above left in memory
    client = Client(server, verbose=False)
    found, _ = client.predict(handle_file("examples/dog.jpg"), name, api_name="/segment")
    assert found["model"] == name
    assert [each["name"] for each in found["classes"]] == [ANSWERS[name]]
    assert asked_for(mirror, name) == 1
    mirror.mode = "refuse"
    with pytest.raises(Exception, match=rf"The file {refused}.* could not be downloaded"):
        client.predict(handle_file("examples/dog.jpg"), refused, api_name="/segment")


def test_the_page_opens_with_the_model_it_is_started_with(tmp_path_factory, weights, mirror, cache, chromium):
    command = ["-m", "tests.browser.model_server", str(weights[1] / "weights.json")]
    settings = {"TORCH_HOME": str(cache), "SEG_WEIGHTS_HOST": mirror.address, "SEG_MODEL": LIGHT, "SEG_PRELOAD": OTHER}
    with serving(tmp_path_factory, command, **settings) as address:
        page = chromium.new_page()
        page.goto(address)
        page.wait_for_function("window.seg && seg.page.revision > 0")
        assert [page.input_value(SELECT), model_shown(page), found(page)] == [LIGHT, LIGHT, [ANSWERS[LIGHT]]]
        assert "model=" not in page.evaluate("seg.address.link()")
        page.select_option(SELECT, "bundled")
        wait_for_model(page, "bundled")
        assert "model=bundled" in page.evaluate("seg.address.link()")
        page.reload()
        page.wait_for_function("window.seg && seg.page.revision > 0")
        assert model_shown(page) == "bundled"
        page.wait_for_selector(f"{SELECT} option[value={OTHER}][data-here=yes]", state="attached")
        page.close()
    assert asked_for(mirror, OTHER) == 1


def test_the_list_works_by_keyboard_on_a_phone(open_page):
    page = open_page(width=390)
    expect(page.locator(SELECT)).to_be_hidden()  # folded away: the photo comes first
    page.locator("#header .settings").press("Enter")
    expect(page.locator("#header .settings")).to_have_attribute("aria-expanded", "true")
    assert page.locator(SELECT).bounding_box()["height"] >= 44
    assert page.locator(SELECT).get_attribute("aria-describedby") == "model-about"
    page.focus(SELECT)
    page.keyboard.press("ArrowDown")
    wait_for_model(page, list(ZOO)[1])
    page.keyboard.type("LR")  # the first title that begins so
    wait_for_model(page, LIGHT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
