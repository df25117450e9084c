"""The families of networks that share the bundled trunk: for each a small head with the family's key move.

Adding one is a file in `seg/models/heads` with a `Head`, and a line here; `python -m seg.training.heads` trains it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from seg.models.heads import deeplab, deeplabv3, fcn, maskformer, pspnet, segnet, unet
from seg.models.heads.deeplab import ATROUS_RATES, SCORE_STRIDE


@dataclass(frozen=True)
class Family:
    """title: for people. build: makes the head, with random weights; it maps `Features` to Bx21xhxw logits.
    stride: photo pixels per cell of these. key_move: what the family is known for, one short sentence. rates: atrous
    ones, in cells of the output stride."""

    title: str
    build: Callable[[], nn.Module]
    stride: int
    key_move: str
    rates: tuple[int, ...] = ()


# The page's own head: it was trained together with the trunk, and is no file of its own.
OWN = Family(
    "DeepLabV3+",
    deeplab.Head,
    SCORE_STRIDE,
    "The one this page uses: three atrous rates side by side, then a decoder.",
    ATROUS_RATES,
)
FAMILIES = {
    "deeplabv3": Family(
        "DeepLabV3", deeplabv3.Head, 16, "Looks around every cell at three atrous rates; no decoder.", ATROUS_RATES
    ),
    "fcn": Family("FCN-8s", fcn.Head, 8, "Adds the scores of finer stages to those of coarser ones."),
    "unet": Family("U-Net", unet.Head, 4, "Sets finer features beside coarser ones, step by step."),
    "segnet": Family("SegNet", segnet.Head, 4, "Remembers where each maximum was, and puts it back there."),
    "pspnet": Family("PSPNet", pspnet.Head, 16, "Averages the features over four grids, up to the whole photo."),
    "maskformer": Family("MaskFormer", maskformer.Head, 4, "Asks a few queries for one mask and one class each."),
}
