"""The tab "Segment": a label for every pixel. Nearly all of it happens in the browser: see tabs/segment.

The pixel inspector needs the scores themselves. They are sent once per photo, when the first pixel is pinned: 21
numbers for each of the network's cells. From then on a moved pin costs no question to the server, so arrow
keys feel instant.
"""

from seg.labels.codec import pack_scores
from seg.models.families import FAMILIES, OWN
from seg.models.registry import ZOO
from seg.models.trunk import OUTPUT_STRIDE
from seg.page.components import SegmentView
from seg.page.requests import asked_about_photo, report_errors
from seg.page.session import Session
from seg.page.tabs import Tab, individuals, second_opinion

TITLE = "Segment"
HEAD_RATES = (12, 24, 36)  # torchvision.models.segmentation.deeplabv3.DeepLabHead
# Where the ASPP (or, without one, the head) works, the stride of the scores, the atrous rates. torchvision's ResNets
# trade their last two strides for dilation (stride 8), its MobileNetV3 the last one (16); LR-ASPP adds scores at stride
# 16 to finer ones at 8, and has no atrous branch in spite of its name.
SAMPLING = {
    **{name: (OUTPUT_STRIDE, each.stride, each.rates) for name, each in ({"bundled": OWN} | FAMILIES).items()},
    "deeplabv3_mobilenet_v3_large": (16, 16, HEAD_RATES),
    "deeplabv3_resnet50": (8, 8, HEAD_RATES),
    "deeplabv3_resnet101": (8, 8, HEAD_RATES),
    "fcn_resnet50": (8, 8, ()),
    "lraspp_mobilenet_v3_large": (16, 8, ()),
}


def build(session, notice, opinion) -> Tab:
    """The tab's elements and the inspector's one question. A new photo needs no word from here: see `page.current`."""
    view = SegmentView(networks=networks(), elem_id="segment-view")
    view.select(
        report_errors(send_scores, [view]),
        [view, session],
        [view, notice],
        api_visibility="private",
        show_progress="hidden",
        queue=False,
    )
    tab = second_opinion.build(session, opinion)
    individuals.build(session)
    return tab


def networks() -> dict:
    """How the zoo's models sample their input: {name: {outputStride, scoreStride, rates}}, in pixels of the network's
    input and, for the rates, in cells of the output stride. No rates: the network has no ASPP."""
    return {
        name: {"outputStride": stride, "scoreStride": score_stride, "rates": list(rates)}
        for name, (stride, score_stride, rates) in SAMPLING.items()
        if name in ZOO
    }


def send_scores(request: dict | None, session: Session | None) -> dict:
    """{asked: a number, height, width, truth} of the view -> the scores of the visitor's photo: {asked, model, height,
    width, cells, scores}.

    height, width: of the photo. cells: [classes, rows, columns]; scores: `pack_scores`. `asked` comes back, so that the
    view can tell the answer to its last question. Raises ValueError for another request, PhotoMissingError for another
    photo.
    """
    asked, session = asked_about_photo(request, session, "the scores")
    prediction = session.prediction
    height, width = prediction.labels.shape
    return {
        "asked": asked,
        "model": prediction.model,
        "height": height,
        "width": width,
        "cells": list(prediction.scores.shape),
        "scores": pack_scores(prediction.scores),
    }
