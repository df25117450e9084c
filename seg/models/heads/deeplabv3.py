"""DeepLabV3: ASPP alone. What DeepLabV3+ adds to it is a decoder; here the coarse logits are stretched as they are.

Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017, section 3.3. Adapted to this trunk:
128 channels where the paper has 256, and separable atrous convolutions as in DeepLabV3+.
"""

from torch import Tensor, nn

from seg.classes import COUNT
from seg.models.heads.deeplab import ASPP
from seg.models.trunk import DEEP_CHANNELS, Features


class Head(nn.Module):
    """Features -> Bx21xhxw logits at output stride 16: cell (i, j) is centred on photo pixel (16i, 16j)."""

    def __init__(self):
        super().__init__()
        self.aspp = ASPP(DEEP_CHANNELS)
        self.dropout = nn.Dropout2d(0.1)
        self.classify = nn.Conv2d(128, COUNT, 1)

    def forward(self, features: Features) -> Tensor:
        return self.classify(self.dropout(self.aspp(features.deep)))
