"""Several visitors' photos through the network at once, where that is faster: on a GPU.

Gradio forms a batch of the events that wait, but reads the session (`gr.State`) of the first one only: a batched event
that took the session would hand one visitor's photo to another. So this event takes nothing but what was picked, runs
the network, and answers nobody: the predictor keeps a photo's prediction, and the step after it (`select_photo`, for
one visitor, with the session) finds it there. That step also reports whatever goes wrong here.
"""

import logging
import os
from collections import defaultdict

import gradio as gr

from seg.models.predictor import BATCH, Predictor
from seg.page.examples import example_named
from seg.page.model_list import ready_predictor
from seg.page.server.uploads import read_upload
from seg.page.server.zerogpu import on_zerogpu
from seg.photo.decode import load_photo

log = logging.getLogger(__name__)


def worthwhile(predictor: Predictor) -> bool:
    """On a GPU, but not one that is lent to one visitor at a time; SEG_BATCH=1 or 0 decides otherwise."""
    wish = os.environ.get("SEG_BATCH", "")
    return wish == "1" or (wish != "0" and predictor.device.type != "cpu" and not on_zerogpu())


def batch_first(event, header, notice):
    """The event of `header` on which the page's own step follows (`.then`); its answer leaves `notice` as it is."""
    return event(
        predict_together,
        header,
        notice,
        batch=True,
        max_batch_size=BATCH,
        api_visibility="private",
        show_progress="hidden",
        concurrency_id="batches",
        concurrency_limit=1,  # while one batch runs, the next one gathers
        trigger_mode="always_last",
    ).then


def photo_of(choice: dict):
    """HxWx3 uint8. The upload stays where it is: `select_photo` takes it."""
    if choice.get("example"):
        return example_named(str(choice["example"])).photo
    return load_photo(read_upload(str(choice["path"])))


def predict_together(choices: list) -> list[list]:
    """Predict several visitors' photos together, so that `select_photo` finds the answers. Never raises."""
    together = defaultdict(list)
    for choice in choices:
        try:
            if choice.get("example") or choice.get("path"):  # else it is about the photo of a session
                together[ready_predictor(choice.get("model"))].append(photo_of(choice))
        except Exception as error:
            log.debug("left to the next step: %s", error)
    for predictor, photos in together.items():
        try:
            predictor.predict_many(photos)
        except Exception as error:
            log.debug("left to the next step: %s", error)
    return [[gr.skip() for _ in choices]]
