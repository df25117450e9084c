"""One click: a window of the photo and the place of a click in it, one mask without a class out.

The idea is that of Kirillov et al., "Segment Anything", ICCV 2023: any number of clicks, each answered in milliseconds.
Made for a small network: a bottle that fills a thousandth of a photo is to be drawn as well as a bus that fills half of
it, so the head looks at a window, not at the photo, and says besides how far the thing reaches, so that the next window
can fit. `seg.models.click` chooses the windows.

The trunk runs again on each window. Told where the click lies, it looks for other things than classes, with few numbers
of its own: the scale and shift of each norm, the filters of one channel each, and all of its first stages. The 1x1
convolutions between the deep channels, nine tenths of its weights, are the bundled network's (Mudrakarta et al., "K for
the Price of 1", ICLR 2019, tune a network for another task by such parts).
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seg.models.heads.deeplab import SCORE_STRIDE
from seg.models.trunk import (
    DEEP_CHANNELS,
    FINE_CHANNELS,
    FINE_STAGE,
    MIDDLE_CHANNELS,
    MIDDLE_STAGE,
    STEM_CHANNELS,
    Trunk,
    conv_bn,
    resized,
)

HIDDEN = 64
CELLS = 33  # along a window's side
PIXELS = SCORE_STRIDE * (CELLS - 1) + 1  # along the side of what is cut out of the photo for it
BELLS = (2.0, 8.0)  # cells: how fast two bells around the click fall off
AROUND = len(BELLS) + 4
WIDEST = 24.0  # pixels between cells that count as 1
OWN_STAGES = 3  # of the trunk, the first ones: all of their weights are the head's own
DILATIONS = (1, 2, 4, 2, 1)


class View(NamedTuple):
    """What a head is shown of M clicks: one square window of a photo each, of CELLS cells a side. float32.

    crops     Mx3xPIXELSxPIXELS, 0 to 255: the photo there, grey outside it
    clicks    Mx2, (row, column) from the window's middle, in cells
    edges     Mx4: the photo's first row, first column, last row and last column, likewise
    spacing   M: from cell to cell, in pixels of a photo whose long side has as many as the bundled network's input
    """

    crops: Tensor
    clicks: Tensor
    edges: Tensor
    spacing: Tensor


class Found(NamedTuple):
    """The answer to M clicks.

    logits     MxCELLSxCELLS: the sigmoid is how much a cell belongs to the thing under the click
    expected   M: the sigmoid is the IoU to expect of the mask
    reach      Mx4: how far the thing reaches from the click to its top, left, bottom and right, log2 of pixels and 1
    """

    logits: Tensor
    expected: Tensor
    reach: Tensor


class Residual(nn.Module):
    """Depthwise 3x3 at a dilation, then 1x1, added to what came in."""

    def __init__(self, channels: int, dilation: int):
        super().__init__()
        self.filter = conv_bn(channels, channels, 3, dilation=dilation, depthwise=True)
        self.mix = conv_bn(channels, channels, act=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu6(x + self.mix(self.filter(x)))


class Head(nn.Module):
    """View -> Found. trunk: the bundled network's, which it shares weights with; None: one with random weights."""

    def __init__(self, trunk: Trunk | None = None):
        super().__init__()
        self.trunk = sharing(trunk or Trunk())
        self.mark = nn.Conv2d(AROUND, STEM_CHANNELS, 1)
        nn.init.zeros_(self.mark.weight)  # at first the trunk sees what the bundled one sees
        nn.init.zeros_(self.mark.bias)
        self.deep = conv_bn(DEEP_CHANNELS, HIDDEN)
        self.gather = conv_bn(HIDDEN + MIDDLE_CHANNELS, HIDDEN)
        maps = HIDDEN + FINE_CHANNELS + 3
        self.start = conv_bn(maps + AROUND, HIDDEN, act=False)
        self.ask = nn.Linear(maps, HIDDEN)
        self.blocks = nn.Sequential(*(Residual(HIDDEN, dilation) for dilation in DILATIONS))
        self.mask = nn.Conv2d(HIDDEN, 1, 1)
        self.judge = nn.Sequential(nn.Linear(2 * HIDDEN, HIDDEN), nn.ReLU6(), nn.Linear(HIDDEN, 1))
        self.reach = nn.Sequential(nn.Linear(3 * HIDDEN, HIDDEN), nn.ReLU6(), nn.Linear(HIDDEN, 4))

    def forward(self, view: View) -> Found:
        cells = self.cells(view)
        around = surroundings(view, 1).to(cells.dtype)
        found = self.start(torch.cat([cells, around], 1)) + self.ask(at(cells, view.clicks))[..., None, None]
        found = self.blocks(F.relu6(found))
        logits = one_map(found, self.mask)
        chances, everywhere = logits.sigmoid()[:, None], found.mean((2, 3))
        inside = (found * chances).mean((2, 3)) / chances.mean((2, 3)).clamp(min=1e-3)
        expected = self.judge(torch.cat([inside, everywhere], 1))[:, 0]
        reach = self.reach(torch.cat([at(found, view.clicks), inside, everywhere], 1))
        return Found(logits, expected, reach.float() + (8 * view.spacing).log2()[:, None])

    def cells(self, view: View) -> Tensor:
        """MxCxCELLSxCELLS: what the trunk sees in each window, told where the click lies, and the colours there."""
        dtype = self.mask.weight.dtype
        colours = (view.crops / 127.5 - 1).to(dtype).contiguous(memory_format=torch.channels_last)
        x = self.trunk.stem(colours) + self.mark(surroundings(view, 2).to(dtype))
        stages = []
        for stage in self.trunk.stages:
            x = stage(x)
            stages.append(x)
        fine, middle = stages[FINE_STAGE], stages[MIDDLE_STAGE]
        gathered = self.gather(torch.cat([resized(self.deep(x), middle.shape[2:]), middle], 1))
        around = F.avg_pool2d(colours, SCORE_STRIDE + 1, SCORE_STRIDE, SCORE_STRIDE // 2, count_include_pad=False)
        return torch.cat([resized(gathered, fine.shape[2:]), fine, around], 1)


def sharing(trunk: Trunk) -> Trunk:
    """A trunk with the weights of this one, in which those that stay the same are no parameters, and in no file."""
    mine = Trunk()
    mine.load_state_dict(trunk.state_dict())
    for part in mine.modules():
        if isinstance(part, nn.BatchNorm2d):
            share(part, "running_mean", "running_var")
    for stage in mine.stages[OWN_STAGES:]:
        for part in stage.modules():
            if isinstance(part, nn.Conv2d) and part.groups == 1:
                share(part, "weight")
    return mine


def share(part: nn.Module, *names: str) -> None:
    for name in names:
        tensor = getattr(part, name).detach()
        delattr(part, name)
        part.register_buffer(name, tensor, persistent=False)


def empty_view(count: int = 1) -> View:
    """A view of grey, with the clicks in the middle, of windows that show nothing but photo."""
    edges = torch.tensor([-CELLS, -CELLS, CELLS, CELLS]).float().expand(count, 4)
    return View(torch.full((count, 3, PIXELS, PIXELS), 127.5), torch.zeros(count, 2), edges, torch.ones(count))


def surroundings(view: View, finer: int) -> Tensor:
    """MxAROUNDxnxn, of a grid with `finer` cells for each: where each cell lies as seen from the click: two bells, how
    far below, how far right; whether it lies on the photo; the spacing."""
    count = finer * (CELLS - 1) + 1
    steps = torch.arange(count, device=view.clicks.device) - (count - 1) / 2
    places = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1)[None]
    away = places - finer * view.clicks[:, None, None]
    squares = away.square().sum(-1)
    bells = [(-squares / spread**2).exp() for spread in BELLS]
    signed = [(each / count).clamp(-2, 2) for each in away.unbind(-1)]
    edges = finer * view.edges[:, None, None]
    on_photo = ((places >= edges[..., :2]) & (places <= edges[..., 2:])).all(-1).to(squares.dtype)
    zoom = ((view.spacing / finer).log2() / math.log2(WIDEST))[:, None, None].expand_as(squares)
    return torch.stack([*bells, *signed, on_photo, zoom], 1)


def at(maps: Tensor, clicks: Tensor) -> Tensor:
    """MxCxCELLSxCELLS -> MxC: what lies under each click, bilinear; under one outside, what lies next to it."""
    grid = (clicks / ((CELLS - 1) / 2)).flip(-1)[:, None, None]  # grid_sample wants (x, y), -1 to 1
    # In float32: a place in half precision would be off by pixels.
    found = F.grid_sample(maps.float(), grid.float(), align_corners=True, padding_mode="border")
    return found[:, :, 0, 0].to(maps.dtype)


def one_map(found: Tensor, layer: nn.Conv2d) -> Tensor:
    """MxCxnxn -> Mxnxn: a 1x1 convolution to one channel, as a sum, which is quicker."""
    return torch.einsum("mcij,c->mij", found, layer.weight[0, :, 0, 0]) + layer.bias
