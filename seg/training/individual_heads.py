"""Train the two heads that know individuals, Panoptic-DeepLab's and the one for clicks, in one run.

    python -m seg.training.individual_heads --data runs/data --out runs/individuals --minutes 60    # again: resumes

The trunk is the bundled one and stays as it is. Crops and masks are those of `individuals.py`. Panoptic-DeepLab (Cheng
et al., CVPR 2020, section 3.1): the heat map of centres learns bells by their squared error, the offsets by their
absolute error. The click head is given one place inside an individual and learns its mask, by binary cross-entropy and
Dice.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import distance_transform_edt
from torch import Tensor, nn

from seg.classes import IGNORE
from seg.models.heads import click, panoptic
from seg.models.heads.deeplab import SCORE_STRIDE
from seg.models.trunk import Features
from seg.training.heads import fit
from seg.training.individuals import FEWEST, IndividualCrops
from seg.training.loop import run_arguments

HEADS = {"panoptic": panoptic.Head, "click": click.Head}
BELL = 2.0  # cells: the standard deviation of the bell around a centre
HEAT, OFFSETS = 200.0, 0.01  # weights of the two losses (the paper's)
INNER = 0.5  # share of the clicks that lie well inside an individual; the others lie anywhere in it


def centre_targets(ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """hxh numbers of individuals, 0 nobody, 255 unknown -> (hxh heat, 2xhxh offsets in pixels, hxh numbers in which
    those of fewer than FEWEST cells are unknown). A centre is the mean place of an individual's cells."""
    ids = ids.clone()
    side = torch.arange(ids.shape[0], dtype=torch.float32, device=ids.device)
    down, right = torch.meshgrid(side, side, indexing="ij")
    heat, offsets = torch.zeros_like(down), torch.zeros(2, *ids.shape, device=ids.device)
    for number in ids.unique().tolist():
        mine = ids == number
        if number == 0 or number == IGNORE:
            continue
        if mine.sum() < FEWEST:
            ids[mine] = IGNORE
            continue
        row, column = down[mine].mean(), right[mine].mean()
        heat = torch.maximum(heat, (-((down - row) ** 2 + (right - column) ** 2) / (2 * BELL**2)).exp())
        offsets[:, mine] = SCORE_STRIDE * torch.stack([row - down[mine], column - right[mine]])
    return heat, offsets, ids


def draw_click(ids: np.ndarray, rng: np.random.Generator) -> tuple[int, tuple[float, float]] | None:
    """An individual of hxh numbers, and a click in it, (row, column) in pixels of the crop; None where nobody is."""
    numbers, cells = np.unique(ids[(ids > 0) & (ids < IGNORE)], return_counts=True)
    numbers = numbers[cells >= FEWEST]
    if not len(numbers):
        return None
    number = int(rng.choice(numbers))
    depth = distance_transform_edt(np.pad(ids == number, 1))[1:-1, 1:-1]
    rows, columns = np.nonzero(depth > (0.6 * depth.max() if rng.random() < INNER else 0))
    i = rng.integers(len(rows))
    jitter = rng.uniform(-1.9, 1.9, 2)
    place = SCORE_STRIDE * np.array([rows[i], columns[i]]) + jitter
    return number, tuple(place.clip(0, SCORE_STRIDE * (ids.shape[0] - 1)).tolist())


def panoptic_loss(said: panoptic.Centres, ids: Tensor) -> Tensor:
    """Mean over the known cells for the heat, over those of individuals for the offsets. ids: Bxhxh."""
    heat, offsets, ids = (torch.stack(each) for each in zip(*map(centre_targets, ids), strict=True))
    known, inside = (ids != IGNORE).float(), ((ids > 0) & (ids != IGNORE)).float()
    of_heat = ((said.heat[:, 0] - heat).square() * known).sum() / known.sum().clamp(min=1)
    of_offsets = ((said.offsets - offsets).abs().sum(1) * inside).sum() / inside.sum().clamp(min=1)
    return HEAT * of_heat + OFFSETS * of_offsets


def click_loss(logits: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy and Dice, means over the photos. All BxN."""
    known = known.float()
    each = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * known
    chances = logits.sigmoid() * known
    dice = 1 - (2 * (chances * wanted).sum(1) + 1) / (chances.sum(1) + wanted.sum(1) + 1)
    return (each.sum(1) / known.sum(1).clamp(min=1) + dice).mean()


def losses(heads: nn.ModuleDict, features: Features, batch: dict[str, Tensor], rng: np.random.Generator) -> dict:
    """{head: its loss}. batch: of `IndividualCrops`."""
    ids, found = batch["ids"], {}
    if "panoptic" in heads:
        found["panoptic"] = panoptic_loss(heads["panoptic"](features), ids)
    if "click" in heads:
        drawn = {i: click for i, each in enumerate(ids.cpu().numpy()) if (click := draw_click(each, rng))}
        if not drawn:
            return found | {"click": sum(weight.sum() for weight in heads["click"].parameters()) * 0}
        which = torch.tensor(list(drawn), device=ids.device)
        numbers, places = zip(*drawn.values(), strict=True)
        logits = heads["click"](Features(*(each[which] for each in features)), torch.tensor(places, device=ids.device))
        wanted = ids[which] == torch.tensor(numbers, device=ids.device)[:, None, None]
        known = ids[which] != IGNORE
        found["click"] = click_loss(logits[:, 0].flatten(1).float(), wanted.flatten(1).float(), known.flatten(1))
    return found


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    heads = nn.ModuleDict({name: HEADS[name]() for name in args.heads})
    long_sides = args.smallest, args.largest

    def crops(step: int) -> IndividualCrops:
        return IndividualCrops(args.data, args.side, args.batch, long_sides, args.seed + step, args.paste)

    fit(args, heads, crops, partial(losses, rng=np.random.default_rng(args.seed)))


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = run_arguments(__doc__)
    parser.add_argument("--start", type=Path, help="begin from the heads in this folder, as seg/weights/heads")
    parser.add_argument("--heads", nargs="+", default=list(HEADS), choices=list(HEADS))
    parser.set_defaults(out=Path("runs/individuals"), side=321, batch=12, largest=576, rate=1.5e-3, paste=0.6)
    return parser.parse_args(given)


if __name__ == "__main__":
    train(arguments())
