"""What a network is to say of a crop, and how far it is from that.

The target is a mixture of the label and the teacher's softmax (Hinton et al. 2015): mostly the label where a person
drew it, mostly the teacher elsewhere, the teacher alone where it is 255, the label alone on objects pasted from another
photo.
"""

import torch
from torch import Tensor, nn

from seg.classes import COUNT, IGNORE
from seg.training.crops import teacher_chances, teacher_features
from seg.training.prepare import TEACHER_UNIT

TRUST = (0.3, 0.6, 0.8)  # share of the label in the target, by who drew it; the teacher's softmax is the rest


def targets(batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """(Bx21xhxh target distributions, Bxhxh weights): see "target" in this file's head."""
    known = batch["labels"] != IGNORE
    label = nn.functional.one_hot(batch["labels"].where(known, 0), COUNT).movedim(-1, 1).float()
    if "teacher" not in batch:
        return label, known.float()
    trust = torch.tensor(TRUST, device=known.device)[batch["labels_by"].long()][:, None, None]
    trust = torch.where(batch["pasted"], 1.0, trust * known)
    mixed = trust[:, None] * label + (1 - trust[:, None]) * teacher_chances(batch, TEACHER_UNIT)
    return mixed, batch["inside"].float()


def feature_loss(imitated: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Mean squared error to the teacher's features, over the cells on the photo that nothing was pasted on."""
    step = (batch["inside"].shape[1] - 1) // (imitated.shape[2] - 1)
    weight = (batch["inside"] & ~batch["pasted"])[:, ::step, ::step].float()
    each = (imitated.float() - teacher_features(batch)).square().mean(1)
    return (each * weight).sum() / weight.sum().clamp(min=1)


def cross_entropy(log_chances: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean over the cells that count of -sum_c target_c log p_c."""
    each = -(target * log_chances).sum(1)
    return (each * weight).sum() / weight.sum().clamp(min=1)


def loss_of(logits: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of logits at the labels' cells against `targets`."""
    return cross_entropy(logits.float().log_softmax(1), *targets(batch))
