"""One click, one mask: which windows of a photo the click head is shown. The head: `seg.models.heads.click`.

found = load_predictor("bundled").click(photo, (row, column))
found.mask, found.score

How far a thing reaches is hard to tell from one click: a sleeve, a person, a group? So the head looks more than once.
The first window lies around the click and is a sixth of the photo wide. There the head says how far it reaches, and
mostly too far: so the second is smaller, and another follows while the mask runs over a side, wider there.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from seg.models.heads.click import CELLS, PIXELS, Found, View
from seg.models.individuals import cut_out

LIMIT = 0.0  # a pixel with a higher logit belongs to the mask: its probability is above a half
LONG_SIDE = 417  # of the photo that the head's pixels are of: that of the bundled network's input
FIRST = 2.3  # pixels between the cells of the first window
ROOM = 1.4  # a window's side over the longer side of the thing
FINEST = 0.2  # pixels between its cells at least
LOOKS = 8  # at most
SMALLER = 0.5  # octaves: how much smaller than the first look says is what the second window fits
OVER = 6  # cells of one of a window's sides in the mask at most, or it runs over there
WIDER, WIDEST = 0.7, 2.0  # octaves: how much farther the next window then reaches there, at least and at most
GREY = 127


class Windows(NamedTuple):
    """M square windows of CELLS cells a side. middle: Mx2 (row, column), spacing: M, both in pixels."""

    middle: Tensor
    spacing: Tensor

    def places(self, finer: int = 1) -> Tensor:
        """Mxnxnx2: (row, column) in pixels of each cell, of a grid with `finer` cells for each."""
        count = finer * (CELLS - 1) + 1
        steps = (torch.arange(count, device=self.middle.device) - (count - 1) / 2) / finer
        steps = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1)
        return self.middle[:, None, None] + self.spacing[:, None, None, None] * steps

    def view(self, crops: Tensor, clicks: Tensor, last: Tensor) -> View:
        """What the head is shown. crops: cut out by these windows. clicks: Mx2 and last: Mx2, the last row and column
        of the photo, in pixels."""
        scale = self.spacing[:, None]
        edges = torch.cat([-self.middle, last - self.middle], 1) / scale
        return View(crops, (clicks - self.middle) / scale, edges, self.spacing)


def first_windows(clicks: Tensor) -> Windows:
    """Those around Mx2 clicks."""
    return Windows(clicks, torch.full_like(clicks[:, 0], FIRST))


def fitting(clicks: Tensor, reach: Tensor) -> Windows:
    """The windows with room for things that reach so far from each click. reach: Mx4, as `Found` has it."""
    top, left, bottom, right = (2 ** reach.float().clamp(0, 10) - 1).unbind(-1)
    middle = clicks + torch.stack([bottom - top, right - left], -1) / 2
    longer = torch.maximum(bottom + top, right + left) + 1
    return Windows(middle, (ROOM * longer / (CELLS - 1)).clamp(min=FINEST))


@dataclass(frozen=True, eq=False)
class Click:
    """The thing under a click in a photo of HxW pixels, without a class.

    mask          HxW bool
    score         0 to 1: the IoU with what was meant that the head expects, 0 for an empty mask
    milliseconds  the time it took
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


def answer_click(ask: Callable[[View], Found], photo: np.ndarray, place: tuple[int, int]) -> Click:
    """The thing at (row, column) of a working photo HxWx3 uint8. ask: the click head."""
    began = time.perf_counter()
    sides = photo.shape[:2]
    scale = max(1, max(sides) - 1) / (LONG_SIDE - 1)  # pixels of the photo to a pixel of the head's
    here, last = torch.tensor([place]) / scale, torch.tensor([[side - 1 for side in sides]]) / scale

    def look(windows: Windows) -> Found:
        return ask(windows.view(cut(photo, windows, scale), here, last))

    reach = look(first_windows(here)).reach - SMALLER
    for _ in range(1, LOOKS):
        windows = fitting(here, reach)
        found = look(windows)
        over = runs_over(windows, found.logits, last)
        if not over.any():
            break
        reach = torch.where(over, farther(reach, found.reach), reach)
    mask = laid(windows, found.logits, scale, sides)
    score = found.expected.sigmoid().item() if mask.any() else 0.0
    return Click(mask, score, 1000 * (time.perf_counter() - began))


