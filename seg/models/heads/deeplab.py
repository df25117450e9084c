"""DeepLabV3+: ASPP looks at the deep features at four atrous rates, a decoder joins that with the fine features.

Chen et al., "Encoder-Decoder with Atrous Separable Convolution for Semantic Image Segmentation", ECCV 2018, section
3.1. The page's own answer comes from this head. Adapted to this trunk: 128 channels where the paper has 256.
"""

import torch
from torch import Tensor, nn

from seg.classes import COUNT
from seg.models.trunk import DEEP_CHANNELS, FINE_CHANNELS, Features, Network, conv_bn, resized, separable

SCORE_STRIDE = 4  # photo pixels per cell of the returned logits
ATROUS_RATES = (6, 12, 18)  # in cells of the output stride: 96, 192 and 288 photo pixels


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling (Chen et al. 2017, section 3.3): BxCxhxw -> Bx`outputs`xhxw."""

    def __init__(self, inputs: int, outputs: int = 128):
        super().__init__()
        self.point = conv_bn(inputs, outputs)
        self.atrous = nn.ModuleList(separable(inputs, outputs, rate) for rate in ATROUS_RATES)
        # No batch norm on the pooled branch: it sees one cell a photo, too few to normalise by.
        self.pooled = nn.Sequential(nn.Conv2d(inputs, outputs, 1), nn.ReLU6())
        self.merge = conv_bn(outputs * (2 + len(ATROUS_RATES)), outputs)

    def forward(self, x: Tensor) -> Tensor:
        whole = self.pooled(x.mean((2, 3), keepdim=True)).expand(-1, -1, *x.shape[2:])
        return self.merge(torch.cat([self.point(x), *(branch(x) for branch in self.atrous), whole], 1))


class Decoder(nn.Module):
    """Coarse meaning and fine edges -> class scores at the fine features' size (Chen et al. 2018, section 3.1)."""

    def __init__(self, fine: int, coarse: int, hidden: int = 96):
        super().__init__()
        self.fine = conv_bn(fine, 32)
        self.mix = nn.Sequential(separable(32 + coarse, hidden), separable(hidden, hidden))
        self.dropout = nn.Dropout2d(0.1)
        self.classify = nn.Conv2d(hidden, COUNT, 1)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        coarse = resized(coarse, fine.shape[2:])
        return self.classify(self.dropout(self.mix(torch.cat([self.fine(fine), coarse], 1))))


class Head(nn.Module):
    """Features -> Bx21xhxw logits with h=(H-1)/4+1 and w=(W-1)/4+1; cell (i, j) is centred on photo pixel (4i, 4j)."""

    def __init__(self):
        super().__init__()
        self.aspp = ASPP(DEEP_CHANNELS)
        self.decoder = Decoder(FINE_CHANNELS, 128)

    def forward(self, features: Features) -> Tensor:
        return self.decoder(features.fine, self.aspp(features.deep))


class DeepLabV3Plus(Network):
    """Photo -> logits: the trunk and this head, trained together. Input as `Trunk`'s, output as `Head`'s."""

    def __init__(self):
        super().__init__(Head())
