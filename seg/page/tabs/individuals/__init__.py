"""The section "Which one is it?" of the tab Segment: individuals beside the semantic mask, where touching ones merge.

Nothing runs unless the visitor asks. The browser (tabs/individuals) sends

    {count, truth, height, width}         truth: CRC-32 of the labels it shows

and gets the same count back with the result of `describe`, or with a `problem`, a sentence. Weights that are not on
this machine are downloaded before, by `seg.page.tabs.downloads`. Nothing of it is kept on the server but the answers in
the cache of `seg.models.mask_rcnn`. What arrives is not trusted.
"""

import numpy as np
from scipy.ndimage import distance_transform_edt

from seg.classes import NAMES
from seg.labels.codec import pack
from seg.labels.components import count_blobs
from seg.models.individuals import Individuals
from seg.models.mask_rcnn import load_instances
from seg.models.registry import INSTANCES
from seg.page.components import Piece
from seg.page.model_list import not_here
from seg.page.requests import about_this_photo, answered
from seg.page.session import Session

MODEL = "maskrcnn_resnet50_fpn"


class InstanceView(Piece):
    """The semantic mask, the individuals and their list. Value: a request, then its answer."""

    folder = "individuals"


def build(session) -> None:
    """The section and its one event."""
    entry = INSTANCES[MODEL]
    shown = ("name", "title", "parameters", "megabytes", "ready", "score", "measure", "score_on")
    view = InstanceView(elem_id="instances", model={key: getattr(entry, key) for key in shown})
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
    """The answer to one request: {count, truth} and its result. Never raises: a `problem` is a sentence."""
    return answered(respond, request, session, ("count", "truth"))


def respond(request: dict, session: Session | None) -> dict:
    """Check the request, then look for individuals. Raises ValueError with a sentence."""
    if not about_this_photo(request, session):
        return {"stale": True}
    if not INSTANCES[MODEL].ready:
        raise ValueError(not_here(INSTANCES[MODEL]))
    return describe(session.prediction.labels, load_instances(MODEL)(session.photo))


def describe(labels: np.ndarray, found: Individuals) -> dict:
    """What the section shows: plain types.

    place: `pack` of HxW, the number of the individual at each pixel, 0 where there is none. individuals: [{number,
    name, voc: class id or null, score: 0 to 1, pixels: seen, row, column: a pixel well inside it}], most certain first;
    counts: see `blobs_and_individuals`.
    """
    place = found.map()
    individuals = []
    for one in found:
        top, left, bottom, right = one.box
        seen = place[top:bottom, left:right] == one.number
        row, column = middle(seen) if seen.any() else middle(one.cut)
        individuals.append(
            {
                "number": one.number,
                "name": one.name,
                "voc": one.class_id,
                "score": one.score,
                "pixels": int(seen.sum()),
                "row": top + row,
                "column": left + column,
            }
        )
    return {
        "height": found.height,
        "width": found.width,
        "place": pack(place),
        "individuals": individuals,
        "counts": blobs_and_individuals(labels, found),
        "milliseconds": found.milliseconds,
        "device": found.device,
        "note": found.note,
    }


def middle(mask: np.ndarray) -> tuple[int, int]:
    """(row, column) of the pixel of a mask that is furthest from everything outside it; a number is legible there.

    >>> middle(np.array([[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 0]], bool))
    (1, 1)
    """
    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    return tuple(int(i) for i in np.unravel_index(depth.argmax(), depth.shape))


def blobs_and_individuals(labels: np.ndarray, found: Individuals) -> list[dict]:
    """[{name, voc, blobs, individuals}] for every class, background aside, that the label map or Mask R-CNN names.

    Largest classes of the label map first. `blobs` is null for a class that the semantic model does not have.
    """
    blobs = count_blobs(labels)
    areas = np.bincount(labels.ravel(), minlength=256)
    names = [NAMES[i] for i in sorted(blobs, key=lambda i: -areas[i]) if i]
    names += [name for name in dict.fromkeys(one.name for one in found) if name not in names]
    rows = []
    for name in names:
        voc = NAMES.index(name) if name in NAMES else None
        individuals = sum(one.name == name for one in found)
        rows.append(
            {"name": name, "voc": voc, "blobs": None if voc is None else blobs.get(voc, 0), "individuals": individuals}
        )
    return rows
