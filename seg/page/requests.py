"""What every handler needs: checks of what a browser sends, and one sentence for the visitor where something fails.

A handler is bound in one of two ways. `report_errors` adds an output, the page's notice:

    button.click(report_errors(handler, outputs), inputs, [*outputs, notice], ...)

`answered` is for components that show their own errors: the answer holds `problem`, the sentence, beside those numbers
of the request by which the browser knows what is answered.

A handler raises ValueError with the sentence. Anything else it raises is logged, and the visitor reads that the fault
is ours. Nothing that arrives is trusted.
"""

import functools
import itertools
import logging
from collections.abc import Callable, Sequence

import gradio as gr
import numpy as np

from seg.classes import COUNT
from seg.labels.codec import unpack
from seg.page.session import PhotoMissingError, Session, checksum

LARGEST = 2**53  # whole numbers a browser can hold
LONGEST = 400  # characters of a sentence; some quote what the visitor sent
UNREADABLE = "This page asked for {} in a way the server does not know: please reload it."
log = logging.getLogger(__name__)
_count = itertools.count(1)  # the same sentence twice must be two different values, or gradio drops the second


# Checks


def whole_number(value, least: int, most: int, name: str) -> int:
    """value itself, when it is a whole number in the range; JSON's true is none. Raises ValueError otherwise."""
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most:,}.")
    return value


def read_painting(packed, shape: tuple[int, int]) -> np.ndarray:
    """HxW uint8 class ids of a painting as the browser packs it. Raises ValueError for another size or other values."""
    painted = unpack(packed, *shape)
    if painted.max() >= COUNT:
        raise ValueError(f"This painting holds the value {painted.max()}; class ids are 0 to {COUNT - 1}.")
    return painted


def same_photo(request: dict, session: Session | None) -> bool:
    """Whether {height, width, truth} of the browser's photo and labels are those of this visitor's session."""
    if session is None:
        return False
    labels = session.prediction.labels
    return (request.get("height"), request.get("width")) == labels.shape and request.get("truth") == checksum(labels)


def require_same_photo(request: dict, session: Session | None) -> Session:
    """The session, when it is about the photo that the browser shows. Raises PhotoMissingError otherwise."""
    if not same_photo(request, session):
        raise PhotoMissingError
    return session


def about_this_photo(request: dict, session: Session | None) -> bool:
    """Whether a request {count, truth, height, width} is about the photo and labels of this visitor's session.

    Raises ValueError with a sentence where it is no such request.
    """
    if not isinstance(request, dict):
        raise ValueError("This page asked in a way the server does not know: please reload it.")
    for key in ("count", "truth"):
        whole_number(request.get(key), 0, LARGEST, key)
    return same_photo(request, session)


def asked_about_photo(request: dict | None, session: Session | None, what: str) -> tuple[int, Session]:
    """(asked, session) of a request {asked: a number, height, width, truth} for `what` of the visitor's photo.

    Raises ValueError with a sentence for another request, PhotoMissingError for another photo.
    """
    asked = request.get("asked") if isinstance(request, dict) else None
    if type(asked) is not int or not 0 <= asked < 2**31:
        raise ValueError(UNREADABLE.format(what))
    return asked, require_same_photo(request, session)


# Answers


def answered(respond: Callable, request, session, keys: Sequence[str]) -> dict:
    """What `respond(request, session)` says, with `echoed(request, keys)`.

    Never raises: what `respond` raises becomes a `problem`, a sentence, and `forgotten` where the photo is missing.
    """
    numbers = echoed(request, keys)
    try:
        return numbers | respond(request, session)
    except Exception as error:
        missing = {"forgotten": True} if isinstance(error, PhotoMissingError) else {}
        return numbers | {"problem": sentence(error)} | missing


def echoed(request, keys: Sequence[str]) -> dict:
    """Those `keys` of the request whose values are whole numbers or short words. Nothing else goes back to the browser:
    on its way out, gradio would open an object that looks like a file.

    >>> echoed({"count": 3, "ask": {"path": "/etc/passwd"}}, ["count", "ask"])
    {'count': 3, 'ask': None}
    """
    if not isinstance(request, dict):
        return {}
    return {key: request.get(key) if is_plain(request.get(key)) else None for key in keys}


def is_plain(value) -> bool:
    """Whether value is a whole number that a browser can hold, or a short word."""
    return (type(value) is int and abs(value) <= LARGEST) or (isinstance(value, str) and len(value) < 40)


def report_errors(handler: Callable, outputs: Sequence, clears: bool = True) -> Callable:
    """`handler`, with one more output for the notice. When it raises, `outputs` stay as they are; when it does not, the
    notice is emptied, unless `clears` is false: a later step of the same question leaves what an earlier one said.
    """

    @functools.wraps(handler)
    def with_notice(*inputs):
        try:
            results = handler(*inputs)
        except Exception as error:
            notice = {"text": sentence(error), "count": next(_count), "forgotten": isinstance(error, PhotoMissingError)}
            return *[gr.skip()] * len(outputs), notice
        return *(results if isinstance(results, tuple) else (results,)), None if clears else gr.skip()

    return with_notice


def sentence(error: Exception) -> str:
    """The words for the visitor: the error's own if it is a ValueError, else an apology, and the log has the rest."""
    if isinstance(error, ValueError) and str(error):
        text = str(error)
        text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        begins = (text.split() or [""])[0]
        if not set("._/") & set(begins.rstrip(".:,")):  # the name of a file keeps its letters
            text = text[0].upper() + text[1:]
        return text + ("" if text.endswith((".", "!", "?")) else ".")
    log.error("a handler failed", exc_info=error)
    if isinstance(error, MemoryError):
        return "The server has no memory left for this at the moment: please try again in a minute, or a smaller photo."
    return "Something went wrong on our side. Your last result is still here; please try again."
