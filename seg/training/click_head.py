"""Train the head for clicks on individuals, several clicks a photo.

    python -m seg.training.click_head --data runs/data --out runs/click --minutes 70    # again: resumes
    python -m seg.training.click_head --start seg/weights/heads --minutes 70            # from the committed head

Crops are those of `individuals.py`; no trunk runs on them, only the head's own on the windows. A click lies in an
individual. Some clicks are looked at twice: around the click, and in the window that fits what the head then says of
the thing's reach. The windows of the others fit the individual, moved and stretched. The mask is compared with the
individual's by binary cross-entropy and Dice, at twice the cells, where somebody knows; the reach with the true one;
and the IoU it expects with the one it gets.
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
from seg.models.click import FIRST, Windows, fitting
from seg.models.heads.click import Found, Head
from seg.models.heads.deeplab import SCORE_STRIDE
from seg.models.registry import OTHER_HEADS
from seg.training.heads import fit
from seg.training.individuals import IndividualCrops
from seg.training.loop import quick_bfloat16, run_arguments

CLICKS, LOOKED = 5, 2  # a photo, and how many of them have a first look
LEAST = 20  # pixels of an individual that is clicked on
INNER, DEEP = 0.6, 0.6  # this share of the clicks lies deeper inside than this share of the greatest depth
FIRST_MASK, JUDGED, REACH = 0.35, 0.5, 0.5  # weights of the losses, beside the fitted window's mask at 1
SMALLER = 0.5  # octaves at most: windows after a first look are that much smaller than the reach it told of
FINER = 2  # cells of the loss for each of the head's


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
    """MxSxS bool and Mx2 places in them -> Mx4: log2 of pixels and 1 from the place to the top, left, bottom and right
    of the mask."""
    side, found = torch.arange(masks.shape[-1], device=masks.device), []
    for i, lines in enumerate((masks.any(2), masks.any(1))):
        last = torch.where(lines, side, -1).amax(-1)
        first = torch.where(lines, side, len(side)).amin(-1)
        found.append(torch.stack([places[:, i] - first, last - places[:, i]], -1))
    (top, bottom), (left, right) = (each.unbind(-1) for each in found)
    return torch.stack([top, left, bottom, right], -1).clamp(min=0).add(1).log2()


def mask_loss(logits: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy and Dice, means over the windows. All MxN."""
    each = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * known
    chances = logits.sigmoid() * known
    wanted = wanted * known
    dice = 1 - (2 * (chances * wanted).sum(1) + 1) / (chances.sum(1) + wanted.sum(1) + 1)
    return (each.sum(1) / known.sum(1).clamp(min=1) + dice).mean()


def overlap(logits: Tensor, wanted: Tensor, known: Tensor, cells: Tensor) -> Tensor:
    """M: the IoU of each drawn mask with its individual, of which the window may show a part. cells: M, the area of the
    individual, in cells of the window."""
    drawn = (logits > 0) * known
    both = (drawn * wanted).sum(1)
    return both / (drawn.sum(1) + cells - both).clamp(min=1)


