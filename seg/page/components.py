"""Our own components. Each is a gr.HTML whose looks and behaviour live in `tabs/<folder>/`.

    template.html   the elements. Never mentions `value`: gradio re-renders such a template and wipes its canvases
    style.css       rules for the elements, scoped to the component by gradio; colours are the tokens of page.css
    script.js       an ES module; its `mount` runs once the component is there, with `element, props, facts, trigger,
                    watch, server, upload`, and it imports what else it needs from its folder and from `shared/`

`props.value` is what goes to and fro; `facts` is what the page knows from its start. Gradio copies all that a component
holds, leaf by leaf, whenever it hears from an event of it: facts are one string to gradio, and `request.js` empties the
value once it has been read.

Gradio evaluates template and style as JavaScript template strings: no backtick, backslash or `${` in either.
"""

import json
from functools import cache
from pathlib import Path

import gradio as gr

from seg.page.modules import address

TABS = Path(__file__).with_name("tabs")
SHARED = Path(__file__).with_name("shared")


@cache
def text_of(folder: str, name: str) -> str:
    """The text of `tabs/<folder>/<name>`, empty where a component does without."""
    path = TABS / folder / name
    return path.read_text("utf-8") if path.exists() else ""


def on_load(folder: str) -> str:
    """The function body that gradio runs once the component is there: it imports the folder's module and mounts it.

    The import resolves asynchronously: what the server sends meanwhile is in `props` when `mount` begins.
    """
    script = f'new URL("{address(f"tabs/{folder}/script.js")}", document.baseURI)'
    given = "element, props, facts: JSON.parse(props.facts), trigger, watch, server, upload"
    return f"import({script}).then(({{ mount }}) => mount({{ {given} }}));"


class Piece(gr.HTML):
    """Base of our components: a subclass names its `folder`. facts: plain data that its script is given."""

    folder = ""

    def __init__(self, value=None, elem_id: str | None = None, **facts):
        super().__init__(
            value,
            html_template=text_of(self.folder, "template.html") or "<span hidden></span>",
            css_template=text_of(self.folder, "style.css"),
            js_on_load=on_load(self.folder),
            apply_default_css=False,
            elem_classes=["seg-piece", f"seg-{self.folder}"],
            elem_id=elem_id,
            facts=json.dumps(facts),
        )

    def get_block_name(self) -> str:
        return "html"


class Feed(Piece):
    """Invisible. Its value is the current photo and prediction as `describe` makes it; hands it to the whole page."""

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


class SegmentView(Piece):
    """The photo with the label map over it, its legend and its read-out."""

    folder = "segment"
