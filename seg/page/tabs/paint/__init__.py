"""The tab "Paint and grade": the visitor paints a mask, and every stroke is graded against the model's.

Painting happens in the browser (tabs/paint), in a buffer of one class id per pixel. After each stroke it sends

    {ask: "grade", sequence, count, truth, height, width, mask: as `seg.labels.codec.pack` makes it, one_click}

and for a one-click mask {ask: "one_click", name, n, ...}, for the object at a pixel {ask: "object", row, column, ...}:
the mask of the one-click head, which the browser lays in the chosen class. `truth` is the CRC-32 of the labels to be
graded against, the model's or the second opinion's: when the visitor has neither by now, the answer is {stale: true}
and no score.
"""

from functools import partial

import numpy as np

from seg.classes import COUNT, NAMES
from seg.labels.codec import pack
from seg.lessons.masks import MAX_N, ONE_CLICK_MASKS, lesson
from seg.page.components import Piece
from seg.page.requests import LARGEST, answered, read_painting, whole_number
from seg.page.session import SecondOpinion, Session, truth_named
from seg.page.tabs import Tab
from seg.page.tabs.grow.click import click_at
from seg.scoring.metrics import Grade, grade, warm_up

TITLE = "Paint and grade"


class PaintView(Piece):
    """Two linked canvases over one label map, tools, and the score panel. Value: a request, then its answer."""

    folder = "paint"


def build(session, notice, opinion) -> Tab:
    """The tab's elements and its one event. A new photo needs no word from here: the browser asks."""
    warm_up()
    masks = [{"name": name, "title": mask.title, "n": mask.n} for name, mask in ONE_CLICK_MASKS.items()]
    pad = PaintView(elem_id="paint-view", masks=masks)
    pad.submit(
        reply,
        [pad, session, opinion],
        pad,
        api_visibility="private",
        show_progress="hidden",
        queue=False,
        trigger_mode="multiple",  # the browser itself sends one at a time
    )
    return Tab()


def reply(request: dict | None, session: Session | None, opinion: SecondOpinion | None = None) -> dict:
    """The answer to one request: {count, sequence, truth} and its result. Never raises: a `problem` is a sentence."""
    return answered(partial(respond, opinion=opinion), request, session, ("count", "sequence", "truth"))


def respond(request: dict, session: Session | None, opinion: SecondOpinion | None = None) -> dict:
    """Check the request, then grade the painting, make a mask or find an object. Raises ValueError with a sentence."""
    if not isinstance(request, dict):
        raise ValueError("This painting did not arrive whole: please paint on.")
    for key in ("count", "sequence", "truth"):
        whole_number(request.get(key), 0, LARGEST, key)
    found = truth_named(request["truth"], session, opinion) if session is not None else None
    if found is None or (request.get("height"), request.get("width")) != found[1].labels.shape:
        return {"stale": True}
    truth = found[1].labels
    if request.get("ask") == "one_click":
        name, n = read_one_click(request)
        return {"name": name, "n": n, "mask": pack(ONE_CLICK_MASKS[name].make(truth, n))}
    if request.get("ask") == "object":
        row = whole_number(request.get("row"), 0, truth.shape[0] - 1, "row")
        column = whole_number(request.get("column"), 0, truth.shape[1] - 1, "column")
        return {"object": True} | click_at(session, row, column)
    painted = read_painting(request.get("mask"), truth.shape)
    result = grade(truth, painted)
    answer = {"scores": scores(result)}
    if request.get("one_click") is not None:
        name, n = read_one_click(request["one_click"])
        answer["lesson"] = lesson(name, n, truth, result)
    return answer


def read_one_click(request: dict) -> tuple[str, int]:
    """(name, n) of a one-click mask. Raises ValueError where there is no such mask."""
    name = request.get("name") if isinstance(request, dict) else None
    if not isinstance(name, str) or name not in ONE_CLICK_MASKS:
        raise ValueError("There is no such one-click mask: pick one of the buttons.")
    return name, whole_number(request.get("n"), 0, MAX_N, "the number of pixels")


def scores(result: Grade) -> dict:
    """What the panel shows: plain numbers, null for NaN. classes: those in either mask, largest in the truth first,
    with the pixels that both masks have of it (overlap), only the truth (missed) and only the painting (extra).

    On one photo torchmetrics, mmsegmentation and this page average alike; scikit-learn, asked for all 21 classes,
    counts an absent one as 0.
    """
    numbers = result.as_dict()
    here = {"mean_iou": numbers["mean_iou"], "mean_dice": numbers["mean_dice"]}
    listed = {
        "mean_iou": float(np.nan_to_num(result.iou).mean()),
        "mean_dice": float(np.nan_to_num(result.dice).mean()),
    }
    areas, painted, overlap = result.confusion.sum(1), result.confusion.sum(0), result.confusion.diagonal()
    present = [i for i in range(COUNT) if areas[i] or painted[i]]
    return {
        "mean_iou": numbers["mean_iou"],
        "pixel_accuracy": numbers["pixel_accuracy"],
        "mean_dice": numbers["mean_dice"],
        "boundary_iou": numbers["boundary_iou"],
        "pixels": result.pixels,
        "wrong": result.wrong,
        "conventions": {
            "present": here,
            "torchmetrics": here,
            "mmsegmentation": here,
            "scikit-learn": listed,
        },
        "classes": [
            {
                "id": i,
                "name": NAMES[i],
                "iou": numbers["iou"][NAMES[i]],
                "overlap": int(overlap[i]),
                "missed": int(areas[i] - overlap[i]),
                "extra": int(painted[i] - overlap[i]),
            }
            for i in sorted(present, key=lambda i: (i == 0, -areas[i]))
        ],
    }
