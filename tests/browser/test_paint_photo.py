"""The tab "Paint and grade" beside its photo: a painting waits for it, one-click masks teach, the error map shows."""

import numpy as np
import pytest
from playwright.sync_api import expect

from seg.labels.components import TINY_SHARE
from seg.page.modules import address
from seg.scoring.metrics import grade
from tests.browser.painting import (
    PAD,
    across,
    drag,
    painted,
    pick_brush,
    truth,
    wait_scored,
)


def test_the_painting_waits_for_its_photo(open_pad):
    page = open_pad()
    classes = page.locator(f"{PAD} .all-classes")
    page.locator(f"{PAD} .more summary").click()
    expect(classes).to_be_visible()
    drag(page, across(page))
    expect(classes).to_be_hidden()  # painting has begun
    page.locator(f"{PAD} .more summary").click()
    kept, first = painted(page), wait_scored(page)["iou"]
    for revision, name in ((2, "dog"), (3, "hens")):
        page.locator(f"#header [data-name='{name}'], #header [data-example='{name}']").first.click()
        page.wait_for_selector(f"{PAD} [data-ready='{revision}']")
        if name == "dog":
            assert not painted(page).any()
            assert page.locator(f"{PAD} .start").is_visible()
            expect(classes).to_be_hidden()
    assert np.array_equal(painted(page), kept)
    assert wait_scored(page)["iou"] == first
    page.keyboard.press("Control+z")
    assert not painted(page).any()


UNSEEN = """async ([module, limit]) => {
  const { tellUnseen, unseenClasses } = await import("./" + module);
  const found = unseenClasses([
    { id: 2, overlap: 30000, missed: 0, extra: 0 }, { id: 20, overlap: 0, missed: 93, extra: 0 },
    { id: 5, overlap: 0, missed: 0, extra: 9 }, { id: 8, overlap: 0, missed: limit, extra: 0 },
    { id: 0, overlap: 69000, missed: 9, extra: 93 },
  ], 100000);
  return [{ ids: found.unseen.map(({ id }) => id), best: found.best }, tellUnseen(found, 100000)];
}"""


def test_one_click_masks_teach_and_can_be_painted_on(open_pad):
    page = open_pad()
    for name in ("superset", "background"):
        before = page.evaluate("seg.page.painting.sequence")
        page.locator(f"{PAD} [data-mask={name}]").click()
        page.wait_for_function(f"seg.page.painting.sequence > {before}")
        shown = wait_scored(page)
        assert float(shown["iou"]) == pytest.approx(grade(truth(page), painted(page)).mean_iou, abs=1e-12)
        page.wait_for_function(f"document.querySelector('{PAD} .lesson').textContent.length > 20")
    assert not painted(page).any()
    expect(page.locator(f"{PAD} .hidden-class")).to_be_hidden()  # the bird is missed too, but nobody overlooks it
    told = page.evaluate(UNSEEN, [address("tabs/paint/unseen.js"), TINY_SHARE * 100_000])
    assert told[0] == {"ids": [20], "best": pytest.approx(3 / 4)}  # a class of exactly the limit is not tiny
    assert "TV, 93 pixels, 0.1 % of the photo." in told[1]
    assert "mean IoU cannot pass 0.750." in told[1]
    pick_brush(page, "brush")
    drag(page, across(page))
    wait_scored(page)
    assert painted(page).any()
    assert page.locator(f"{PAD} .lesson").inner_text() == ""


def test_the_error_map_shows_where_truth_and_painting_differ(open_pad):
    page = open_pad()
    drag(page, across(page))
    wait_scored(page)
    caption = page.locator(f"{PAD} .guided")
    expect(caption).to_have_text("The photo, the model’s mask faintly over it")
    page.locator(f"{PAD} .guide-opacity").fill("80")
    expect(caption).to_have_text("The photo, the model’s mask over it")
    page.keyboard.press("g")
    expect(caption).to_have_text("The photo alone")
    page.keyboard.press("x")
    page.wait_for_function(f"document.querySelector('{PAD} [data-errors=usual]') !== null")
    page.evaluate("new Promise(requestAnimationFrame)")
    colours = np.array(
        page.evaluate(f"""() => {{
          const canvas = document.querySelector("{PAD} .on-mask .layer");
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          const seen = {{}};
          for (let i = 0; i < data.length; i += 4) {{
            const key = data[i + 3] ? [data[i], data[i + 1], data[i + 2]].join() : "";
            seen[key] = (seen[key] || 0) + 1;
          }}
          return Object.entries(seen);
        }}""")
    )
    counts = {key: int(count) for key, count in colours}
    model, mine = truth(page), painted(page)
    assert counts.get("46,158,84", 0) == ((model == mine) & (mine > 0)).sum()
    assert counts[""] == ((model == mine) & (mine == 0)).sum()
    wrong = counts.get("222,59,47", 0) + counts.get("54,104,240", 0)
    assert wrong == (model != mine).sum()
    page.locator(f"{PAD} .bar[data-label='0']").hover()
    page.wait_for_function(f"document.querySelector('{PAD} .key .about').textContent === 'background:'")
