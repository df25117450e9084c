"""torchvision's segmentation networks, made to answer as our own does: a photo in, 21 logits at their own stride out.

    semantic_network("deeplabv3_resnet50")()        # random weights; `seg.models.registry` loads torchvision's

The names of its parameters are torchvision's, so its state dicts fit as they are. Two things differ from
`torchvision.models.segmentation`: the normalisation is part of the network, and upsampling is left to the predictor,
which needs the logits before it. The auxiliary head serves training only and is not built (its weights, keys
`aux_classifier.*`, are part of its files).

Sources
    DeepLabV3   Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017.
    FCN         Long, Shelhamer and Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015.
    LR-ASPP     Howard et al., "Searching for MobileNetV3", ICCV 2019, section 6.4.

Alignment. torchvision stretches the logits over the photo with `align_corners=False`: cell i covers the pixels from
stride*i to stride*(i+1), and its value belongs to their middle.
"""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

from seg.classes import COUNT

# Of ImageNet, in grey levels of 0 to 255: what the backbones were trained with (torchvision.transforms._presets).
MEAN = tuple(255 * m for m in (0.485, 0.456, 0.406))
DEVIATION = tuple(255 * d for d in (0.229, 0.224, 0.225))


class SemanticNetwork(nn.Module):
    """Photo -> logits. Input Bx3xHxW RGB, values 0 to 255 (uint8 or float). Output Bx21xhxw logits, before upsampling:
    h and w are H/8 and W/8, rounded up, or H/16 and W/16 for DeepLabV3 on MobileNetV3.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.register_buffer("pixel_mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("pixel_scale", torch.tensor(DEVIATION).view(1, 3, 1, 1), persistent=False)
        self.backbone, self.classifier = model.backbone, model.classifier

    def forward(self, image: Tensor) -> Tensor:
        features = self.backbone((image.to(self.pixel_mean.dtype) - self.pixel_mean) / self.pixel_scale)
        return self.classifier(features.get("out", features))  # LR-ASPP's head reads two of the backbone's stages


def semantic_network(name: str) -> Callable[[], SemanticNetwork]:
    """A builder, with random weights, of torchvision's network of that name."""

    def build() -> SemanticNetwork:
        from torchvision.models import get_model  # takes seconds and 150 MB: only where such a network is asked for

        return SemanticNetwork(get_model(name, weights=None, weights_backbone=None, num_classes=COUNT))

    return build


def mask_rcnn() -> nn.Module:
    """torchvision's Mask R-CNN with random weights."""
    from torchvision.models.detection import maskrcnn_resnet50_fpn

    return maskrcnn_resnet50_fpn(weights=None, weights_backbone=None)


@cache
def coco_categories() -> tuple[str, ...]:
    """Mask R-CNN's classes by its own numbers."""
    from torchvision.models import get_model_weights

    return tuple(get_model_weights("maskrcnn_resnet50_fpn")["COCO_V1"].meta["categories"])
