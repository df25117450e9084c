"""The section "Which one is it?" of the tab Segment: individuals beside the semantic mask, where touching ones merge.

The browser (tabs/individuals) asks when the section comes in sight, once per photo, and for Mask R-CNN on demand:

    {count, way: "centres" or "boxes", truth, height, width}    truth: CRC-32 of the labels it shows

and gets count and way back with the result of `describe`, or with a `problem`, a sentence. The first is a head on the
page's own trunk: it answers at once. Mask R-CNN's weights may not be on this machine: they are downloaded before, by
`seg.page.tabs.downloads`. Nothing is kept on the server but the answers in the models' own caches. What arrives is not
trusted.
"""

import math

import numpy as np

from seg.classes import TITLES
from seg.labels.codec import pack
from seg.lessons.individuals import blobs_and_individuals, has_head, individuals_beside, seen_place
from seg.models.grouping import SMALLEST
from seg.models.individuals import Individual, Individuals
from seg.models.mask_rcnn import load_instances
from seg.models.registry import INSTANCES
from seg.page.components import Piece
from seg.page.model_list import not_here
from seg.page.requests import UNREADABLE, about_this_photo, answered
from seg.page.session import Session

MODEL = "maskrcnn_resnet50_fpn"  # finds boxes first
ARROWS = 160  # offsets shown, about: more would be a blur
ARROWS_ACROSS = 32  # at most, along the photo's long side


class IndividualsView(Piece):
    """The semantic mask, the individuals and their list. Value: a request, then its answer."""

    folder = "individuals"


def build(session) -> None:
    """The section and its one event."""
    entry = INSTANCES[MODEL]
    shown = ("name", "title", "parameters", "megabytes", "ready", "score", "measure", "score_on")
    model = {key: getattr(entry, key) for key in shown}
    view = IndividualsView(elem_id="instances", model=model, smallest=SMALLEST)
    view.submit(
        reply,
        [view, session],
        view,
        api_visibility="private",
        show_progress="hidden",
        concurrency_id="network",
        concurrency_limit=2,
    )


def reply(request: dict | None, session: Session | None) -> dict:
    """The answer to one request: {count, way, truth} and its result. Never raises: a `problem` is a sentence."""
    return answered(respond, request, session, ("count", "way", "truth"))


def respond(request: dict, session: Session | None) -> dict:
    """Check the request, then look for individuals. Raises ValueError with a sentence."""
    if not about_this_photo(request, session):
        return {"stale": True}
    way = request.get("way")
    if way == "centres":
        found = individuals_beside(session.photo, session.prediction)
        # same: whether the labels on the page are the ones that were grouped
        return describe(session.prediction.labels, found) | {"same": has_head(session.prediction.model)}
    if way != "boxes":
        raise ValueError(UNREADABLE.format("individuals"))
    if not INSTANCES[MODEL].ready:
        raise ValueError(not_here(INSTANCES[MODEL]))
    return describe(session.prediction.labels, load_instances(MODEL)(session.photo))


def describe(labels: np.ndarray, found: Individuals) -> dict:
    """What the section shows: plain types.

    place: `pack` of HxW, the number of the individual at each pixel, 0 where there is none. individuals: [{number,
    name, voc: class id or null, score: 0 to 1, pixels: seen, row, column: a pixel well inside it, room: its distance
    from the outside, centre: [row, column] or null}], most certain first. counts: see `blobs_and_individuals`; arrows:
    see `arrows`.
    """
    place = found.map()
    return {
        "height": found.height,
        "width": found.width,
        "place": pack(place),
        "individuals": [entry(one, place) for one in found],
        "counts": blobs_and_individuals(labels, found),
        "arrows": arrows(found, place),
        "milliseconds": found.milliseconds,
        "device": found.device,
        "note": found.note,
    }


def entry(one: Individual, place: np.ndarray) -> dict:
    """What the list says of one individual; place: HxW, the number at each pixel."""
    return seen_place(one, place) | {
        "name": one.name if one.class_id is None else TITLES[one.class_id],
        "voc": one.class_id,
        "score": one.score,
        "centre": None if one.centre is None else [float(part) for part in one.centre],
    }


def arrows(found: Individuals, place: np.ndarray) -> list[list[int]]:
    """Some offsets of the head: [number of the individual, row, column, row pointed to, column], pixels of the photo.

    Cells are taken at even distances, those inside an individual: about ARROWS. Empty for a model without offsets.
    """
    if found.offsets is None or not place.any():
        return []
    cells = found.offsets.shape[1:]
    rows, columns = (
        np.linspace(0, size - 1, n).round().astype(int) for size, n in zip(place.shape, cells, strict=True)
    )
    inside = int((place[np.ix_(rows, columns)] > 0).sum())
    step = max(1, math.isqrt(inside // ARROWS), math.ceil(max(cells) / ARROWS_ACROSS))
    down, across = (np.arange(min(step, n) // 2, n, step) for n in cells)
    numbers = place[np.ix_(rows[down], columns[across])]
    i, j = np.nonzero(numbers)
    row, column = rows[down[i]], columns[across[j]]
    to_row, to_column = found.offsets[:, down[i], across[j]].astype(float).round()
    return np.stack([numbers[i, j], row, column, row + to_row, column + to_column], 1).astype(int).tolist()
