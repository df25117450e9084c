"""The house: imports go one way, over eight floors at most, and gradio is known on the upper ones alone."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter

import pytest

from tests.serving import ROOT

FLOORS = 8
FILES = [ROOT / "app.py", *sorted((ROOT / "seg").rglob("*.py"))]


def module(path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path) -> Iterator[str]:
    """Whatever a file imports, inside functions too: `seg.labels.codec` for `from seg.labels import codec`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


def room(name: str) -> str | None:
    """What README draws as one thing: a folder of seg/ or of seg/page/, or a file beside them. None: not ours, or seg
    itself, which hands names on."""
    parts = name.split(".")
    if parts == ["app"]:
        return "app"
    depth = 3 if parts[:2] == ["seg", "page"] else 2
    return ".".join(parts[:depth]) if parts[0] == "seg" and len(parts) >= depth else None


@pytest.fixture(scope="module")
def arrows() -> dict[str, set[str]]:
    """{room: the rooms it imports from}"""
    found: dict[str, set[str]] = {}
    for path in FILES:
        if here := room(module(path)):
            found.setdefault(here, set()).update(there for name in imported(path) if (there := room(name)))
    return {here: there - {here} for here, there in found.items()}


def test_no_arrow_runs_back_and_there_are_eight_floors(arrows):
    floor: dict[str, int] = {}
    for each in TopologicalSorter(arrows).static_order():  # raises CycleError
        floor[each] = 1 + max((floor[other] for other in arrows.get(each, ())), default=0)
    assert max(floor.values()) == floor["app"] <= FLOORS
    assert floor["seg.classes"] == 1


def test_only_the_page_knows_gradio():
    for path in FILES:
        above = module(path) == "app" or module(path).startswith("seg.page")
        assert above or not any(name.split(".")[0] == "gradio" for name in imported(path)), path
