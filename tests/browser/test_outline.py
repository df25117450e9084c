"""What a screen reader and a keyboard find: one outline, a name on every control and picture, one way through."""

from itertools import pairwise

import pytest

TABS = {
    "Segment": "#segment-view [data-ready]",
    "Paint and grade": "#paint-view [data-ready]",
    "Region growing": "#grow-view [data-ready]",
    "Learn": "#learn-view [data-ready]",
}
CONTROLS = {"button", "link", "slider", "textbox", "combobox", "checkbox", "radio", "switch", "tab", "application"}
PICTURES = {"image", "graphics-document"}
MOST_KEYS = 80


def open_tab(page, name):
    page.get_by_role("tab", name=name).click()
    page.wait_for_selector(TABS[name], state="attached")


def nodes(page):
    """(role, name, level of a heading) of all that the browser tells to assistive technology, in reading order."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in tree}
    found, stack = [], [tree[0]]
    while stack:
        node = stack.pop()
        stack.extend(by_id[child] for child in reversed(node["childIds"]) if child in by_id)
        if not node.get("ignored"):
            level = [p["value"]["value"] for p in node.get("properties", []) if p["name"] == "level"]
            found.append((node["role"]["value"], node.get("name", {}).get("value", "").strip(), *level))
    return found


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_has_one_outline_and_a_name_on_everything(open_page, tab):
    page = open_page()
    page.locator("#header .tour").click()  # its card belongs to the outline, too
    box = page.locator("#segment-view .frame").bounding_box()
    page.mouse.click(box["x"] + 100, box["y"] + 100)
    page.wait_for_selector("#segment-view .inspector[data-state=shown]")
    open_tab(page, tab)
    told = nodes(page)
    levels = [node[2] for node in told if node[0] == "heading"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert len(levels) >= 3
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [role for role, *_ in told].count("main") == 1
    assert all(name for role, name, *_ in told if role == "heading")
    assert [role for role, name, *_ in told if role in CONTROLS | PICTURES and not name] == []
    assert sum(role in CONTROLS for role, *_ in told) > 20


def test_the_tab_key_goes_through_the_page_from_top_to_end(open_page):
    page = open_page()
    stations, seen = ["#header", "#tabs [role=tablist]", "#segment-view", "#share", "#foot", "footer"], []
    for _ in range(MOST_KEYS):
        page.keyboard.press("Tab")
        where, width, height = page.evaluate(
            """(stations) => {
                const { activeElement } = document;
                const { width, height } = activeElement.getBoundingClientRect();
                return [stations.findIndex((one) => activeElement.closest(one)), width, height];
            }""",
            stations,
        )
        if page.evaluate("document.activeElement === document.body"):
            break
        assert min(width, height) > 0  # nobody lands on what cannot be seen
        if where >= 0 and (not seen or seen[-1] != where):
            seen.append(where)
    else:
        pytest.fail(f"the page has more than {MOST_KEYS} stations, or no end")
    assert seen == sorted(seen)
    assert set(range(5)) <= set(seen)
