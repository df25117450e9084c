"""What a network is punished for: four losses of segmentation, each a scalar over one photo.

    cross_entropy(logits, truth)    logits 21xHxW, truth HxW class ids, 255 left out

The logits may have any floating type; sums and counts are taken in float32 at least, because float16 ends at 65,504 and
counts exactly only to 2,048. The loss has that wider type.

Write p for the softmax of the logits over the classes, y for the truth, and g[c] = 1 where y is c, else 0.

    cross-entropy   mean over pixels of -log p[y]
    focal           mean over pixels of -(1 - p[y])^gamma log p[y]
    soft Dice       mean over the classes c of the truth of 1 - 2 sum p[c] g[c] / (sum p[c]^2 + sum g[c]^2)
    Lovasz-softmax  mean over the classes c of the truth of the Lovasz extension of 1 - IoU[c] at |p[c] - g[c]|

The first two are sums over pixels, so each pixel has its own part of them. The other two weigh classes. Where on the
photo any of them pulls, a training step would show: `gradient_map`.

Sources
    focal           Lin, Goyal, Girshick, He, Dollar, "Focal Loss for Dense Object Detection", ICCV 2017.
    soft Dice       Milletari, Navab, Ahmadi, "V-Net", 3DV 2016. Theirs is for one class; the mean over the classes
                    present in the truth is the usual way to several.
    Lovasz-softmax  Berman, Rannen Triki, Blaschko, "The Lovasz-Softmax loss", CVPR 2018, definition 2 (the extension)
                    and algorithm 1 (its gradient).
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from seg.classes import IGNORE

GAMMA = 2.0  # the value that Lin et al. settle on


def cross_entropy(logits: Tensor, truth: Tensor) -> Tensor:
    """Mean of -log p[truth] over the pixels that have a truth, in nats; 0 where none has. Scalar, 0 or more.

    Guessing nothing (equal logits) costs log 21 = 3.04. Raises ValueError when the two do not fit together.

    >>> logits = torch.tensor([[[0.0]], [[0.0]]])          # two classes, one pixel, no opinion
    >>> round(cross_entropy(logits, torch.tensor([[1]])).item(), 4)      # log 2
    0.6931
    """
    return _mean(cross_entropy_map(logits, truth), truth)


def cross_entropy_map(logits: Tensor, truth: Tensor) -> Tensor:
    """HxW: -log p[truth] of each pixel, 0 where truth is 255."""
    logits, truth = _check(logits, truth)
    return F.cross_entropy(logits[None], truth[None], ignore_index=IGNORE, reduction="none")[0]


def focal(logits: Tensor, truth: Tensor, gamma: float = GAMMA) -> Tensor:
    """Cross-entropy in which a pixel counts (1 - p[truth])^gamma: what is already right hardly counts. Scalar, >= 0.

    gamma: 0 or more; 0 is cross-entropy. A pixel with p[truth] = 1 costs nothing and has no gradient.

    >>> logits = torch.tensor([[[0.0]], [[0.0]]])
    >>> round(focal(logits, torch.tensor([[1]])).item(), 4)              # (1/2)^2 log 2
    0.1733
    """
    return _mean(focal_map(logits, truth, gamma), truth)


def focal_map(logits: Tensor, truth: Tensor, gamma: float = GAMMA) -> Tensor:
    """HxW: -(1 - p[truth])^gamma log p[truth] of each pixel, 0 where truth is 255."""
    surprise = cross_entropy_map(logits, truth)  # -log p
    certain = surprise == 0  # there 0^gamma has no finite slope for gamma < 1: a stand-in, and no gradient
    missing = torch.where(certain, 1, -torch.expm1(-surprise))  # 1 - p
    return torch.where(certain, 0, missing**gamma * surprise)


def dice(logits: Tensor, truth: Tensor) -> Tensor:
    """One minus the soft Dice coefficient, averaged over the classes present in the truth. Scalar in [0, 1].

    Pixels whose truth is 255 are left out; 0 where none is left.

    >>> logits = torch.tensor([[[0.0, 0.0]], [[0.0, 0.0]]])              # p = 1/2 everywhere; truth: class 1, twice
    >>> round(dice(logits, torch.tensor([[1, 1]])).item(), 4)            # 1 - 2 x (1/2 + 1/2) / (1/2 + 2)
    0.2
    """
    p, g, present = _present(logits, truth)
    if not present:
        return p.sum()  # of nothing: 0, with a gradient of 0
    overlap = 2 * (p * g).sum(1)
    return (1 - overlap / (p.square().sum(1) + g.sum(1))).mean()


def lovasz_softmax(logits: Tensor, truth: Tensor) -> Tensor:
    """The Lovasz extension of 1 - IoU, averaged over the classes present in the truth. Scalar in [0, 1].

    For a prediction with no doubt (p is 0 or 1 everywhere) it is exactly 1 - IoU, averaged over the truth's classes;
    in between it is the tightest convex surrogate. Pixels whose truth is 255 are left out; 0 where none is left.

    >>> logits = 99 * torch.tensor([[[1.0, 0.0, 0.0]], [[0.0, 1.0, 1.0]]])    # says 0, 1, 1
    >>> round(lovasz_softmax(logits, torch.tensor([[0, 0, 1]])).item(), 4)    # both IoU are 1/2
    0.5
    """
    p, g, present = _present(logits, truth)
    if not present:
        return p.sum()  # of nothing: 0, with a gradient of 0
    errors = (p - g).abs()  # KxN
    errors, order = errors.sort(dim=1, descending=True)
    return (errors * _share_ties(_jaccard_steps(g.gather(1, order)), errors)).sum(1).mean()


def _jaccard_steps(g: Tensor) -> Tensor:
    """KxN of 0 and 1, in the order of falling errors -> KxN: by how much 1 - IoU rises when the first 1, 2, ... N
    pixels are got wrong, one after the other (algorithm 1 of Berman et al. 2018)."""
    total = g.sum(1, keepdim=True)
    missed, added = g.cumsum(1), (1 - g).cumsum(1)
    lost = 1 - (total - missed) / (total + added)
    return torch.diff(lost, dim=1, prepend=torch.zeros_like(total))


def _share_ties(steps: Tensor, errors: Tensor) -> Tensor:
    """The steps of equal errors shared equally among them: the sum stays the same, and the gradient no longer depends
    on how a tie was sorted (any order's gradient is a subgradient, and so is their mean)."""
    run = torch.cumsum(torch.diff(errors.detach(), dim=1, prepend=errors[:, :1]) != 0, 1)
    total = torch.zeros_like(steps).scatter_add(1, run, steps)
    count = torch.zeros_like(steps).scatter_add(1, run, torch.ones_like(steps))
    return (total / count.clamp(min=1)).gather(1, run)


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cross_entropy": cross_entropy,
    "dice": dice,
    "lovasz_softmax": lovasz_softmax,
    "focal": focal,
}


