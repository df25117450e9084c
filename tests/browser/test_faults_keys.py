"""Shortcuts on keyboards of other layouts: real key events, with the key and the place that each layout gives them."""

import pytest
from playwright.sync_api import expect

from tests.browser.painting import PAD, across, drag, painted, wait_scored

CTRL = 2  # a modifier of the DevTools protocol
LAYOUTS = {  # tool: (what the layout writes, place of the key)
    "Cyrillic": {"eraser": ("у", "KeyE"), "fill": ("а", "KeyF"), "brush": ("и", "KeyB"), "polygon": ("З", "KeyP")},
    "Greek": {"eraser": ("ε", "KeyE"), "fill": ("φ", "KeyF"), "brush": ("β", "KeyB"), "polygon": ("Π", "KeyP")},
    "Hebrew": {"eraser": ("ק", "KeyE"), "fill": ("כ", "KeyF"), "brush": ("נ", "KeyB"), "polygon": ("פ", "KeyP")},
    "Arabic": {"eraser": ("ث", "KeyE"), "fill": ("ب", "KeyF"), "brush": ("لا", "KeyB"), "polygon": ("ح", "KeyP")},
    "Dvorak": {"eraser": ("e", "KeyD"), "fill": ("f", "KeyY"), "brush": ("b", "KeyN"), "polygon": ("p", "KeyR")},
}
UNDO = {
    "Cyrillic": ("я", "KeyZ"),
    "Greek": ("ζ", "KeyZ"),
    "Hebrew": ("ז", "KeyZ"),
    "Arabic": ("ئ", "KeyZ"),
    "AZERTY": ("z", "KeyW"),
    "QWERTZ": ("z", "KeyY"),
}
SIZES = {  # (smaller, larger): None where another test has it
    "Cyrillic": (("х", "BracketLeft"), ("ъ", "BracketRight")),
    "Arabic": (("ج", "BracketLeft"), ("د", "BracketRight")),
    "Hebrew": (("[", "BracketRight"), ("]", "BracketLeft")),
    "AZERTY": (("[", "Digit5"), ("]", "Minus")),  # with AltGr
}


@pytest.fixture
def press(open_pad):
    """press(key, place, modifiers=0) on a page with the tab open: `press.page`."""
    page = open_pad()
    devtools = page.context.new_cdp_session(page)

    def pressed(key, place, modifiers=0):
        about = {"key": key, "code": place, "modifiers": modifiers}
        devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **about})
        devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **about})

    pressed.page = page
    return pressed


def pressed_tool(page, name):
    return page.locator(f"{PAD} [data-tool={name}][aria-pressed=true]")


def test_a_letter_picks_its_tool(press):
    for layout, keys in LAYOUTS.items():
        for tool, key in keys.items():
            press(*key)
            expect(pressed_tool(press.page, tool), layout).to_be_visible()


def test_undo(press):
    for key in UNDO.values():
        drag(press.page, across(press.page))
        wait_scored(press.page)
        assert painted(press.page).any()
        press(*key, CTRL)
        press.page.wait_for_function("seg.page.painting.undo.length === 0")
        assert not painted(press.page).any()


def test_letters_count_before_places(press):
    """AZERTY's W stands where QWERTY has Z: it undoes nothing. Dvorak writes a full stop where QWERTY has E."""
    drag(press.page, across(press.page))
    wait_scored(press.page)
    press("w", "KeyZ", CTRL)
    press(".", "KeyE")
    press("ğ", "KeyE")  # Turkish F
    press("f", "KeyF")  # heard after the others
    expect(pressed_tool(press.page, "fill")).to_be_visible()
    assert press.page.evaluate("seg.page.painting.undo.length") == 1
    drag(press.page, across(press.page, y=0.7))
    press("z", "KeyW", CTRL)
    press.page.wait_for_function("seg.page.painting.undo.length < 2")


def test_brackets_change_the_brush(press):
    size = press.page.locator(f"{PAD} .size-value")
    for layout, (smaller, larger) in SIZES.items():
        expect(size, layout).to_have_text("31 px")
        press(*smaller)
        expect(size, layout).to_have_text("23 px")
        press(*larger)
        press(*larger)
        expect(size, layout).to_have_text("41 px")
        press(*smaller)


def test_the_second_digit_picks_the_second_class(press):
    """AZERTY writes é without Shift; Arabic and Persian have digits of their own."""
    pressed_chip = PAD + " .chip[data-key='{}'][aria-pressed=true]"
    for key in ("é", "٢", "۲", "2"):
        press("1", "Digit1")
        expect(press.page.locator(pressed_chip.format(1)), key).to_be_visible()
        press(key, "Digit2")
        expect(press.page.locator(pressed_chip.format(2)), key).to_be_visible()


def test_alt_is_the_browsers(press):
    press("e", "KeyE", 1)
    press("f", "KeyF")
    expect(pressed_tool(press.page, "fill")).to_be_visible()
    press("b", "KeyB", 1)
    press("]", "Digit6", 1)  # Option and 6 on a German Mac
    expect(press.page.locator(f"{PAD} .size-value")).to_have_text("41 px")
    expect(pressed_tool(press.page, "fill")).to_be_visible()
