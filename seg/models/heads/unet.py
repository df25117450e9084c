"""U-Net: on the way up, the features of every finer stage are set beside the coarse ones, and convolved together.

Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", MICCAI 2015, section
2. Adapted to this trunk: its deep, middle and fine features are three of the paper's five levels, and bilinear
upsampling stands for the 2x2 up-convolution, so that cells stay on the pixel grid.
"""

import torch
from torch import Tensor, nn

from seg.classes import COUNT
from seg.models.trunk import DEEP_CHANNELS, FINE_CHANNELS, MIDDLE_CHANNELS, Features, conv_bn, resized


class Step(nn.Module):
    """Coarse features, stretched, beside finer ones; then two 3x3 convolutions."""

    def __init__(self, coarse: int, finer: int, outputs: int):
        super().__init__()
        self.mix = nn.Sequential(conv_bn(coarse + finer, outputs, 3), conv_bn(outputs, outputs, 3))

    def forward(self, coarse: Tensor, finer: Tensor) -> Tensor:
        return self.mix(torch.cat([resized(coarse, finer.shape[2:]), finer], 1))


class Head(nn.Module):
    """Features -> Bx21xhxw logits at stride 4: cell (i, j) is centred on photo pixel (4i, 4j)."""

    def __init__(self):
        super().__init__()
        self.bottom = nn.Sequential(conv_bn(DEEP_CHANNELS, 96), conv_bn(96, 96, 3))
        self.middle = Step(96, MIDDLE_CHANNELS, 64)
        self.fine = Step(64, FINE_CHANNELS, 32)
        self.dropout = nn.Dropout2d(0.1)
        self.classify = nn.Conv2d(32, COUNT, 1)

    def forward(self, features: Features) -> Tensor:
        x = self.middle(self.bottom(features.deep), features.middle)
        return self.classify(self.dropout(self.fine(x, features.fine)))
