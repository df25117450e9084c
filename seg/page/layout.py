"""The page: header, notice, tabs, and the wire from a picked photo to all of them."""

import os

import gradio as gr
from starlette.middleware import Middleware

from seg.models.predictor import load_predictor
from seg.page import api
from seg.page.components import SHARED, Feed, Foot, Header, Notice, Tour
from seg.page.examples import examples, thumbnails
from seg.page.requests import told
from seg.page.select_photo import FIRST_EXAMPLE, open_example, payload, pick
from seg.page.server import batching as batch
from seg.page.server import modules, zerogpu
from seg.page.server.firewall import Gate
from seg.page.server.link_preview import TITLE, Preview
from seg.page.server.retention import FILES_KEPT, LOOK_AROUND, PRIVACY, forgetting
from seg.page.tabs import downloads as depot
from seg.page.tabs import grow, learn, paint, segment, share
from seg.page.tabs.header.models import offered

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

TABS = (segment, paint, grow, learn)
LONGEST_VISIT = (
    8 * 3600
)  # seconds with one photo; idle visitors are forgotten long before, see seg.page.server.retention
FONT = [
    "-apple-system",
    "BlinkMacSystemFont",
    "Segoe UI",
    "Roboto",
    "Helvetica Neue",
    "Arial",
    "system-ui",
    "sans-serif",
]
MONO = ["ui-monospace", "SF Mono", "Menlo", "Consolas", "monospace"]


def theme() -> gr.themes.Base:
    """Gradio's plainest theme with the system's own fonts: nothing is fetched. Colours come from page.css."""
    fonts, mono = ([gr.themes.Font(name) for name in names] for names in (FONT, MONO))
    return gr.themes.Base(font=fonts, font_mono=mono)


def build_page() -> gr.Blocks:
    """The whole page, opened on the first example, already segmented."""
    predictor = load_predictor()
    first = open_example(FIRST_EXAMPLE, zerogpu.resident()) if FIRST_EXAMPLE in examples() else None
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(LOOK_AROUND, FILES_KEPT)
    ) as page:
        session = gr.State(first, time_to_live=LONGEST_VISIT)
        rival = gr.State(None, time_to_live=LONGEST_VISIT)  # the duel's second prediction
        opened = {"example": first.example, "model": first.prediction.model} if first else None
        header = Header(
            examples=thumbnails(), models=offered(), device=predictor.device_name, first=opened, elem_id="header"
        )
        depot.build()
        notice = Notice(elem_id="notice")
        Tour(elem_id="tour")
        feed = Feed(payload(first) if first else None, elem_id="feed")
        tabs = []
        with gr.Column(elem_id="work"):
            with gr.Tabs(elem_id="tabs"):
                for module in TABS:
                    with gr.Tab(module.TITLE, id=module.TITLE.split()[0].lower(), render_children=True):
                        tabs.append(module.build(session, notice, rival))
            share.build(session, rival)
        credits = [{key: e[key] for key in ("title", "credit", "source")} for e in thumbnails()]
        Foot(examples=credits, privacy=PRIVACY, elem_id="foot")
        picked = batch.before(header.upload, header, notice) if batch.worthwhile(predictor) else header.upload
        shown = picked(
            told(pick, [session, feed]),
            [header, session],
            [session, feed, notice],
            api_visibility="private",
            show_progress="hidden",
            concurrency_id="network",
            concurrency_limit=2,
            trigger_mode="always_last",  # who picks again while the answer is under way gets the last one picked
        )
        for tab in tabs:
            if tab.on_prediction:
                shown.success(
                    told(tab.on_prediction, tab.outputs, clears=False),
                    [session, *tab.inputs],
                    [*tab.outputs, notice],
                    api_visibility="private",
                    show_progress="hidden",
                )
        api.build()
    return page


def look() -> dict:
    """The arguments of `launch` that decide how the page looks."""
    css = (SHARED / "page.css").read_text("utf-8")
    return {
        "theme": theme(),
        "head": f"<style>{css}</style>{modules.preload_tags()}",
        "footer_links": ["api"],
        "favicon_path": SHARED / "favicon.svg",
        "app_kwargs": {
            "routes": [modules.route],
            "middleware": [Middleware(Gate), Middleware(Preview)],
            "lifespan": forgetting,
        },
    }
