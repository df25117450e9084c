"""The trunk: a photo in, features at three scales out. It runs once per photo; every head reads what it found.

EfficientNet-Lite0: 3x3 convolutions and inverted residuals, stopped from shrinking at 1/16 of the photo.

Sources
    EfficientNet        Tan and Le, ICML 2019, table 1, in its "Lite" form (Liu, 2020): no squeeze-and-excitation, ReLU6
                        for swish.
    inverted residual   Sandler et al., "MobileNetV2", CVPR 2018, section 3.
    output stride 16    Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017.

Alignment. Every convolution pads symmetrically, so output cell i of a stride-s stage is centred on input pixel s*i.
With sides of 16k+1 pixels (513 = 16*32+1) the first and last cells sit on the first and last pixels, and resizing
with `align_corners=True` is exact. `fit_size` picks such sides.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

OUTPUT_STRIDE = 16  # photo pixels per cell of the deep features

# EfficientNet-Lite0, stage by stage: kernel, stride, expansion, channels out, repeats, dilation.
# The sixth stage would halve the resolution once more; here its stride becomes dilation 2.
STAGES = (
    (3, 1, 1, 16, 1, 1),  # stride 2 (after the stem)
    (3, 2, 6, 24, 2, 1),  # stride 4: fine features
    (5, 2, 6, 40, 2, 1),  # stride 8: middle features
    (3, 2, 6, 80, 3, 1),  # stride 16
    (5, 1, 6, 112, 3, 1),
    (5, 1, 6, 192, 4, 2),
    (3, 1, 6, 320, 1, 2),
)
STEM_CHANNELS = 32
FINE_STAGE, MIDDLE_STAGE = 1, 2  # indices in STAGES of the features handed on
FINE_CHANNELS, MIDDLE_CHANNELS, DEEP_CHANNELS = STAGES[FINE_STAGE][3], STAGES[MIDDLE_STAGE][3], STAGES[-1][3]


class Features(NamedTuple):
    """What the trunk found in B photos of HxW pixels; cell i of a stride-s map is centred on pixel s*i.

    fine    Bx24xhxw at stride 4, h = (H-1)/4+1: edges
    middle  Bx40xhxw at stride 8
    deep    Bx320xhxw at stride 16: what is where, coarsely
    """

    fine: Tensor
    middle: Tensor
    deep: Tensor


def empty_features(height: int, width: int) -> Features:
    """Zeros, in the shapes of one photo's features. height, width: the input's, 16k+1."""
    maps = ((FINE_CHANNELS, 4), (MIDDLE_CHANNELS, 8), (DEEP_CHANNELS, OUTPUT_STRIDE))
    return Features(*(torch.zeros(1, c, (height - 1) // s + 1, (width - 1) // s + 1) for c, s in maps))


def kept_features(features: Features | None, i: int) -> Features | None:
    """Those of photo i of a batch, as a Prediction keeps them."""
    return Features(*(each[i : i + 1].half().cpu() for each in features)) if features else None


def fit_size(height: int, width: int, long_side: int) -> tuple[int, int]:
    """The network's input size for a photo: long side about `long_side`, both sides 16k+1, aspect nearly kept.

    >>> fit_size(768, 1024, 513)
    (385, 513)
    """
    scale = (long_side - 1) / max(height, width)
    return tuple(max(1, round(side * scale / OUTPUT_STRIDE)) * OUTPUT_STRIDE + 1 for side in (height, width))


def conv_bn(
    inputs: int, outputs: int, kernel: int = 1, stride: int = 1, dilation: int = 1, depthwise=False, act: bool = True
) -> nn.Sequential:
    """Convolution, batch norm and (unless `act` is false) ReLU6, padded to keep cells on the pixel grid."""
    padding = dilation * (kernel // 2)
    groups = inputs if depthwise else 1
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01),
    ]
    return nn.Sequential(*layers, nn.ReLU6(inplace=True)) if act else nn.Sequential(*layers)


def resized(x: Tensor, size) -> Tensor:
    """BxCxhxw -> BxCx`size`, bilinear: the corner cells stay in the corners."""
    return F.interpolate(x, size=tuple(size), mode="bilinear", align_corners=True)


def separable(inputs: int, outputs: int, dilation: int = 1) -> nn.Sequential:
    """Atrous separable convolution (Chen et al. 2018, figure 3): 3x3 per channel, then 1x1 across channels."""
    return nn.Sequential(conv_bn(inputs, inputs, 3, dilation=dilation, depthwise=True), conv_bn(inputs, outputs))


class InvertedResidual(nn.Module):
    """Widen with 1x1, filter each channel, narrow with a linear 1x1; add the input where shapes allow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int, dilation: int):
        super().__init__()
        hidden = inputs * expansion
        self.expand = conv_bn(inputs, hidden) if expansion > 1 else nn.Identity()
        self.filter = conv_bn(hidden, hidden, kernel, stride, dilation, depthwise=True)
        self.narrow = conv_bn(hidden, outputs, act=False)
        self.adds_input = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.narrow(self.filter(self.expand(x)))
        return x + y if self.adds_input else y


class Trunk(nn.Module):
    """Photo -> Features. Input Bx3xHxW RGB, values 0 to 255 (uint8 or float), H and W of the form 16k+1."""

    def __init__(self):
        super().__init__()
        # EfficientNet-Lite's own normalisation (127 and 128 for every channel), part of the network.
        self.register_buffer("pixel_mean", torch.full((1, 3, 1, 1), 127.0), persistent=False)
        self.register_buffer("pixel_scale", torch.full((1, 3, 1, 1), 128.0), persistent=False)
        self.stem = conv_bn(3, STEM_CHANNELS, 3, stride=2)
        self.stages, channels = nn.ModuleList(), STEM_CHANNELS
        for kernel, stride, expansion, outputs, repeats, dilation in STAGES:
            blocks = []
            for i in range(repeats):
                blocks.append(InvertedResidual(channels, outputs, kernel, stride if i == 0 else 1, expansion, dilation))
                channels = outputs
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, image: Tensor) -> Features:
        x = self.stem((image.to(self.pixel_mean.dtype) - self.pixel_mean) / self.pixel_scale)
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return Features(found[FINE_STAGE], found[MIDDLE_STAGE], x)


class Network(nn.Module):
    """A trunk and a head on it: photo -> logits. Input as `Trunk`'s, output as the head's."""

    def __init__(self, head: nn.Module):
        super().__init__()
        self.trunk, self.head = Trunk(), head

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.trunk(image))


class WithFeatures(nn.Module):
    """Photos -> (logits, fine, middle, deep): what `Network` says, and what its trunk found on the way."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        features = self.network.trunk(image)
        return self.network.head(features), *features
