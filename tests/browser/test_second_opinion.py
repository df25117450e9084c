"""The second opinion and Mask R-CNN with a real mouse. The host of the weights refuses every connection
here: a download fails with a sentence, and weights put into place by hand are used.
"""

import numpy as np
import pytest
import torch
from playwright.sync_api import expect
from torch import nn

from seg.classes import COUNT, NAMES, TITLES
from seg.models.mask_rcnn import MOST
from seg.models.predictor import load_predictor
from seg.models.registry import INSTANCES, ZOO
from seg.models.second_opinion import alternatives
from seg.models.torchvision import coco_categories
from seg.page.select_photo import open_example
from seg.scoring.agreement import agreement, in_words

SHEEP = NAMES.index("sheep")
LRASPP = "lraspp_mobilenet_v3_large"


@pytest.fixture(scope="module")
def hens():
    return open_example("hens", load_predictor("bundled"))


def compare(page, other, number=1):
    page.select_option("#second-opinion select", other)
    page.click("#second-opinion .go")
    page.wait_for_selector(f'#second-opinion .second-opinion[data-state="shown"][data-other="{other}"]')


def data(page, selector):
    return page.eval_on_selector(selector, "node => ({ ...node.dataset })")


def centre_of(page, selector, row, column, height, width):
    """Client coordinates of the middle of a pixel of the photo, the picture being in view."""
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    return box["x"] + (column + 0.5) / width * box["width"], box["y"] + (row + 0.5) / height * box["height"]


def test_the_numbers_on_screen_are_those_of_seg_compare(open_page, hens):
    page = open_page()
    expect(page.locator("#second-opinion .result")).to_be_hidden()
    compare(page, "half")
    first = hens.prediction.labels
    second = alternatives("bundled")["half"].ask(hens.photo).labels
    found = agreement(first, second)
    shown = data(page, "#second-opinion .second-opinion")
    assert (int(shown["differ"]), float(shown["share"]), float(shown["iou"])) == (
        found.differ, found.share, found.mean_iou,
    )  # fmt: skip
    assert page.inner_text("#second-opinion .agree") == in_words(found)[0]
    head = page.locator("#second-opinion .pairs thead th[scope=col]").all_inner_texts()[1:]
    assert [text.strip() for text in head] == [TITLES[i] for i in found.classes]
    assert [text.strip() for text in page.locator("#second-opinion .pairs tbody th[scope=row]").all_inner_texts()] == [
        TITLES[i] for i in found.classes
    ]
    cells = page.eval_on_selector_all(
        "#second-opinion .pairs td", "cells => cells.map((cell) => Number(cell.dataset.pixels))"
    )
    assert cells == found.table().ravel().tolist()
    texts = page.eval_on_selector_all(
        "#second-opinion .pairs td", "cells => cells.map((cell) => cell.textContent.trim())"
    )
    assert texts == [f"{count:,}" for count in cells]
    assert int(data(page, "#second-opinion [data-map=apart]")["pixels"]) == (first != second).sum()
    facts = page.locator("#second-opinion .facts").inner_text()
    assert f"{ZOO['bundled'].parameters / 1e6:.1f} million" in facts
    assert "CPU" in facts


