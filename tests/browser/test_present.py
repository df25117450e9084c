"""The mode for projectors, and the keys of the tabs."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.segment import send, wait_for_result


def test_a_projector_shows_the_photo_large_and_keys_lead_along(open_page):
    page = open_page(1920)
    button = page.locator("#header .present")
    button.click()
    page.wait_for_function("/[?&]present(&|$)/.test(location.search)")  # for a reload, a bookmark, a colleague
    page.reload()
    wait_for_result(page, 1)
    for part in ("#header .pick", "#header select", "#share", "#foot", "footer"):
        expect(page.locator(part).first).to_be_hidden()
    expect(page.locator("#header .help")).to_contain_text("next photo")
    for note in page.locator("#segment-view .seg-note:visible").all():
        size = note.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize) * one.currentCSSZoom")
        assert size >= 19
    page.keyboard.press("n")
    wait_for_result(page, 2)
    names = page.evaluate("[...document.querySelectorAll('#header .example')].map((one) => one.dataset.example)")
    assert page.evaluate("seg.page.current.example") == names[1]
    for times, key in enumerate(("PageUp", "Shift+N"), 3):
        page.keyboard.press(key)
        page.wait_for_function(f"seg.page.revision === {times}")
    assert page.evaluate("seg.page.current.example") == names[-1]
    box = page.locator("#segment-view .frame").bounding_box()
    page.mouse.click(box["x"] + 90, box["y"] + 70)  # larger type does not move what the pointer is at
    height, width = page.evaluate("[seg.page.current.height, seg.page.current.width]")
    pin = page.evaluate("seg.page.pin")
    assert abs(pin["row"] - 70.5 / box["height"] * height) <= 2
    assert abs(pin["column"] - 90.5 / box["width"] * width) <= 2
    # A photo of the visitor's own is one more stop of the round, between the last example and the first.
    send(page, "mine.jpg", Path("examples/cat.jpg").read_bytes())
    wait_for_result(page, 5)
    mine = page.evaluate("seg.page.current.truth")
    for times, (key, name) in enumerate((("n", names[0]), ("PageUp", ""), ("Shift+N", names[-1]), ("n", "")), 6):
        page.keyboard.press(key)
        wait_for_result(page, times)
        assert page.evaluate("seg.page.current.example") == name
    assert page.evaluate("[seg.page.current.name, seg.page.current.truth]") == ["mine.jpg", mine]
    page.mouse.click(box["x"] + 90, box["y"] + 70)
    page.keyboard.press("Escape")  # first lets the pixel go
    assert page.evaluate("seg.page.pin") is None
    page.keyboard.press("t")
    expect(page.get_by_role("tab", name="Paint and grade")).to_have_attribute("aria-selected", "true")
    expect(button).to_have_text("Leave presenting")
    page.keyboard.press("Escape")
    expect(page.locator("#header .pick")).to_be_visible()
    page.wait_for_function("!location.search.includes('present')")

    # Tabs by keyboard: one stop of the Tab key, arrows go along.
    tab = page.get_by_role("tab", name="Paint and grade")
    tab.focus()
    for key, name in (
        ("ArrowRight", "Region growing"),
        ("End", "Learn"),
        ("ArrowRight", "Segment"),
        ("ArrowLeft", "Learn"),
    ):
        page.keyboard.press(key)
        tab = page.get_by_role("tab", name=name)
        expect(tab).to_be_focused()
        expect(tab).to_have_attribute("aria-selected", "true")
    assert page.locator("#tabs [role=tab][tabindex='0']").count() == 1
    rings = []
    for _ in range(4):  # one ring for all, gradio's own elements too
        rings.append(page.evaluate("(({ outline }) => outline)(getComputedStyle(document.activeElement))"))
        page.keyboard.press("Shift+Tab")
    assert len(set(rings)) == 1
    assert "2px" in rings[0]