def gradient_map(loss: Callable[[Tensor, Tensor], Tensor], logits: Tensor, truth: Tensor) -> tuple[float, Tensor]:
    """(value of the loss, HxW map of how hard it pulls at each pixel): the sum over classes of |d loss / d logit|.

    A training step moves each pixel's scores in proportion to it. 0 where truth is 255.
    """
    logits = _widened(logits.detach().clone()).requires_grad_()
    value = loss(logits, truth)
    (gradient,) = torch.autograd.grad(value, logits)
    return value.item(), gradient.abs().sum(0)


def _check(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """(logits as float32 or wider, truth as whole numbers). Raises ValueError when the two do not fit together."""
    if logits.ndim != 3 or truth.shape != logits.shape[1:] or not logits.is_floating_point():
        raise ValueError(
            f"logits must be floats CxHxW and truth HxW of the same size; got {tuple(logits.shape)} {logits.dtype} "
            f"and {tuple(truth.shape)}"
        )
    logits, truth = _widened(logits), truth.long()
    wrong = (truth != IGNORE) & ((truth < 0) | (truth >= logits.shape[0]))
    if wrong.any():
        raise ValueError(
            f"truth holds the value {truth[wrong][0].item()}; allowed are the class ids 0 to {logits.shape[0] - 1}, "
            f"and {IGNORE} for no class"
        )
    return logits, truth


def _widened(logits: Tensor) -> Tensor:
    """float16 and bfloat16 as float32, the others as they are."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def _mean(values: Tensor, truth: Tensor) -> Tensor:
    return values.sum() / (truth != IGNORE).sum().clamp(min=1)


def _present(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor, int]:
    """(KxN softmax, KxN of 0 and 1, K) of the K classes in the truth and the N pixels that have one."""
    logits, truth = _check(logits, truth)
    known = truth != IGNORE
    p = logits.softmax(0)[:, known]
    truth = truth[known]
    classes = truth.unique()
    g = (truth[None] == classes[:, None]).to(p.dtype)
    return p[classes], g, len(classes)
