"""How a handler tells the visitor that something did not work: one plain sentence, everything else as it was.

    button.click(report_errors(handler, outputs), inputs, [*outputs, notice], ...)

The handler raises ValueError with the sentence; anything else it raises is logged and becomes a sentence about us.
"""

import functools
import itertools
import logging
from collections.abc import Callable, Sequence

import gradio as gr

from seg.page.session import PhotoMissingError

log = logging.getLogger(__name__)
_count = itertools.count(1)  # the same sentence twice must be two different values, or gradio drops the second


LONGEST = 400  # characters of a sentence; some quote what the visitor sent


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


def answered(respond: Callable, request, session, keys: Sequence[str]) -> dict:
    """What `respond(request, session)` says, with those `keys` of the request that tell the browser which it answers.

    Never raises: what `respond` raises becomes a `problem`, a sentence.
    """
    numbers = echoed(request, keys)
    try:
        return numbers | respond(request, session)
    except Exception as error:
        return numbers | {"problem": sentence(error)}


def echoed(request, keys: Sequence[str]) -> dict:
    """Those `keys` of the request whose values are whole numbers or short words. Nothing else goes back to the browser:
    on its way out, gradio would open an object that looks like a file.

    >>> echoed({"count": 3, "ask": {"path": "/etc/passwd"}}, ["count", "ask"])
    {'count': 3, 'ask': None}
    """
    if not isinstance(request, dict):
        return {}
    values = {key: request.get(key) for key in keys}
    plain = lambda value: (type(value) is int and abs(value) <= 2**53) or (isinstance(value, str) and len(value) < 40)  # noqa: E731
    return {key: value if plain(value) else None for key, value in values.items()}


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
