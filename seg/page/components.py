"""Our own components. Each is a gr.HTML whose looks and behaviour live in `tabs/<folder>/`.

    template.html   the elements. Never mentions `value`: gradio re-renders such a template and wipes its canvases
    style.css       rules for the elements, scoped to the component by gradio; colours are the tokens of page.css
    *.js            run once when the component mounts, with `element, props, trigger, watch, server, upload`;
                    all files of the folder in the order of their names are one function body, script.js last

Gradio evaluates template and style as JavaScript template strings: no backtick, backslash or `${` in either.
What components share is the namespace `Seg`, made by `shared/*.js`.
"""

import json
from functools import cache
from pathlib import Path

import gradio as gr

from seg.classes import CLASSES, SAFE
from seg.page.examples import examples
from seg.page.model_list import names

TABS = Path(__file__).with_name("tabs")
SHARED = Path(__file__).with_name("shared")


@cache
def shared_script() -> str:
    """The `<script>` that makes `window.Seg`. Gradio puts it into the document once, before any component's own."""
    parts = [path.read_text("utf-8") for path in sorted(SHARED.glob("*.js"))]
    classes = json.dumps(
        [
            {"id": c.id, "name": c.name, "color": c.color, "colors": {"voc": c.color, "safe": SAFE[c.id]}}
            for c in CLASSES
        ]
    )
    script = "\n".join(parts).replace("@CLASSES@", classes)
    script = script.replace("@EXAMPLES@", json.dumps(list(examples()))).replace("@MODELS@", json.dumps(names()))
    return "<script>" + script + "</script>"


@cache
def part_of(folder: str, name: str) -> str:
    """The text of `tabs/<folder>/<name>`, empty where a component does without. `script.js`: all its scripts."""
    if name == "script.js":
        paths = sorted((TABS / folder).glob("*.js"), key=lambda path: (path.name == name, path.name))
    else:
        paths = [path for path in [TABS / folder / name] if path.exists()]
    return "\n".join(path.read_text("utf-8") for path in paths)


class Piece(gr.HTML):
    """Base of our components: a subclass names its `folder`. Keyword arguments not of gr.HTML become `props` there."""

    folder = ""

    def __init__(self, value=None, **props):
        super().__init__(
            value,
            html_template=part_of(self.folder, "template.html") or "<span hidden></span>",
            css_template=part_of(self.folder, "style.css"),
            js_on_load=part_of(self.folder, "script.js") + f"\n//# sourceURL=seg/{self.folder}.js",
            head=shared_script(),
            apply_default_css=False,
            elem_classes=["seg-piece", f"seg-{self.folder}"],
            **props,
        )

    def get_block_name(self) -> str:
        return "html"


class Feed(Piece):
    """Invisible. Its value is the current photo and prediction as `describe` makes it; hands it to `Seg.publish`."""

    folder = "feed"


class Notice(Piece):
    """The one place where the page says what went wrong. Value: `{"text": sentence}`, or None for nothing."""

    folder = "notice"


class Header(Piece):
    """Title, photo picker, examples, model, device and time. Value, set by the visitor: what was picked."""

    folder = "header"


class Tour(Piece):
    """The guided tour: a card that leads through the tabs, once the visitor asks for it. Has no value."""

    folder = "tour"


class Foot(Piece):
    """The page's end: what happens to the visitor's photo, and who took the examples."""

    folder = "foot"


class PhotoView(Piece):
    """The photo with the label map over it, its legend and its read-out. Draws `Seg.current`, never asks the server."""

    folder = "segment"
