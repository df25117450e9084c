"""The section "Ask a second model" of the tab Segment: two label maps of one photo, and where they differ.

Nothing runs unless the visitor asks. The browser (tabs/second_opinion) sends

    {count, other, truth, height, width}      truth: CRC-32 of the labels it shows

and gets the same count and other back with the result of `compare`, or with a `problem`, a sentence. Weights that
are not on this machine are fetched before, by `seg.page.tabs.downloads`. The second prediction stays in a State of
its own, so that a slow answer can never replace the visitor's photo; it counts only for the Session it was made of, and
goes with the next photo or model. What arrives is not trusted.
"""

from dataclasses import asdict

import gradio as gr

from seg.classes import TITLES
from seg.labels.codec import pack, pack_smooth
from seg.labels.components import describe
from seg.models.predictor import Prediction
from seg.models.registry import ZOO, Entry
from seg.models.second_opinion import Alternative, alternatives, another, variants
from seg.page.components import Piece
from seg.page.model_list import not_here
from seg.page.requests import about_this_photo, echoed, sentence
from seg.page.session import SecondOpinion, Session
from seg.page.tabs import Tab
from seg.scoring.agreement import agreement, in_words

COMMON = 4  # disagreements put into words
UNKNOWN = "There is no such second model: pick one of the list."


class SecondOpinionView(Piece):
    """The chooser, the three maps, the matrix and the facts. Value: a request, then its answer."""

    folder = "second_opinion"


def build(session, opinion) -> Tab:
    """The section and its two events: heads on the trunk, which answer at once, do not wait in line behind networks. A
    new photo or model drops the second prediction."""
    same = {name: [choice(each) | {"name": each.name} for each in variants(name)] for name in ZOO}
    view = SecondOpinionView(elem_id="second-opinion", models=models(), variants=same)
    wires = [view, session], [view, opinion]
    how = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "multiple"}
    view.submit(reply, *wires, **how, concurrency_id="network", concurrency_limit=2)
    view.select(head_reply, *wires, **how, queue=False)
    return Tab(on_prediction=keep_current, inputs=[opinion], outputs=[opinion])


def keep_current(session: Session | None, opinion: SecondOpinion | None) -> SecondOpinion | None:
    """None for a visitor who has a new photo or model. A file that was refused is none: what was there stays."""
    return opinion if opinion is not None and opinion.session is session else None


def models() -> dict:
    """What the chooser says of each model, by name."""
    return {name: choice(another(name)) for name in ZOO}


def choice(each: Alternative) -> dict:
    """What the chooser says of one of them: {title, about, megabytes, ready, shares_trunk: with the bundled model}."""
    entry = each.entry
    return {
        "title": each.title,
        "about": each.about,
        "megabytes": entry.megabytes,
        "ready": entry.ready,
        "shares_trunk": shares_trunk(entry),
    }


def shares_trunk(entry: Entry | None) -> bool:
    """Whether it is the bundled model or a head on its trunk."""
    return entry is not None and (entry.trunk or entry.name) == "bundled"


def reply(request: dict | None, session: Session | None) -> tuple[dict, SecondOpinion]:
    """The answer to one request, and the visitor's new SecondOpinion; no answer, no change. Never raises."""
    numbers = echo(request)
    try:
        answer, opinion = respond(request, session)
        return numbers | answer, opinion
    except Exception as error:
        return numbers | {"problem": sentence(error)}, gr.skip()


def head_reply(request: dict | None, session: Session | None) -> tuple[dict, SecondOpinion]:
    """`reply`, for a head on the bundled trunk only: nobody goes round the line with a whole network."""
    other = request.get("other") if isinstance(request, dict) else None
    if not isinstance(other, str) or not shares_trunk(ZOO.get(other)):
        return echo(request) | {"problem": UNKNOWN}, gr.skip()
    return reply(request, session)


def echo(request: dict | None) -> dict:
    """What tells the browser which of its requests is answered."""
    return echoed(request, ["count", "other", "truth"])


def respond(request: dict, session: Session | None) -> tuple[dict, SecondOpinion]:
    """Check the request and ask the second model. Raises ValueError with a sentence."""
    if not isinstance(request, dict):
        raise ValueError(UNKNOWN)
    if not about_this_photo(request, session):
        return {"stale": True}, gr.skip()
    known = alternatives(session.prediction.model)
    name = request.get("other")
    if not isinstance(name, str) or name not in known:
        raise ValueError(UNKNOWN)
    second = known[name]
    if not second.entry.ready:
        raise ValueError(not_here(second.entry))
    prediction = second.ask(session.photo)
    return compare(session, second, prediction), SecondOpinion(session, second.title, prediction)


def compare(session: Session, alternative: Alternative, prediction: Prediction) -> dict:
    """What the section shows of a second opinion: plain types.

    labels, confidence: the second model's, packed; classes: its legend; words: sentences; pixels, differ, share and
    mean_iou as in `seg.scoring.agreement.Agreement`; ids and table: the classes present and the counts of their
    pairs, rows the first model's; common: [{first, second, pixels}]; sides: what the two models are, first and second.
    """
    first = session.prediction
    found = agreement(first.labels, prediction.labels)
    height, width = prediction.labels.shape
    second = side(alternative.title, alternative.entry, prediction)
    if alternative.name not in ZOO:  # published scores are of the model asked as usual
        second |= {"score": None, "score_on": ""}
    return {
        "height": height,
        "width": width,
        "labels": pack(prediction.labels),
        "confidence": pack_smooth(prediction.confidence),
        "classes": describe(prediction.labels, TITLES),
        "words": in_words(found, most=COMMON),
        "pixels": found.pixels,
        "differ": found.differ,
        "share": found.share,
        "mean_iou": found.mean_iou,
        "ids": list(found.classes),
        "table": found.table().tolist(),
        "common": [asdict(pair) for pair in found.common(COMMON)],
        "sides": [side(ZOO[first.model].title, ZOO[first.model], first), second],
    }


def side(title: str, entry: Entry, prediction: Prediction) -> dict:
    """One column of the table that says what the two are. score: mean IoU in %, None where nothing was published."""
    return {
        "title": title,
        "parameters": entry.parameters,
        "megabytes": entry.megabytes,
        "milliseconds": prediction.milliseconds,
        "device": prediction.device,
        "score": entry.score,
        "score_on": entry.score_on,
        "note": prediction.note,
    }
