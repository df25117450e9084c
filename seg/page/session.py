"""What the page remembers of one visitor: the photo in front of them and what the model said about it.

Kept on the server in a `gr.State`; no two visitors ever share one. Handlers never change a Session, they return a new
one, so the first example's can be everybody's beginning without being copied.
"""

import zlib
from dataclasses import dataclass

import numpy as np

from seg.models.predictor import Prediction
from seg.models.registry import ZOO


@dataclass(frozen=True, eq=False)
class Session:
    """One visitor's photo and prediction.

    name        what the visitor calls it: the example's title or the file's own name
    photo       HxWx3 uint8, the working photo (long side at most 1024)
    prediction  labels and confidence at the size of `photo`, scores at the network's stride
    example     name of the example ("hens"), "" for the visitor's own photo
    credit      who took it and under which licence, "" for the visitor's own photo
    size        (height, width) of the file it came from, upright, in pixels; None where that is not known
    """

    name: str
    photo: np.ndarray
    prediction: Prediction
    example: str = ""
    credit: str = ""
    size: tuple[int, int] | None = None

    def __deepcopy__(self, memo) -> "Session":
        return self  # nothing in it ever changes; gr.State copies its initial value for every visitor


@dataclass(frozen=True, eq=False)
class SecondOpinion:
    """Another model's prediction for a visitor's photo. It goes with the photo.

    session     the Session it belongs to. It counts for no other: see `truth_named`
    title       who gave it, in words
    prediction  labels and confidence at the size of the photo, like the session's own
    """

    session: Session
    title: str
    prediction: Prediction

    def __deepcopy__(self, memo) -> "SecondOpinion":
        return self  # as Session


def checksum(labels: np.ndarray) -> int:
    """CRC-32 of the row-major bytes; the browser computes the same, and names by it the labels that it shows."""
    return zlib.crc32(np.ascontiguousarray(labels))


def truth_named(number: int, session: Session, opinion: SecondOpinion | None = None) -> tuple[str, Prediction] | None:
    """(who made it, the prediction) whose labels have that checksum: the session's own, the second opinion's, or None.

    The opinion of another session, one that came too late for instance, does not count.
    """
    known = [(ZOO[session.prediction.model].title, session.prediction)]
    if opinion is not None and opinion.session is session:
        known.append((opinion.title, opinion.prediction))
    for title, prediction in known:
        if checksum(prediction.labels) == number:
            return title, prediction
    return None


class PhotoMissingError(ValueError):
    """The server has another photo for this visitor than their page shows, or none.

    It was restarted, another replica answers, or the visitor was away for longer than photos are kept. A session that
    the server does not know begins with the first example, so requests about a photo say which one they mean.
    The page then selects its photo again by itself (tabs/header, `page.restore`) where it still has it.
    """

    def __init__(self, sentence: str = "The server no longer has the photo on this page: please pick it again."):
        super().__init__(sentence)
