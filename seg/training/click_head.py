"""Train the head for clicks on individuals, many clicks a photo.

    python -m seg.training.click_head --data runs/data --out runs/click --minutes 60    # again: resumes

The trunk and the class scores are the bundled network's and stay as they are. Crops are those of `individuals.py`. A
click lies in an individual; the head's glance, its guess how far the thing reaches, and the window drawn are all
compared with the individual's mask: binary cross-entropy and Dice over the cells that somebody knows. Half of the drawn
windows are among those the head would try, the others fit the individual, moved and stretched a little: at first it
cannot guess well. The IoU it expects is compared with the one it gets.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import distance_transform_edt, find_objects
from torch import Tensor, nn

from seg.classes import IGNORE
from seg.models.heads.click import (
    SPACINGS,
    TRIES,
    Head,
    Seen,
    Windows,
    fitting,
    last_pixel,
    sampled,
    windows_around,
)
from seg.models.registry import ZOO
from seg.models.trunk import Features
from seg.training.heads import fit
from seg.training.individuals import IndividualCrops
from seg.training.loop import run_arguments

CLICKS = 6  # a photo
LEAST = 20  # pixels of an individual that is clicked on
INNER, DEEP = 0.6, 0.6  # this share of the clicks lies deeper inside than this share of the greatest depth
SPREAD = 0.4  # octaves: how much the reach that chooses a window is off, in training
GLANCE, REACH, JUDGED = 0.5, 1.0, 0.5  # weights beside the drawn window's 1
COARSE = 10.0  # pixels between cells from which on a cell's target is the mask's share around it


class Clicks(NamedTuple):
    """photos: N, which of a batch; places: NxKx2 in pixels (row, column); numbers: NxK, of the individuals there."""

    photos: Tensor
    places: Tensor
    numbers: Tensor


def draw_click(mask: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """A place in a mask HxW bool, (row, column) in pixels."""
    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    rows, columns = np.nonzero(depth > (DEEP * depth.max() if rng.random() < INNER else 0))
    i = rng.integers(len(rows))
    return float(rows[i]), float(columns[i])


def draw_clicks(ids: np.ndarray, count: int, rng: np.random.Generator) -> Clicks | None:
    """`count` clicks on individuals of each photo that has some; None where none has. ids: BxSxS, 0 nobody, 255
    unknown."""
    found = []
    for photo, mine in enumerate(ids):
        sizes = np.bincount(mine.ravel(), minlength=256)
        sizes[[0, IGNORE]] = 0
        numbers = np.flatnonzero(sizes >= LEAST)
        if not len(numbers):
            continue
        boxes, drawn = find_objects(np.where(mine == IGNORE, 0, mine)), []
        for number in rng.permutation(np.resize(rng.permutation(numbers), count)):
            box = boxes[number - 1]
            row, column = draw_click(mine[box] == number, rng)
            drawn.append((int(number), (row + box[0].start, column + box[1].start)))
        found.append((photo, *zip(*drawn, strict=True)))
    if not found:
        return None
    photos, numbers, places = zip(*found, strict=True)
    return Clicks(torch.tensor(photos), torch.tensor(places), torch.tensor(numbers))


def reach_of(masks: Tensor, places: Tensor) -> Tensor:
    """NxKxSxS bool and NxKx2 places in them -> NxKx4: log2 of pixels and 1 from the place to the top, left, bottom and
    right of the mask."""
    side, found = torch.arange(masks.shape[-1], device=masks.device), []
    for i, lines in enumerate((masks.any(3), masks.any(2))):
        last = torch.where(lines, side, -1).amax(-1)
        first = torch.where(lines, side, len(side)).amin(-1)
        found.append(torch.stack([places[..., i] - first, last - places[..., i]], -1))
    (top, bottom), (left, right) = (each.unbind(-1) for each in found)
    return torch.stack([top, left, bottom, right], -1).clamp(min=0).add(1).log2()


def mask_loss(logits: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy and Dice, means over the windows. All MxN."""
    each = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * known
    chances = logits.sigmoid() * known
    wanted = wanted * known
    dice = 1 - (2 * (chances * wanted).sum(1) + 1) / (chances.sum(1) + wanted.sum(1) + 1)
    return (each.sum(1) / known.sum(1).clamp(min=1) + dice).mean()


