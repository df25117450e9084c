"""One click: features of the trunk and the place of a click in, one mask without a class out.

The idea is that of Kirillov et al., "Segment Anything", ICCV 2023: look at the photo once, then answer any number of
clicks in milliseconds. Made for this trunk: what the features are like at the click is compared with every cell, and a
few dilated convolutions decide how far the thing under the click reaches. `look` runs once a photo, `answer` per click.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seg.models.trunk import DEEP_CHANNELS, FINE_CHANNELS, MIDDLE_CHANNELS, Features, conv_bn, resized

HIDDEN = 64
DILATIONS = (1, 2, 4, 8, 4, 1)  # in cells of the middle features: together they reach over 320 pixels
STRIDE = 8  # of the cells that are compared
SPREADS = (12.0, 48.0, 192.0)  # pixels: how fast three bells around the click fall off
AROUND = len(SPREADS) + 2


class Seen(NamedTuple):
    """What does not depend on the click. cells: Bx64xhxw at stride 8. fine: Bx24xhxw at stride 4."""

    cells: Tensor
    fine: Tensor


class Residual(nn.Module):
    """Depthwise 3x3 at a dilation, then 1x1, added to what came in."""

    def __init__(self, channels: int, dilation: int):
        super().__init__()
        self.filter = conv_bn(channels, channels, 3, dilation=dilation, depthwise=True)
        self.mix = conv_bn(channels, channels, act=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu6(x + self.mix(self.filter(x)))


class Head(nn.Module):
    """(Features, Bx2 clicks) -> Bx1xhxw logits at stride 4; the sigmoid is how much a cell belongs to the mask.

    A click is (row, column) in pixels of the network's input.
    """

    def __init__(self):
        super().__init__()
        self.deep = conv_bn(DEEP_CHANNELS, 128)
        self.gather = nn.Sequential(conv_bn(128 + MIDDLE_CHANNELS, 128), conv_bn(128, HIDDEN, act=False))
        self.fine = conv_bn(FINE_CHANNELS, 24)
        self.ask = nn.Sequential(nn.Linear(HIDDEN, HIDDEN), nn.ReLU6(), nn.Linear(HIDDEN, HIDDEN))
        self.start = conv_bn(3 * HIDDEN + AROUND, HIDDEN)
        self.reach = nn.Sequential(*(Residual(HIDDEN, dilation) for dilation in DILATIONS))
        self.join = conv_bn(HIDDEN + 24 + AROUND, 48)
        self.refine = nn.Sequential(Residual(48, 1), Residual(48, 2))
        self.mask = nn.Conv2d(48, 1, 1)

    def look(self, features: Features) -> Seen:
        deep = resized(self.deep(features.deep), features.middle.shape[2:])
        return Seen(self.gather(torch.cat([deep, features.middle], 1)), self.fine(features.fine))

    def answer(self, seen: Seen, clicks: Tensor) -> Tensor:
        cells = seen.cells
        here = at(cells, clicks)
        asked = self.ask(here)[..., None, None]
        difference = (cells - here[..., None, None]).abs()
        near = surroundings(clicks, *cells.shape[2:], STRIDE).to(cells.dtype)
        found = self.start(torch.cat([cells, difference, cells * asked, near], 1))
        found = resized(self.reach(found), seen.fine.shape[2:])
        near = surroundings(clicks, *seen.fine.shape[2:], STRIDE // 2).to(cells.dtype)
        return self.mask(self.refine(self.join(torch.cat([found, seen.fine, near], 1))))

    def forward(self, features: Features, clicks: Tensor) -> Tensor:
        return self.answer(self.look(features), clicks)


def at(cells: Tensor, clicks: Tensor) -> Tensor:
    """BxCxhxw at stride 8 and Bx2 clicks -> BxC: the cells under the clicks, bilinear."""
    sides = clicks.new_tensor([cells.shape[2] - 1, cells.shape[3] - 1]).clamp(min=1) * STRIDE
    place = (2 * clicks / sides - 1).flip(1)[:, None, None]  # grid_sample wants (x, y), -1 to 1
    # In float32: a place in half precision would be off by pixels.
    found = F.grid_sample(cells.float(), place.float(), align_corners=True, padding_mode="border")
    return found[:, :, 0, 0].to(cells.dtype)


def surroundings(clicks: Tensor, rows: int, columns: int, stride: int) -> Tensor:
    """Bx5xrowsxcolumns: where each cell lies as seen from the click: three bells, how far below, how far right."""
    down = torch.arange(rows, device=clicks.device)[None, :, None] * stride - clicks[:, :1, None]
    right = torch.arange(columns, device=clicks.device)[None, None] * stride - clicks[:, 1:, None]
    squares = down.square() + right.square()
    bells = [(-squares / spread**2).exp() for spread in SPREADS]
    signed = [(each / SPREADS[-1]).clamp(-2, 2).expand_as(squares) for each in (down, right)]
    return torch.stack([*bells, *signed], 1).contiguous(memory_format=torch.channels_last)
