"""One click, one mask: the answer of the click head. See `seg.models.heads.click`.

found = load_predictor("bundled").click(photo, (row, column))
found.mask, found.score
"""

import math
import time
from dataclasses import dataclass, field

import numpy as np
import torch

from seg.models.heads.click import DRAW, Seen
from seg.models.individuals import cut_out
from seg.models.trunk import resized

LIMIT = 0.0  # a pixel with a higher logit belongs to the mask: its probability is above a half


@dataclass(frozen=True, eq=False)
class Click:
    """The thing under a click in a photo of HxW pixels, without a class.

    mask          HxW bool
    score         0 to 1: the IoU with what was meant that the head expects, 0 for an empty mask
    milliseconds  the head's time, on top of the trunk
    """

    mask: np.ndarray = field(repr=False)
    score: float
    milliseconds: float

    @property
    def pixels(self) -> int:
        return int(self.mask.sum())

    @property
    def box(self) -> tuple[int, int, int, int] | None:
        """(top, left, bottom, right) in pixels, bottom and right exclusive; None where the mask is empty."""
        cut = cut_out(self.mask)
        return cut[0] if cut else None


def see(head, photo: np.ndarray, prediction, image: torch.Tensor) -> Seen:
    """What the click head makes of a working photo HxWx3 uint8 before any click. head: the head's `Predictor`.
    prediction: the trunk's own, of the same photo. image: what the trunk read, 1x3xhxw."""

    def look(network, features):
        scores = torch.from_numpy(prediction.scores)[None].to(head.device, head.dtype)
        return network.look(features, resized(scores, features.fine.shape[2:]), image)

    return Seen(*(each.contiguous() for each in head.inside(photo, look)))  # each click would copy them


def answer_click(head, photo: np.ndarray, place: tuple[int, int], seen: Seen) -> Click:
    """The thing at (row, column) of a working photo HxWx3 uint8. seen: of `see`, the same photo's."""
    began = time.perf_counter()
    sides = photo.shape[:2]
    # Pixels of the photo -> of the network's input: first and last pixels lie on each other.
    scale = [(pixels - 1) / (side - 1) for pixels, side in zip(seen.colours.shape[2:], sides, strict=True)]
    where = torch.tensor([[[place[0] * scale[0], place[1] * scale[1]]]], device=head.device)
    windows, logits, expected = head.inside_of(seen, lambda network, found: network.answer(found, where))
    middle, spacing = windows.middle[0, 0].tolist(), windows.spacing.item()
    lines, weights = zip(*(lines_of(*each, spacing) for each in zip(middle, scale, sides, strict=True)), strict=True)
    logits = (weights[0] @ logits[0, 0].float().cpu() @ weights[1].T).numpy()
    mask = np.zeros(sides, bool)
    mask[lines] = logits > LIMIT
    score = expected.item() if mask.any() else 0.0
    return Click(mask, score, 1000 * (time.perf_counter() - began))


def lines_of(middle: float, scale: float, side: int, spacing: float) -> tuple[slice, torch.Tensor]:
    """(the rows of a photo that a drawn window covers, RxDRAW: how much of each of the window's cells goes into each);
    likewise columns.

    middle: the window's, in pixels of the network's input. scale: those to a pixel of the photo. side: rows in all.
    """
    first = middle - spacing * (DRAW - 1) / 2
    start = min(max(0, math.ceil(first / scale)), side)
    stop = max(start, min(side, math.floor((first + spacing * (DRAW - 1)) / scale) + 1))
    places = (torch.arange(start, stop)[:, None] * scale - first) / spacing
    return slice(start, stop), (1 - (places - torch.arange(DRAW)).abs()).clamp(min=0)
