"""SegNet: max pooling remembers where each maximum was, and unpooling puts the value back there, zeros around it.

Badrinarayanan, Kendall and Cipolla, "SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image Segmentation",
PAMI 2017, section 3. Adapted to this trunk, which shrinks by strides and not by pooling: the head pools the fine
features itself, twice, and the deep features join them at the bottom. Only places, no fine features, go up.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from seg.classes import COUNT
from seg.models.trunk import DEEP_CHANNELS, FINE_CHANNELS, Features, conv_bn

HIDDEN = 64


class Head(nn.Module):
    """Features -> Bx21xhxw logits at stride 4: cell (i, j) is centred on photo pixel (4i, 4j)."""

    def __init__(self):
        super().__init__()
        self.encode = nn.ModuleList([conv_bn(FINE_CHANNELS, HIDDEN), conv_bn(HIDDEN, HIDDEN, 3)])
        self.deep = conv_bn(DEEP_CHANNELS, HIDDEN)
        self.bottom = conv_bn(HIDDEN, HIDDEN, 3)
        self.decode = nn.ModuleList([conv_bn(HIDDEN, HIDDEN, 3), conv_bn(HIDDEN, HIDDEN, 3)])
        self.dropout = nn.Dropout2d(0.1)
        self.classify = nn.Conv2d(HIDDEN, COUNT, 1)

    def forward(self, features: Features) -> Tensor:
        x, places = features.fine, []
        for convolve in self.encode:
            x, where, size = pooled(convolve(x))
            places.append((where, size))
        x = self.bottom(x + self.deep(features.deep))
        for convolve, (where, size) in zip(self.decode, reversed(places), strict=True):
            x = convolve(unpooled(x, where, size))
        return self.classify(self.dropout(x))


def pooled(x: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
    """2x2 maxima of BxCxhxw, an odd side's last row by itself -> (maxima, where they were, the size before)."""
    maxima, where = F.max_pool2d(x, 2, ceil_mode=True, return_indices=True)
    return maxima, where, tuple(x.shape[2:])


def unpooled(x: Tensor, where: Tensor, size: tuple[int, int]) -> Tensor:
    """BxCxhxw of this size: each value of `x` at its remembered place, 0 everywhere else."""
    return F.max_unpool2d(x, where, 2, output_size=size)