def shown_in(windows: Windows, masks: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """(how much of each cell the mask covers, whether anybody knows: 1 or 0), MxN, at FINER cells for each of a
    window's. masks, known: MxSxS, 0 or 1."""
    both = sampled(torch.stack([masks, known], 1), windows.places(FINER)).flatten(2)
    return both[:, 0], (both[:, 1] > 0.99).float()


def sampled(pictures: Tensor, places: Tensor) -> Tensor:
    """MxCxSxS, Mxnxnx2 places in pixels -> MxCxnxn, bilinear, 0 outside."""
    grid = 2 * places / (pictures.shape[-1] - 1) - 1
    return F.grid_sample(pictures, grid.flip(-1), align_corners=True, padding_mode="zeros")  # it wants (x, y)


def stretched(reach: Tensor) -> Tensor:
    """Mx4: the true reach as it might have been guessed: all four larger or smaller, and each by itself."""
    shape = len(reach), 1
    near, far = 0.5 * torch.randn(shape), -1.5 + 3 * torch.rand(shape)
    common = torch.where(torch.rand(shape) < 0.5, near, far).to(reach.device)
    return reach + common + 0.5 * torch.randn_like(reach)


def seen(head: Head, colours: Tensor, windows: Windows, places: Tensor) -> Found:
    """The head's answers to clicks at Mx2 places in Mx3xSxS pictures, grey being 0, in a window each."""
    crops = sampled(colours, windows.places(SCORE_STRIDE))
    last = torch.full_like(places, colours.shape[-1] - 1)
    with torch.autocast(places.device.type, torch.bfloat16, enabled=quick_bfloat16()):
        return head(windows.view(127.5 * (crops + 1), places, last))


def drawn_loss(found: Found, windows: Windows, masks: Tensor, known: Tensor) -> Tensor:
    """Of the mask, and of the IoU that is expected of it."""
    side = windows.places(FINER).shape[1]
    logits = F.interpolate(found.logits.float()[:, None], size=(side, side), mode="bilinear", align_corners=True)
    logits, (wanted, sure) = logits.flatten(1), shown_in(windows, masks, known)
    cells = masks.sum((1, 2)) / (windows.spacing / FINER).square()
    truth = overlap(logits, wanted, sure, cells)
    judged = F.binary_cross_entropy_with_logits(found.expected.float(), truth)
    return mask_loss(logits, wanted, sure) + JUDGED * judged


def click_loss(head: Head, colours: Tensor, ids: Tensor, clicks: Clicks, looked: int = LOOKED) -> Tensor:
    """colours: Bx3xSxS, -1 to 1, and ids: BxSxS uint8 of a batch. looked: how many of a photo's clicks have a first
    look."""
    count = clicks.numbers.shape[1]
    photos, places = clicks.photos.repeat_interleave(count), clicks.places.flatten(0, 1)
    colours, ids = colours[photos], ids[photos]
    inside = ids == clicks.numbers.flatten()[:, None, None]
    masks, known, reach = inside.float(), (ids != IGNORE).float(), reach_of(inside, places)
    first = torch.arange(len(photos), device=ids.device) % count < looked
    windows = Windows(places[first], FIRST * 2 ** (2 * torch.rand_like(reach[first, 0]) - 1))
    found = seen(head, colours[first], windows, places[first])
    loss = FIRST_MASK * drawn_loss(found, windows, masks[first], known[first])
    loss = loss + REACH / 2 * reach_loss(found.reach, reach[first])
    tried = stretched(reach)
    tried[first] = found.reach.detach() - SMALLER * torch.rand_like(reach[first, :1])
    windows = fitting(places, tried)
    found = seen(head, colours, windows, places)
    return loss + drawn_loss(found, windows, masks, known) + REACH * reach_loss(found.reach, reach)


def reach_loss(guessed: Tensor, reach: Tensor) -> Tensor:
    return F.smooth_l1_loss(guessed, reach, beta=0.3)


def losses(heads: nn.ModuleDict, batch: dict[str, Tensor], rng) -> dict[str, Tensor]:
    """{"click": its loss}. batch: of `IndividualCrops`."""
    ids, head = batch["ids"], heads["click"]
    clicks = draw_clicks(ids.cpu().numpy(), CLICKS, rng)
    if clicks is None:
        return {"click": sum(weight.sum() for weight in head.parameters()) * 0}
    clicks = Clicks(*(each.to(ids.device) for each in clicks))
    return {"click": click_loss(head, batch["image"].float() / 127.5 - 1, ids, clicks)}


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)

    def crops(step: int) -> IndividualCrops:
        long_sides = args.smallest, args.largest
        return IndividualCrops(args.data, args.side, args.batch, long_sides, args.seed + step, args.paste, least=0.04)

    def loss(heads: nn.ModuleDict, features: None, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        return losses(heads, batch, rng)

    fit(args, nn.ModuleDict({"click": OTHER_HEADS["click"].build()}), crops, loss, features=False)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = run_arguments(__doc__)
    parser.add_argument("--start", type=Path, help="begin from the head in this folder, as seg/weights/heads")
    defaults = {"side": 321, "batch": 4, "smallest": 128, "largest": 640, "rate": 1.5e-3, "paste": 0.3}
    parser.set_defaults(out=Path("runs/click"), **defaults)
    return parser.parse_args(given)


if __name__ == "__main__":
    train(arguments())
