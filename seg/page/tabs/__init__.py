"""What a tab's `build(session, notice, opinion)` returns: the work of the server when the photo changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tab:
    """on_prediction(session, *inputs) -> the values of `outputs`, called once the header's question is answered: after
    every new photo or model, and also when there is none because the question failed.

    Most tabs need none: their components hear of the photo in the browser, through `onPrediction`.
    """

    on_prediction: Callable | None = None
    inputs: Sequence = ()
    outputs: Sequence = ()