def shown_in(windows: Windows, masks: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """(how much of each cell the mask covers, whether anybody knows: 1 or 0), MxN, of one window for each of M clicks.
    masks: BxKxSxS and known: BxSxS, both 0 or 1."""
    places = windows.places().flatten(0, 1)[:, None]
    masks, last = masks.flatten(0, 1)[:, None], last_pixel(known[:, None])
    if windows.spacing.min() > COARSE:
        masks = F.avg_pool2d(masks, 9, 4, 4, count_include_pad=False)
    sure = (sampled(known[:, None], windows.places(), last) > 0.99).float()
    return sampled(masks, places, last[:1]).flatten(1), sure.flatten(1)


def overlap(logits: Tensor, wanted: Tensor, known: Tensor, cells: Tensor) -> Tensor:
    """M: the IoU of each drawn mask with its individual, of which the window may show a part. cells: M, the area of the
    individual, in cells of the window."""
    drawn = (logits > 0) * known
    both = (drawn * wanted).sum(1)
    return both / (drawn.sum(1) + cells - both).clamp(min=1)


def click_loss(head: Head, seen: Seen, ids: Tensor, clicks: Clicks) -> Tensor:
    """seen: of the clicks' photos alone. ids: BxSxS uint8 of all."""
    ids, places = ids[clicks.photos], clicks.places
    inside = ids[:, None] == clicks.numbers[..., None, None]
    masks, known, reach = inside.float(), (ids != IGNORE).float(), reach_of(inside, places)
    around, (rough, guessed) = windows_around(places), head.glance(seen, places)
    zooms, loss = len(SPACINGS), REACH * F.smooth_l1_loss(guessed.float(), reach, beta=0.3)
    for i in range(zooms):
        windows = Windows(around.middle[:, i::zooms], around.spacing[:, i::zooms], around.cells)
        loss = loss + GLANCE / zooms * mask_loss(rough[:, :, i].float().flatten(2).flatten(0, 1),
                                                 *shown_in(windows, masks, known))  # fmt: skip
    own = torch.rand_like(reach[..., :1]) < 0.5
    tries = reach.new_tensor(TRIES)[torch.randint(len(TRIES), own.shape, device=reach.device)]
    chosen = torch.where(own, guessed.detach().float() + tries, reach + SPREAD * torch.randn_like(reach))
    windows = fitting(places, chosen)
    logits, expected = head.draw(seen, places, rough, windows)
    logits, (wanted, sure) = logits.float().flatten(2).flatten(0, 1), shown_in(windows, masks, known)
    cells = (masks.sum((2, 3)) / windows.spacing.square()).flatten()
    truth = overlap(logits, wanted, sure, cells)
    judged = F.binary_cross_entropy_with_logits(expected.float().flatten(), truth)
    return loss + mask_loss(logits, wanted, sure) + JUDGED * judged


def losses(heads: nn.ModuleDict, features: Features, logits: Tensor, batch: dict, rng, count: int = CLICKS) -> dict:
    """{"click": its loss}. batch: of `IndividualCrops`. logits: the network's BxCxhxw. count: of clicks a photo."""
    ids, head = batch["ids"], heads["click"]
    clicks = draw_clicks(ids.cpu().numpy(), count, rng)
    if clicks is None:
        return {"click": sum(weight.sum() for weight in head.parameters()) * 0}
    clicks = Clicks(*(each.to(ids.device) for each in clicks))
    features, logits, image = (
        Features(*(each[clicks.photos] for each in features)), logits[clicks.photos], batch["image"][clicks.photos],
    )  # fmt: skip
    return {"click": click_loss(head, head.look(features, logits, image), ids, clicks)}


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    classes, rng = ZOO["bundled"].load().head, np.random.default_rng(args.seed)

    def crops(step: int) -> IndividualCrops:
        long_sides = args.smallest, args.largest
        return IndividualCrops(args.data, args.side, args.batch, long_sides, args.seed + step, args.paste, least=0.04)

    def loss(heads: nn.ModuleDict, features: Features, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        with torch.no_grad():
            logits = classes(features)
        return losses(heads, features, logits, batch, rng)

    fit(args, nn.ModuleDict({"click": Head()}), crops, loss)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = run_arguments(__doc__)
    parser.add_argument("--start", type=Path, help="begin from the head in this folder, as seg/weights/heads")
    defaults = {"side": 321, "batch": 4, "smallest": 128, "largest": 640, "rate": 1e-3, "paste": 0.3}
    parser.set_defaults(out=Path("runs/click"), **defaults)
    return parser.parse_args(given)


if __name__ == "__main__":
    train(arguments())
