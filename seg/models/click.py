"""One click, one mask: the answer of the click head. See `seg.models.heads.click`.

found = load_predictor("bundled").click(photo, (row, column))
found.mask, found.score
"""

import time
from dataclasses import dataclass, field

import numpy as np
import torch

from seg.models.individuals import cut_out
from seg.models.trunk import resized

INSIDE = 0.5  # a pixel belongs to the mask from this probability on


@dataclass(frozen=True, eq=False)
class Click:
    """The thing under a click in a photo of HxW pixels, without a class.

    mask          HxW bool
    score         0 to 1: the mean probability inside the mask, 0 for an empty one
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


def see(head, photo: np.ndarray):
    """What the click head makes of a working photo HxWx3 uint8 before any click. head: the head's `Predictor`."""
    return head.inside(photo, lambda network, features: network.look(features))


def answer_click(head, photo: np.ndarray, place: tuple[int, int], seen) -> Click:
    """The thing at (row, column) of a working photo HxWx3 uint8. seen: of `see`, the same photo's."""
    height, width = photo.shape[:2]
    began = time.perf_counter()
    rows, columns = head.entry.input_size(height, width)
    scale = (rows - 1) / max(1, height - 1), (columns - 1) / max(1, width - 1)
    where = torch.tensor([[place[0] * scale[0], place[1] * scale[1]]], device=head.device)
    logits = head.inside_of(seen, lambda network, found: network.answer(found, where))
    chances = resized(logits.float(), (height, width))[0, 0].sigmoid().cpu().numpy()
    mask = chances >= INSIDE
    score = float(chances[mask].mean()) if mask.any() else 0.0
    return Click(mask, score, 1000 * (time.perf_counter() - began))
