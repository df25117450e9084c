"""What every training run is made of: options, schedule, averaged weights, checkpoints, exports."""

import argparse
import copy
import math
from pathlib import Path

import torch
from torch import nn

from seg.models.heads.deeplab import DeepLabV3Plus

CHECKPOINT_SECONDS = 120


class Average:
    """Exponential moving average of a network's weights and buffers; young averages forget faster."""

    def __init__(self, network: nn.Module, decay: float = 0.999):
        self.network, self.decay, self.steps = copy.deepcopy(network).eval(), decay, 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        theirs = network.state_dict()
        for name, mine in self.network.state_dict().items():
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs[name], 1 - decay)
            else:
                mine.copy_(theirs[name])


def rate(progress: float, warm: float = 0.02) -> float:
    """Share of the peak learning rate at `progress` (0 to 1) through the budget."""
    return (
        progress / warm if progress < warm else 0.5 * (1 + math.cos(math.pi * min(1, (progress - warm) / (1 - warm))))
    )


def quick_bfloat16() -> bool:
    """Whether bfloat16 is worth while: on a GPU, and on processors with instructions for it."""
    return torch.cuda.is_available() or torch.cpu._is_avx512_bf16_supported()


def save(path: Path, **state) -> None:
    """Write whole or not at all: a run may be cut off at any moment."""
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def export(network: DeepLabV3Plus, path: Path) -> None:
    """The checkpoint the page loads: the state dict in half precision, step counters left out."""
    state = {k: v.half() for k, v in network.state_dict().items() if v.dtype.is_floating_point}
    torch.save(state, path)


def load_weights(network: DeepLabV3Plus, saved: dict) -> None:
    """Fill `network` with the averaged weights of a run's `last.pt`, or with exported ones.

    Raises ValueError where they are another network's.
    """
    if "average" in saved:
        mine = (key for key in saved["average"] if key.startswith("network."))
        saved = {key.removeprefix("network."): saved["average"][key] for key in mine}
    state = {key: value.float() for key, value in saved.items()}
    misfits = network.load_state_dict(state, strict=False)
    # Exports leave the step counters out.
    if misfits.unexpected_keys or not all(key.endswith("num_batches_tracked") for key in misfits.missing_keys):
        raise ValueError(f"these weights are not this network's ({misfits}): give a last.pt or an exported file")


def run_arguments(about: str) -> argparse.ArgumentParser:
    """The options of every training run: `seg.training.heads` has them too, with defaults of its own."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("runs/data"), help="folder prepare.py wrote")
    parser.add_argument("--out", type=Path, default=Path("runs/a"), help="checkpoints; resumes from last.pt there")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, default=10**9, help="stop after this many steps, whatever the time")
    parser.add_argument("--side", type=int, default=257, help="crop's side, 16k+1")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--smallest", type=int, default=256, help="least long side a photo is scaled to")
    parser.add_argument("--largest", type=int, default=560, help="greatest long side a photo is scaled to")
    parser.add_argument("--rate", type=float, default=3e-4, help="peak learning rate; the trunk's, where it is trained")
    parser.add_argument("--weight-decay", type=float, default=0.02)
    parser.add_argument("--decay", type=float, default=0.998, help="of the moving average, per step")
    parser.add_argument("--paste", type=float, default=0.25, help="share of crops that get an object of a rare class")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--show", type=int, default=20, help="steps between lines printed")
    parser.add_argument("--seed", type=int, default=0)
    return parser
