"""Train Panoptic-DeepLab's head on individuals (Cheng et al., CVPR 2020).

    python -m seg.training.panoptic_head --data runs/data --out runs/panoptic --minutes 60    # again: resumes

The trunk is the bundled one and stays as it is. Crops are those of `individuals.py`. The heat map of centres learns
bells by their squared error, the offsets by their absolute error (section 3.1).
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn

from seg.classes import IGNORE
from seg.models.heads import panoptic
from seg.models.heads.deeplab import SCORE_STRIDE
from seg.models.trunk import Features
from seg.training.heads import fit
from seg.training.individuals import IndividualCrops
from seg.training.loop import run_arguments

FEWEST = 6  # cells of an individual in a crop, else it is unknown
BELL = 2.0  # cells: the standard deviation of the bell around a centre
HEAT, OFFSETS = 200.0, 0.01  # weights of the two losses (the paper's)


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


def panoptic_loss(said: panoptic.Centres, ids: Tensor) -> Tensor:
    """Mean over the known cells for the heat, over those of individuals for the offsets. ids: Bxhxh."""
    heat, offsets, ids = (torch.stack(each) for each in zip(*map(centre_targets, ids), strict=True))
    known, inside = (ids != IGNORE).float(), ((ids > 0) & (ids != IGNORE)).float()
    of_heat = ((said.heat[:, 0] - heat).square() * known).sum() / known.sum().clamp(min=1)
    of_offsets = ((said.offsets - offsets).abs().sum(1) * inside).sum() / inside.sum().clamp(min=1)
    return HEAT * of_heat + OFFSETS * of_offsets


def losses(heads: nn.ModuleDict, features: Features, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """{"panoptic": its loss}. batch: of `IndividualCrops`."""
    ids = batch["ids"][:, ::SCORE_STRIDE, ::SCORE_STRIDE].long()
    return {"panoptic": panoptic_loss(heads["panoptic"](features), ids)}


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)

    def crops(step: int) -> IndividualCrops:
        long_sides = args.smallest, args.largest
        seed = args.seed + step
        return IndividualCrops(args.data, args.side, args.batch, long_sides, seed, args.paste, groups=args.groups)

    fit(args, nn.ModuleDict({"panoptic": panoptic.Head()}), crops, losses)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = run_arguments(__doc__)
    parser.add_argument("--start", type=Path, help="begin from the head in this folder, as seg/weights/heads")
    parser.add_argument("--groups", type=float, default=2.0, help="draws of a photo of several, for each individual")
    parser.set_defaults(out=Path("runs/panoptic"), side=321, batch=12, largest=576, rate=1.5e-3, paste=0.6)
    return parser.parse_args(given)


if __name__ == "__main__":
    train(arguments())
