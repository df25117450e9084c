"""What the page remembers of one visitor: the photo in front of them and what the model said about it.

Kept on the server in a `gr.State`; no two visitors ever share one. Handlers never change a Session, they return a new
one, so the first example's can be everybody's beginning without being copied.
"""

from dataclasses import dataclass

import numpy as np

from seg.predictor import Prediction


@dataclass(frozen=True, eq=False)
class Session:
    """One visitor's photo and prediction.

    name        what the visitor calls it: the example's title or the file's own name
    photo       HxWx3 uint8, the working photo (long side at most 1024)
    prediction  labels and confidence at the size of `photo`, scores at the network's stride
    example     name of the example ("horses"), "" for the visitor's own photo
    credit      who took it and under which licence, "" for the visitor's own photo
    """

    name: str
    photo: np.ndarray
    prediction: Prediction
    example: str = ""
    credit: str = ""

    def __deepcopy__(self, memo) -> "Session":
        return self  # nothing in it ever changes; gr.State copies its initial value for every visitor
