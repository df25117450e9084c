"""The loss of MaskFormer's queries: each class of a photo is matched with one query, which is to give its mask.

Cheng, Schwing and Kirillov, "Per-Pixel Classification is Not All You Need for Semantic Segmentation", NeurIPS 2021,
section 3.2: a bipartite matching (the Hungarian method; scipy's) of least cost, then cross-entropy of the classes, and
for matched queries a loss of their masks. Here that is binary cross-entropy and dice, as in Cheng et al., "Masked-
attention Mask Transformer for Universal Image Segmentation", CVPR 2022, with the weights given there.
"""

import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from seg.classes import IGNORE
from seg.models.heads.maskformer import NOTHING, Masks

CLASS, MASK, DICE = 2.0, 5.0, 5.0  # weights in cost and loss
NOTHING_WEIGHT = 0.1  # of the class "nothing", which most queries should say
LEAST = 4  # cells: smaller classes are left out
STRIDE = 2  # of the masks' cells only every so many rows and columns count


def segments(labels: Tensor) -> tuple[Tensor, Tensor]:
    """HxW class ids, 255 unknown -> (K class ids, KxHxW masks as float), one per class with LEAST cells or more."""
    ids, cells = labels[labels != IGNORE].unique(return_counts=True)
    ids = ids[cells >= LEAST]
    return ids, (labels[None] == ids[:, None, None]).float()


def match(classes: Tensor, masks: Tensor, ids: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Which query gives which class: (query numbers, their places in `ids`), K of each.

    classes: Qx22 logits. masks: QxN logits at the known cells. ids: K. wanted: KxN, 0 or 1.
    """
    cost = -CLASS * classes.softmax(-1)[:, ids] + MASK * pairs_entropy(masks, wanted) + DICE * pairs_dice(masks, wanted)
    queries, places = linear_sum_assignment(cost.detach().cpu().numpy())
    return torch.as_tensor(queries), torch.as_tensor(places)


def pairs_entropy(masks: Tensor, wanted: Tensor) -> Tensor:
    """QxK: mean binary cross-entropy of each mask against each wanted one."""
    yes, no = F.softplus(-masks), F.softplus(masks)  # -log of the sigmoid, and of one minus it
    return (yes @ wanted.T + no @ (1 - wanted).T) / masks.shape[1]


def pairs_dice(masks: Tensor, wanted: Tensor) -> Tensor:
    """QxK: one minus the Dice coefficient of each mask and each wanted one, 1 added to both sides of the fraction."""
    chances = masks.sigmoid()
    return 1 - (2 * chances @ wanted.T + 1) / (chances.sum(1)[:, None] + wanted.sum(1) + 1)


def mask_loss(said: Masks, labels: Tensor) -> Tensor:
    """Mean over the photos of a batch. labels: Bxhxh class ids at the masks' cells, 255 unknown."""
    weight = torch.ones(NOTHING + 1, device=labels.device)
    weight[NOTHING] = NOTHING_WEIGHT
    total = said.masks.new_zeros(())
    for classes, masks, known in zip(said.classes, said.masks, labels, strict=True):
        known = known[::STRIDE, ::STRIDE]
        ids, wanted = segments(known)
        cells = known != IGNORE
        masks, wanted = masks[:, ::STRIDE, ::STRIDE][:, cells], wanted[:, cells]
        told = torch.full((len(classes),), NOTHING, device=labels.device)
        if len(ids):
            queries, places = match(classes, masks, ids, wanted)
            told[queries] = ids[places]
            mine, theirs = masks[queries], wanted[places]
            total = total + MASK * F.binary_cross_entropy_with_logits(mine, theirs)
            total = total + DICE * pairs_dice(mine, theirs).diagonal().mean()
        total = total + CLASS * F.cross_entropy(classes, told, weight)
    return total / len(labels)
