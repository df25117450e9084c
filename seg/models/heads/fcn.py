"""FCN: logits from coarse features, stretched, plus logits from finer ones: 32s, 16s, 8s.

Long, Shelhamer and Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015, section 4. Adapted to
this trunk, which stops at stride 16: the 32s logits come from its deep features at half their resolution, the 16s ones
add what the deep features say at full resolution, the 8s ones what the middle features say.
"""

from torch import Tensor, nn

from seg.classes import COUNT
from seg.models.trunk import DEEP_CHANNELS, MIDDLE_CHANNELS, Features, conv_bn, resized

HIDDEN = 128
STAGES = ("FCN-32s", "FCN-16s", "FCN-8s")


class Head(nn.Module):
    """Features -> Bx21xhxw logits at stride 8: cell (i, j) is centred on photo pixel (8i, 8j)."""

    def __init__(self):
        super().__init__()
        self.reduce = conv_bn(DEEP_CHANNELS, HIDDEN)
        self.coarse = nn.Sequential(conv_bn(HIDDEN, HIDDEN, 3), nn.Dropout2d(0.1), nn.Conv2d(HIDDEN, COUNT, 1))
        self.deep = nn.Conv2d(HIDDEN, COUNT, 1)
        self.middle = nn.Conv2d(MIDDLE_CHANNELS, COUNT, 1)

    def stages(self, features: Features) -> tuple[Tensor, Tensor, Tensor]:
        """The logits of 32s, 16s and 8s, each Bx21xhxw at its own stride; each later one contains the earlier ones."""
        deep = self.reduce(features.deep)
        half = [side // 2 + 1 for side in deep.shape[2:]]
        first = self.coarse(resized(deep, half))
        second = resized(first, deep.shape[2:]) + self.deep(deep)
        third = resized(second, features.middle.shape[2:]) + self.middle(features.middle)
        return first, second, third

    def forward(self, features: Features) -> Tensor:
        return self.stages(features)[-1]
