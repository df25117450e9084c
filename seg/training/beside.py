"""The other heads, trained in the same run as the segmenter, so that they follow its trunk.

A step trains one family's head, in turn, and every other step the head for individuals: each adds a few milliseconds,
and the average of the weights goes over many steps anyway. What the head for individuals wants reaches the trunk, as in
Panoptic-DeepLab (Cheng et al., CVPR 2020), where all heads share one. The families' heads only watch: what differs
between them is to be their key move, not the trunk. The click head is not among them: it runs the trunk itself, on
windows of its own, and is trained anew when the trunk has changed.
"""

from pathlib import Path

from torch import Tensor, nn

from seg.models.families import FAMILIES
from seg.models.heads import panoptic
from seg.models.trunk import Features
from seg.training import heads, panoptic_head

OTHERS = {"panoptic": panoptic.Head}
PULL = 0.25  # weight of the individuals' loss, beside the segmenter's cross-entropy at 1


def build(folder: Path) -> nn.ModuleDict:
    """Every head there is, with the weights of `folder`/NAME.pt."""
    makers = {name: family.build for name, family in FAMILIES.items()} | OTHERS
    every = nn.ModuleDict({name: make() for name, make in makers.items()})
    heads.load_heads(every, folder)
    return every


def losses(beside: nn.ModuleDict, features: Features, batch: dict[str, Tensor], step: int) -> dict[str, Tensor]:
    """{head: its loss} of the heads whose turn it is. batch: of `IndividualCrops`."""
    family = list(FAMILIES)[step % len(FAMILIES)]
    found = heads.losses({family: beside[family]}, Features(*(each.detach() for each in features)), batch)
    if step % 2 == 0:
        found |= {name: PULL * loss for name, loss in panoptic_head.losses(beside, features, batch).items()}
    return found
