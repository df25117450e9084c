"""The page: header, notice, tabs, and the wire from a picked photo to all of them."""

import os

import gradio as gr
from starlette.middleware import Middleware

from seg.models.predictor import load_predictor
from seg.page import api, modules
from seg.page.components import SHARED, Feed, Foot, Header, Notice, Tour
from seg.page.examples import FIRST_EXAMPLE, examples, thumbnails
from seg.page.link_preview import TITLE, LinkPreview
from seg.page.model_list import offered
from seg.page.requests import report_errors
from seg.page.select_photo import open_example, payload, select_photo
from seg.page.server import batching, zerogpu
from seg.page.server.firewall import Firewall
from seg.page.server.retention import CLEAN_UP_EVERY, FILES_KEPT, PRIVACY, retention
from seg.page.server.steady_stream import SteadyStream
from seg.page.tabs import downloads, grow, learn, paint, segment, share
from seg.photo.decode import MAX_BYTES

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

TABS = (segment, paint, grow, learn)
PAUSE = 0.005  # seconds between two looks into the empty queue
LONGEST_VISIT = 8 * 3600  # seconds with one photo; `seg.page.server.retention` drops idle visitors long before
FONT = "-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica Neue,Arial,system-ui,sans-serif".split(",")
MONO = "ui-monospace,SF Mono,Menlo,Consolas,monospace".split(",")


def theme() -> gr.themes.Base:
    """Gradio's plainest theme with the system's own fonts: nothing is fetched. Colours come from page.css."""
    fonts, mono = ([gr.themes.Font(name) for name in names] for names in (FONT, MONO))
    return gr.themes.Base(font=fonts, font_mono=mono)


class Page(gr.Blocks):
    """gr.Blocks with four differences.

    A program may leave out the last inputs of a public endpoint: they have the values of their components.

    Its browser side opens no heartbeat, a request that stays open as long as the tab does. Browsers open six
    connections to a host over HTTP/1.1: with six tabs the seventh would wait for ever. The heartbeat tells gradio when
    a tab is closed. Nothing here needs that: events of a closed tab end with their own stream, and
    `seg.page.server.retention` drops sessions by the time of their last request.

    Nor does it tell components how far an event is: with every such message gradio copies all that a component holds,
    label maps and all, for every component that ever had one. Ours show their own progress.

    It looks into its empty queue every PAUSE; gradio's own millisecond took 6 % of a core for ever.
    """

    def queue(self, *args, **settings):
        super().queue(*args, **settings)
        self._queue.sleep_when_free = PAUSE
        return self

    def get_config_file(self):
        config = super().get_config_file()
        quiet = [
            event | {"show_progress_on": []} if event["show_progress"] == "hidden" else event
            for event in config["dependencies"]
        ]
        return {**config, "connect_heartbeat": False, "dependencies": quiet}

    def validate_inputs(self, block_fn, inputs: list) -> None:
        if block_fn.api_visibility == "public":
            inputs.extend(block.value for block in block_fn.inputs[len(inputs) :])
        super().validate_inputs(block_fn, inputs)


def build_page() -> gr.Blocks:
    """The whole page, opened on the first example, already segmented."""
    predictor = load_predictor()
    first = open_example(FIRST_EXAMPLE, zerogpu.page_predictor()) if FIRST_EXAMPLE in examples() else None
    with Page(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(CLEAN_UP_EVERY, FILES_KEPT)) as page:
        session = gr.State(first, time_to_live=LONGEST_VISIT)
        opinion = gr.State(None, time_to_live=LONGEST_VISIT)  # the second opinion's prediction
        opened = {"example": first.example, "model": first.prediction.model} if first else None
        header = Header(
            examples=thumbnails(), models=offered(), device=predictor.device_name, first=opened, elem_id="header"
        )
        downloads.build()
        notice = Notice(elem_id="notice")
        Tour(elem_id="tour")
        feed = Feed(payload(first) if first else None, elem_id="feed")
        tabs = []
        with gr.Column(elem_id="work"):
            with gr.Tabs(elem_id="tabs"):
                for module in TABS:
                    with gr.Tab(module.TITLE, id=module.TITLE.split()[0].lower(), render_children=True):
                        tabs.append(module.build(session, notice, opinion))
            share.build(session, opinion)
        credits = [{key: e[key] for key in ("title", "credit", "source")} for e in thumbnails()]
        Foot(examples=credits, privacy=PRIVACY, elem_id="foot")
        picked = (
            batching.batch_first(header.upload, header, notice) if batching.worthwhile(predictor) else header.upload
        )
        shown = picked(
            report_errors(select_photo, [session, feed]),
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
                    report_errors(tab.on_prediction, tab.outputs, clears=False),
                    [session, *tab.inputs],
                    [*tab.outputs, notice],
                    api_visibility="private",
                    show_progress="hidden",
                )
        api.build()
    return page


def launch_settings() -> dict:
    """The arguments of gradio's `launch` that decide how the page looks, and what the server does not offer."""
    css = "".join((SHARED / name).read_text("utf-8") for name in ("page.css", "present.css"))
    return {
        "max_file_size": MAX_BYTES + 1_000_000,  # a little over: the sentence about the limit is seg.photo.decode's
        "allowed_paths": [],
        "show_error": False,
        "run_history": False,
        "ssr_mode": False,
        "pwa": False,
        "share": False,
        "quiet": True,  # gradio's own lines advertise public links
        "theme": theme(),
        "head": f"<style>{css}</style>{modules.preload_tags()}",
        "footer_links": ["api"],
        "favicon_path": SHARED / "favicon.svg",
        "app_kwargs": {
            "routes": [modules.route],
            "middleware": [Middleware(Firewall), Middleware(SteadyStream), Middleware(LinkPreview)],
            "lifespan": retention,
        },
    }
