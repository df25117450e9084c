"""Panoptic-DeepLab: where the middle of each individual is, and for every cell how far it is from its own middle.

Cheng et al., "Panoptic-DeepLab: A Simple, Strong, and Fast Baseline for Bottom-Up Panoptic Segmentation", CVPR 2020,
section 3.1. `seg.models.grouping` makes individuals of it and of a label map. Adapted to this trunk: two atrous rates
and 128 channels where the paper has three and 256, and one decoder for both answers.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from seg.models.trunk import DEEP_CHANNELS, FINE_CHANNELS, MIDDLE_CHANNELS, Features, conv_bn, resized, separable

HIDDEN, DECODED = 128, 64
ATROUS_RATES = (3, 6)  # in cells of the output stride
OFFSET_UNIT = 32.0  # pixels of the network's input per unit of what the last layer gives: numbers of about 1


class Centres(NamedTuple):
    """What the head says of B photos, at stride 4: cell (i, j) is centred on pixel (4i, 4j) of the network's input.

    heat     Bx1xhxw: near 1 at the middle of an individual, near 0 elsewhere (a regression, no logits)
    offsets  Bx2xhxw: rows and columns, in pixels of the network's input, from a cell to its individual's middle
    """

    heat: Tensor
    offsets: Tensor


class Head(nn.Module):
    """Features -> Centres."""

    def __init__(self):
        super().__init__()
        self.point = conv_bn(DEEP_CHANNELS, HIDDEN)
        self.atrous = nn.ModuleList(separable(HIDDEN, HIDDEN, rate) for rate in ATROUS_RATES)
        self.whole = nn.Sequential(nn.Conv2d(HIDDEN, HIDDEN, 1), nn.ReLU6())
        self.merge = conv_bn(HIDDEN * (2 + len(ATROUS_RATES)), HIDDEN)
        self.middle, self.fine = conv_bn(MIDDLE_CHANNELS, 32), conv_bn(FINE_CHANNELS, 16)
        self.coarse = nn.Sequential(separable(HIDDEN + 32, DECODED, 2), separable(DECODED, DECODED))
        self.mix = nn.Sequential(separable(DECODED + 16, DECODED), separable(DECODED, DECODED))
        self.heat = nn.Sequential(conv_bn(DECODED, 32), nn.Conv2d(32, 1, 1))
        self.offsets = nn.Sequential(conv_bn(DECODED, 32), nn.Conv2d(32, 2, 1))

    def forward(self, features: Features) -> Centres:
        deep = self.point(features.deep)
        whole = self.whole(deep.mean((2, 3), keepdim=True)).expand_as(deep)
        deep = self.merge(torch.cat([deep, *(branch(deep) for branch in self.atrous), whole], 1))
        found = self.coarse(torch.cat([resized(deep, features.middle.shape[2:]), self.middle(features.middle)], 1))
        found = self.mix(torch.cat([resized(found, features.fine.shape[2:]), self.fine(features.fine)], 1))
        return Centres(self.heat(found), self.offsets(found) * OFFSET_UNIT)
