"""One click on a photo, answered by the one-click head: the tabs "Region growing" and "Paint and grade" ask for it.

The browser sends {count, truth, height, width, row, column}; truth is the CRC-32 of the labels it shows. Back come the
same count and truth, and the mask, or a `problem`, a sentence. Nothing of it is kept.
"""

from seg.labels.codec import pack
from seg.models.predictor import load_predictor
from seg.page.requests import about_this_photo, answered, whole_number
from seg.page.session import Session


def reply_click(request: dict | None, session: Session | None) -> dict:
    """The answer to one click: {count, truth} and `respond_click`. Never raises: a `problem` is a sentence."""
    return answered(respond_click, request, session, ("count", "truth"))


def respond_click(request: dict, session: Session | None) -> dict:
    """{row, column, mask: `pack` of HxW 0 or 1, pixels, score, milliseconds}, or {stale: True} about another photo.

    Raises ValueError with a sentence for another request and for a pixel outside the photo.
    """
    if not about_this_photo(request, session):
        return {"stale": True}
    height, width = session.photo.shape[:2]
    row = whole_number(request.get("row"), 0, height - 1, "row")
    column = whole_number(request.get("column"), 0, width - 1, "column")
    return {"row": row, "column": column} | click_at(session, row, column)


def click_at(session: Session, row: int, column: int) -> dict:
    """{mask, pixels, score: 0 to 1, milliseconds} of the one-click head for a pixel of the visitor's photo."""
    click = load_predictor("bundled").click(session.photo, (row, column))
    return {
        "mask": pack(click.mask.astype("uint8")),
        "pixels": click.pixels,
        "score": click.score,
        "milliseconds": click.milliseconds,
    }
