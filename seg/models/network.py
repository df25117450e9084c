"""DeepLabV3+ with an EfficientNet-Lite0 backbone: a photo in, 21 scores for every fourth pixel out.

    backbone   3x3 convolutions and inverted residuals; stops shrinking at 1/16 of the photo (output stride 16)
    ASPP       looks at every 1/16 cell at four atrous rates and once at the whole photo
    decoder    joins that with fine features at 1/4 of the photo (stride 4) and scores the classes

Sources
    DeepLabV3+  Chen et al., "Encoder-Decoder with Atrous Separable Convolution for Semantic Image Segmentation",
                ECCV 2018, sections 3.1 and 3.2.
    backbone    Tan and Le, "EfficientNet", ICML 2019, table 1, in its "Lite" form (Liu, 2020): no squeeze-and-
                excitation, ReLU6 for swish. Inverted residuals: Sandler et al., "MobileNetV2", CVPR 2018, section 3.

Alignment. Every convolution pads symmetrically, so output cell i of a stride-s stage is centred on input pixel s*i.
With sides of 16k+1 pixels (513 = 16*32+1) the first and last cells sit on the first and last pixels, and resizing
with `align_corners=True` is exact. `fit_size` picks such sides.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seg.classes import COUNT

OUTPUT_STRIDE = 16  # photo pixels per cell where the ASPP works
SCORE_STRIDE = 4  # photo pixels per cell of the returned scores
ATROUS_RATES = (6, 12, 18)  # in cells of the output stride: 96, 192 and 288 photo pixels

# EfficientNet-Lite0, stage by stage: kernel, stride, expansion, channels out, repeats, dilation.
# The sixth stage would halve the resolution once more; here its stride becomes dilation 2 (Chen et al., section 3.1).
STAGES = (
    (3, 1, 1, 16, 1, 1),  # stride 2 (after the stem)
    (3, 2, 6, 24, 2, 1),  # stride 4: the decoder's fine features
    (5, 2, 6, 40, 2, 1),  # stride 8
    (3, 2, 6, 80, 3, 1),  # stride 16
    (5, 1, 6, 112, 3, 1),
    (5, 1, 6, 192, 4, 2),
    (3, 1, 6, 320, 1, 2),
)
STEM_CHANNELS = 32
FINE_STAGE = 1  # index in STAGES of the decoder's fine features


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


class Backbone(nn.Module):
    """Bx3xHxW photo, already normalised -> (Bx24xH/4xW/4 fine features, Bx320xH/16xW/16 deep features)."""

    def __init__(self):
        super().__init__()
        self.stem = conv_bn(3, STEM_CHANNELS, 3, stride=2)
        self.stages, channels = nn.ModuleList(), STEM_CHANNELS
        for kernel, stride, expansion, outputs, repeats, dilation in STAGES:
            blocks = []
            for i in range(repeats):
                blocks.append(InvertedResidual(channels, outputs, kernel, stride if i == 0 else 1, expansion, dilation))
                channels = outputs
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(x)
        for i, stage in enumerate(self.stages):
            x = stage(x)
            if i == FINE_STAGE:
                fine = x
        return fine, x


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling (Chen et al. 2018, section 3.1; 2017, section 3.3): BxCxhxw -> Bx`outputs`xhxw."""

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
    """Coarse meaning and fine edges -> class scores at the fine features' size (Chen et al. 2018, section 3.2)."""

    def __init__(self, fine: int, coarse: int, hidden: int = 96):
        super().__init__()
        self.fine = conv_bn(fine, 32)
        self.mix = nn.Sequential(separable(32 + coarse, hidden), separable(hidden, hidden))
        self.dropout = nn.Dropout2d(0.1)
        self.classify = nn.Conv2d(hidden, COUNT, 1)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        coarse = F.interpolate(coarse, size=fine.shape[2:], mode="bilinear", align_corners=True)
        return self.classify(self.dropout(self.mix(torch.cat([self.fine(fine), coarse], 1))))


class DeepLabV3Plus(nn.Module):
    """Photo -> logits. Input BxCxHxW with C=3 RGB, values 0 to 255 (uint8 or float), H and W of the form 16k+1.
    Output Bx21xhxw logits with h=(H-1)/4+1 and w=(W-1)/4+1; cell (i, j) is centred on photo pixel (4i, 4j).
    """

    def __init__(self):
        super().__init__()
        # The backbone's own normalisation (EfficientNet-Lite: 127 and 128 for every channel), part of the network.
        self.register_buffer("pixel_mean", torch.full((1, 3, 1, 1), 127.0), persistent=False)
        self.register_buffer("pixel_scale", torch.full((1, 3, 1, 1), 128.0), persistent=False)
        self.backbone = Backbone()
        self.aspp = ASPP(STAGES[-1][3])
        self.decoder = Decoder(STAGES[FINE_STAGE][3], 128)

    def forward(self, image: Tensor) -> Tensor:
        fine, deep = self.backbone((image.to(self.pixel_mean.dtype) - self.pixel_mean) / self.pixel_scale)
        return self.decoder(fine, self.aspp(deep))
