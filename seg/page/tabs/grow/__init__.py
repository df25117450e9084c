"""The tab "Region growing": segmentation as it was before networks, to play with, and what networks say of one click.

The growing itself happens in the browser (tabs/grow/growth.js), so that neither the slider nor a dragged seed
ever waits for the server. For that it needs the photo's exact colours, once: the JPEG on screen is not good enough for
regions that equal `seg.growing.regions.grow` to the last pixel. And it needs the network's scores, for the rule that
looks at those. `send_ground` hands both over when the tab is first looked at. The one-click head answers on the server,
once for a seed that stays where it is: `reply_click`."""

import numpy as np

from seg.labels.codec import pack, pack_scores, pack_smooth
from seg.models.predictor import load_predictor
from seg.models.registry import ZOO
from seg.page.components import Piece
from seg.page.requests import asked_about_photo, report_errors
from seg.page.session import Session
from seg.page.tabs import Tab
from seg.page.tabs.grow.click import reply_click

TITLE = "Region growing"


class GrowView(Piece):
    """The photo with the region on it, the three answers, the curve and the rule. Draws `page.current`.

    Value: {asked} from the browser, asking for the photo's colours and scores, and the answer is what `send_ground`
    returns; or {count} about a click, answered by `reply_click`.
    """

    folder = "grow"


def build(session, notice, opinion) -> Tab:
    """The tab's elements. Nothing is worked out here when the photo changes: the view asks when it is looked at."""
    view = GrowView(elem_id="grow-view")
    quiet = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
    view.select(report_errors(send_ground, [view]), [view, session], [view, notice], **quiet)
    view.submit(reply_click, [view, session], view, **quiet)
    return Tab()


def send_ground(request: dict | None, session: Session | None) -> dict:
    """{asked: a number, height, width, truth, colours: bool} of the view -> what growing looks at: {asked, height,
    width, colours, cells, scores, individuals}.

    colours: the photo without loss, null unless asked for. cells, scores: as the inspector has them. `asked` comes
    back, so that the view can tell the answer to its last question. Raises ValueError for another request,
    PhotoMissingError for another photo.
    """
    asked, session = asked_about_photo(request, session, "the photo's colours")
    height, width = session.photo.shape[:2]
    scores = session.prediction.scores
    return {
        "asked": asked,
        "height": height,
        "width": width,
        "colours": pack_colours(session.photo) if request.get("colours") is True else None,
        "cells": list(scores.shape),
        "scores": pack_scores(scores),
        "individuals": individuals_in(session),
    }


def individuals_in(session: Session) -> dict | None:
    """{map: `pack` of HxW, the number of the individual at each pixel, 0 where there is none; classes: the class id of
    number 1, 2, ...}; None for a model that does not tell individuals apart.
    """
    model = session.prediction.model
    if ZOO[model].url:  # torchvision's have a trunk of their own
        return None
    found = load_predictor(model).individuals(session.photo)
    return {"map": pack(found.map()), "classes": [one.class_id for one in found]}


def pack_colours(photo: np.ndarray) -> str:
    """HxWx3 uint8 -> `pack_smooth` of 3HxW: the planes green, red - green and blue - green (mod 256) one below the
    other. Red and blue mostly follow green, so the differences are small and pack well: about 1 byte a pixel.
    """
    red, green, blue = (photo[..., i] for i in range(3))
    return pack_smooth(np.concatenate([green, red - green, blue - green]))