def farther(reach: Tensor, said: Tensor) -> Tensor:
    """As far as a look has said, within limits. Both log2 of pixels and 1."""
    return torch.maximum(reach + WIDER, torch.minimum(said, reach + WIDEST))


def cut(photo: np.ndarray, windows: Windows, scale: float) -> Tensor:
    """1x3xPIXELSxPIXELS, 0 to 255: what the first of the windows shows of a photo HxWx3 uint8, each pixel the mean of
    those it covers; grey outside the photo. scale: pixels of the photo to a pixel of the windows'."""
    step = windows.spacing[0].item() * (CELLS - 1) / (PIXELS - 1) * scale
    crop = np.full((PIXELS, PIXELS, 3), GREY, np.uint8)
    inside, part, box = [], [], []
    for middle, side in zip(windows.middle[0].tolist(), photo.shape[:2], strict=True):
        first = middle * scale - step * (PIXELS - 1) / 2
        start = max(0, math.ceil(-first / step - 1e-4))
        stop = max(start, min(PIXELS, math.floor((side - 1 - first) / step + 1e-4) + 1))
        inside.append(slice(start, stop))
        low, high = (min(max(0, first + (line - 0.5) * step + 0.5), side) for line in (start, stop))
        from_line = max(0, int(low - 2 * step) - 2)  # what the means reach beyond the box
        part.append(slice(from_line, math.ceil(high + 2 * step) + 2))
        box.append((low - from_line, high - from_line))
    tall, wide = (lines.stop - lines.start for lines in inside)
    if tall and wide:
        (top, bottom), (left, right) = box
        piece, box = Image.fromarray(photo[tuple(part)]), (left, top, right, bottom)
        crop[tuple(inside)] = piece.resize((wide, tall), Image.Resampling.BILINEAR, box, reducing_gap=2)
    return torch.from_numpy(crop).permute(2, 0, 1)[None].float()


def runs_over(windows: Windows, logits: Tensor, last: Tensor) -> Tensor:
    """1x4 bool: whether the mask runs over the window's top, left, bottom and right, of one window; where the photo
    ends there is nothing to run over."""
    places = windows.places()[0]
    inside = ((places >= 0) & (places <= last[0])).all(-1) & (logits[0].cpu() > LIMIT)
    return torch.stack([inside[0].sum(), inside[:, 0].sum(), inside[-1].sum(), inside[:, -1].sum()])[None] > OVER


def laid(windows: Windows, logits: Tensor, scale: float, sides: tuple[int, int]) -> np.ndarray:
    """HxW bool: the mask that was drawn in one window."""
    spacing, mask = windows.spacing.item(), np.zeros(sides, bool)
    middles = zip(windows.middle[0].tolist(), sides, strict=True)
    (rows, down), (columns, across) = (lines_of(middle, scale, side, spacing) for middle, side in middles)
    mask[rows, columns] = (down @ logits[0].float().cpu() @ across.T).numpy() > LIMIT
    return mask


def lines_of(middle: float, scale: float, side: int, spacing: float) -> tuple[slice, Tensor]:
    """(the rows of a photo that a window covers, RxCELLS: how much of each of the window's cells goes into each);
    likewise columns.

    middle: the window's, in its pixels. scale: pixels of the photo to one of them. side: rows in all.
    """
    first = middle - spacing * (CELLS - 1) / 2
    start = min(max(0, math.ceil(first * scale)), side)
    stop = max(start, min(side, math.floor((first + spacing * (CELLS - 1)) * scale) + 1))
    places = (torch.arange(start, stop)[:, None] / scale - first) / spacing
    return slice(start, stop), (1 - (places - torch.arange(CELLS)).abs()).clamp(min=0)
