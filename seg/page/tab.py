"""What a tab's `build(session, notice, rival)` returns: what the server must work out for it when the photo changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tab:
    """on_prediction(session) -> the values of `outputs`, called after every new photo or model, once the picture is up.

    Most tabs need none: their components hear of the photo in the browser, through `Seg.onPrediction`.
    """

    on_prediction: Callable | None = None
    outputs: Sequence = ()
