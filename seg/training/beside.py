"""The other heads, trained in the same run as the segmenter, so that they follow its trunk.

A step trains one head that knows individuals and one family's head, in turn: each adds a few milliseconds, and the
average of the weights goes over many steps anyway. What the heads for individuals want reaches the trunk, as in
Panoptic-DeepLab (Cheng et al., CVPR 2020), where all heads share one. The families' heads only watch: what differs
between them is to be their key move, not the trunk.
"""

from pathlib import Path

from torch import Tensor, nn

from seg.models.families import FAMILIES
from seg.models.heads import click, panoptic
from seg.models.trunk import Features
from seg.training import click_head, heads, panoptic_head

OTHERS = {"panoptic": panoptic.Head, "click": click.Head}
CLICKS = 1  # a photo
PULL = 0.25  # weight of the individuals' losses, beside the segmenter's cross-entropy at 1


def build(folder: Path) -> nn.ModuleDict:
    """Every head there is, with the weights of `folder`/NAME.pt."""
    makers = {name: family.build for name, family in FAMILIES.items()} | OTHERS
    every = nn.ModuleDict({name: make() for name, make in makers.items()})
    heads.load_heads(every, folder)
    return every


def losses(
    beside: nn.ModuleDict, features: Features, logits: Tensor, batch: dict[str, Tensor], step: int, rng
) -> dict[str, Tensor]:
    """{head: its loss} of the two heads whose turn it is. batch: of `IndividualCrops`. logits: the segmenter's."""
    family = list(FAMILIES)[step % len(FAMILIES)]
    seen = Features(*(each.detach() for each in features))
    found = heads.losses({family: beside[family]}, seen, batch)
    if step % len(OTHERS):
        others = click_head.losses(beside, features, logits.detach(), batch, rng, CLICKS)
    else:
        others = panoptic_head.losses(beside, features, batch)
    return found | {name: PULL * loss for name, loss in others.items()}