def test_pointing_shows_the_same_pixel_in_all_three_and_both_answers(open_page, hens):
    page = open_page()
    compare(page, "half")
    second = alternatives("bundled")["half"].ask(hens.photo)
    first = hens.prediction
    height, width = first.labels.shape
    differing = np.argwhere(first.labels != second.labels)
    row, column = (int(i) for i in differing[len(differing) // 2])
    for name in ("first", "second", "apart"):
        x, y = centre_of(page, f"#second-opinion [data-map={name}] .frame", row, column, height, width)
        page.mouse.move(x, y)
        page.wait_for_selector("#second-opinion .readout[data-row]")
        seen = {key: int(value) for key, value in data(page, "#second-opinion .readout").items()}
        at = seen["row"], seen["column"]
        assert abs(at[0] - row) <= 2  # a third of the width of the page: a screen pixel is some photo pixels
        assert abs(at[1] - column) <= 2
        assert (seen["first"], seen["second"]) == (first.labels[at], second.labels[at])
        text = page.inner_text("#second-opinion .readout")
        for each in (first, second):
            assert f"{TITLES[each.labels[at]]}, {round(100 * int(each.confidence[at]) / 255)} % sure" in text
        for line in page.locator("#second-opinion .frame .column").all():
            expect(line).to_be_visible()
    page.mouse.move(2, 2)
    page.wait_for_selector("#second-opinion .readout:not([data-row])")


def test_the_keyboard_moves_the_crosshair(open_page):
    page = open_page()
    compare(page, "mirror")
    page.focus("#second-opinion .trio")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    height, width = page.evaluate("[seg.page.current.height, seg.page.current.width]")
    seen = data(page, "#second-opinion .readout")
    assert (int(seen["row"]), int(seen["column"])) == ((height >> 1) + 10, (width >> 1) + 1)
    page.keyboard.press("Escape")
    assert "row" not in data(page, "#second-opinion .readout")


def test_a_pair_of_classes_can_be_seen_alone(open_page, hens):
    page = open_page()
    compare(page, "half")
    second = alternatives("bundled")["half"].ask(hens.photo).labels
    pair = agreement(hens.prediction.labels, second).common(1)[0]
    page.locator("#second-opinion .often li button").first.click()
    assert int(data(page, "#second-opinion [data-map=apart]")["pixels"]) == pair.pixels
    pressed = page.locator('#second-opinion [data-first][aria-pressed="true"]')
    expect(pressed).to_have_count(2)  # in the list and in the table
    pressed.last.click()
    assert int(data(page, "#second-opinion [data-map=apart]")["pixels"]) == (hens.prediction.labels != second).sum()


def test_a_new_photo_takes_the_second_opinion_away(open_page):
    page = open_page()
    compare(page, "half")
    assert page.evaluate("seg.page.secondOpinion !== null")
    page.click("[data-example=dog]")
    page.wait_for_selector('#second-opinion [data-ready="2"], #second-opinion[data-ready="2"]', state="attached")
    expect(page.locator("#second-opinion .result")).to_be_hidden()
    assert page.evaluate("seg.page.secondOpinion") is None
    expect(page.locator("#paint-view .judge")).to_be_hidden()
    compare(page, "mirror")  # and it works on the new one
    assert page.evaluate("seg.page.current.example") == "dog"


def test_painting_is_graded_against_either(open_page, hens):
    page = open_page()
    compare(page, "half")
    second = alternatives("bundled")["half"].ask(hens.photo).labels
    page.get_by_role("tab", name="Paint and grade").click()
    page.select_option("#paint-view .judge select", "second")
    page.click("[data-mask=background]")
    page.wait_for_selector("#paint-view .panel[data-state=scored]")
    expected = (second == 0).mean()
    expect(page.locator("#paint-view .accuracy strong")).to_have_text(f"{100 * expected:.1f} %")
    page.select_option("#paint-view .judge select", "first")
    expected = (hens.prediction.labels == 0).mean()
    expect(page.locator("#paint-view .accuracy strong")).to_have_text(f"{100 * expected:.1f} %")


def test_a_mask_asked_for_just_before_the_judge_changes_is_that_of_the_new_judge(open_page, hens):
    page = open_page()
    compare(page, "half")
    second = alternatives("bundled")["half"].ask(hens.photo).labels
    page.get_by_role("tab", name="Paint and grade").click()
    page.evaluate("""() => {
        document.querySelector("#paint-view [data-mask=background]").click();
        const judge = document.querySelector("#paint-view .judge select");
        judge.value = "second";
        judge.dispatchEvent(new Event("change", { bubbles: true }));
    }""")
    expect(page.locator("#paint-view .accuracy strong")).to_have_text(f"{100 * (second == 0).mean():.1f} %")


def test_a_refused_file_leaves_the_second_opinion_and_its_truth(open_page, hens):
    page = open_page()
    compare(page, "mirror")
    second = alternatives("bundled")["mirror"].ask(hens.photo).labels
    page.set_input_files(
        "#header input[type=file]", {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"}
    )
    expect(page.locator("#notice .notice")).to_be_visible()
    expect(page.locator("#second-opinion .result")).to_be_visible()
    page.get_by_role("tab", name="Paint and grade").click()
    page.select_option("#paint-view .judge select", "second")
    page.click("[data-mask=background]")
    expect(page.locator("#paint-view .accuracy strong")).to_have_text(f"{100 * (second == 0).mean():.1f} %")


def by_hand(entry, model, weights_folder):
    """Put a state dict where the page's sentence says."""
    torch.save(model.state_dict(), weights_folder / "hub" / "checkpoints" / entry.weights.name)


def test_a_failed_download_is_a_sentence_and_a_file_put_there_by_hand_is_used(open_page, weights_folder):
    page = open_page()
    page.select_option("#second-opinion select", LRASPP)
    expect(page.locator("#second-opinion .about")).to_contain_text("to download")
    page.click("#second-opinion .go")
    problem = page.locator("#second-opinion .problem")
    expect(problem).to_contain_text(ZOO[LRASPP].weights.name)
    expect(problem).not_to_contain_text(str(weights_folder))
    expect(page.locator("#second-opinion .go")).to_be_enabled()
    assert page.evaluate("seg.page.current.model") == "bundled"  # the first result stays

    network = ZOO[LRASPP].build()
    for part in network.modules():
        if isinstance(part, nn.Conv2d) and part.out_channels == COUNT:
            nn.init.zeros_(part.weight)
            nn.init.constant_(part.bias, 0)
            part.bias.data[SHEEP] = 4
    by_hand(ZOO[LRASPP], network, weights_folder)
    compare(page, LRASPP)
    expect(problem).to_be_hidden()
    labels = page.evaluate("[...new Set(seg.page.secondOpinion.labels)]")
    assert labels == [SHEEP]
    assert float(data(page, "#second-opinion .second-opinion")["share"]) == 0


def sheep_everywhere():
    """Mask R-CNN that calls every proposal a sheep and fills its box: its weights are all 0 but two biases."""
    with torch.device("meta"):
        network = INSTANCES["maskrcnn_resnet50_fpn"].build()
    network.to_empty(device="cpu")
    heads = network.roi_heads
    for part in (*network.parameters(), *network.buffers()):
        nn.init.zeros_(part)
    heads.box_predictor.cls_score.bias.data[coco_categories().index("sheep")] = 10
    nn.init.constant_(heads.mask_predictor.mask_fcn_logits.bias, 4)
    return network


def test_mask_rcnn_is_another_way_to_the_individuals(open_page, weights_folder):
    page = open_page()
    page.set_default_timeout(120_000)
    page.locator("#instances").scroll_into_view_if_needed()
    page.wait_for_selector('#instances .which[data-state="shown"][data-way="centres"]')
    own = page.inner_text("#instances .counts")
    expect(page.locator("#instances .go")).to_have_text("Fetch 178 MB and find the individuals")
    page.click("#instances .go")
    expect(page.locator("#instances .problem")).to_contain_text(INSTANCES["maskrcnn_resnet50_fpn"].weights.name)
    assert page.inner_text("#instances .counts") == own  # the last result stays

    by_hand(INSTANCES["maskrcnn_resnet50_fpn"], sheep_everywhere(), weights_folder)
    page.click("#instances .go")
    page.wait_for_selector('#instances .which[data-state="shown"][data-way="boxes"]')
    expect(page.locator("#instances .problem")).to_be_hidden()
    found = int(data(page, "#instances .which")["found"])
    assert 1 < found <= MOST
    items = page.locator("#instances ol button")
    expect(items).to_have_count(found)
    assert {text.split("\n")[1] for text in items.all_inner_texts()} == {"sheep"}
    counts = page.locator("#instances .counts")
    expect(counts).to_contain_text(f"The semantic mask has no sheep; here {found} individuals were found.")
    expect(counts).to_contain_text("blobs of bird; here none was found.")
    expect(page.locator("#instances .move")).to_be_hidden()  # no centres, no offsets

    items.nth(1).hover()
    page.wait_for_selector('#instances .which[data-only="2"]')
    expect(page.locator("#instances .badges b:not(.faint)")).to_have_text(["2"])
    page.mouse.move(2, 2)
    page.wait_for_selector('#instances .which[data-only="0"]')

    page.click("#instances .away")
    page.wait_for_selector('#instances .which[data-way="centres"]')
    assert page.inner_text("#instances .counts") == own


def test_a_phone_scrolls_down_only(open_page):
    page = open_page(width=390)
    compare(page, "half")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for selector in ("#second-opinion .go", "#second-opinion select", "#second-opinion .away", "#instances .go"):
        assert page.locator(selector).bounding_box()["height"] >= 44


def test_the_photo_keeps_the_first_screen(open_page):
    page = open_page()
    assert page.locator("#second-opinion").bounding_box()["y"] >= 740
    box = page.locator("#segment-view .explain").bounding_box()
    assert box["y"] + box["height"] <= 800
