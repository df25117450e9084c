"""PSPNet: the features averaged over four grids, from the whole photo to its thirty-sixths, stand beside every cell.

Zhao et al., "Pyramid Scene Parsing Network", CVPR 2017, section 3.2. Adapted to this trunk: 128 channels of its deep
features and 32 of each grid, where the paper has 2048 and 512.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seg.classes import COUNT
from seg.models.trunk import DEEP_CHANNELS, Features, conv_bn

GRIDS = (1, 2, 3, 6)  # rows and columns of the bins
HIDDEN, PER_GRID = 128, 32


class Pyramid(nn.Module):
    """BxCxhxw -> Bx(C + 4 x 32)xhxw: each cell with the averages of the bins it lies in, smoothly joined."""

    def __init__(self, inputs: int):
        super().__init__()
        # No batch norm on the pooled branches: the coarsest sees one cell a photo, too few to normalise by.
        self.branches = nn.ModuleList(nn.Sequential(nn.Conv2d(inputs, PER_GRID, 1), nn.ReLU6()) for _ in GRIDS)

    def forward(self, x: Tensor) -> Tensor:
        around = [branch(F.adaptive_avg_pool2d(x, grid)) for branch, grid in zip(self.branches, GRIDS, strict=True)]
        around = [F.interpolate(each, size=x.shape[2:], mode="bilinear", align_corners=False) for each in around]
        return torch.cat([x, *around], 1)


class Head(nn.Module):
    """Features -> Bx21xhxw logits at output stride 16: cell (i, j) is centred on photo pixel (16i, 16j)."""

    def __init__(self):
        super().__init__()
        self.reduce = conv_bn(DEEP_CHANNELS, HIDDEN)
        self.pyramid = Pyramid(HIDDEN)
        self.mix = conv_bn(HIDDEN + PER_GRID * len(GRIDS), 128, 3)
        self.dropout = nn.Dropout2d(0.1)
        self.classify = nn.Conv2d(128, COUNT, 1)

    def forward(self, features: Features) -> Tensor:
        return self.classify(self.dropout(self.mix(self.pyramid(self.reduce(features.deep)))))
