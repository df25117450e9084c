"""Train the bundled network on what `prepare.py` wrote, within a budget of minutes, from checkpoints on disk.

    python -m seg.training.train --data runs/data --out runs/a --minutes 120
    python -m seg.training.train --data runs/data --out runs/a --minutes 120          # again: resumes where it stopped
    python -m seg.training.train --data runs/data --out runs/b --start seg/weights/bundled.pt --minutes 600
    ... --beside seg/weights/heads      # the other heads learn in the same run (`beside.py`)

Recipe
    start      ImageNet weights for the trunk (Tan and Le 2019); stem and first five blocks stay frozen
    target     cross-entropy against a mixture of the label and the teacher's softmax (`targets.py`)
    features   besides, a 1x1 convolution of the ASPP's output imitates the teacher's last features (its squared error,
               as a share of their mean square); it is left out of what is exported
    steps      AdamW, learning rate warmed up, then falling as a half cosine over the budget of *time*, so that a run
               on a busy machine still ends at a rate of nearly 0
    result     exponential moving average of the weights over steps (Polyak and Juditsky 1992); that is what is saved
               for use, in half precision, as out/bundled.pt
"""

import argparse
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from seg.models.heads.deeplab import DeepLabV3Plus
from seg.models.trunk import Features
from seg.training import beside
from seg.training.crops import Crops
from seg.training.depthwise import merge_norms, quicken
from seg.training.imagenet import load_imagenet
from seg.training.individuals import IndividualCrops
from seg.training.loop import (
    CHECKPOINT_SECONDS,
    Average,
    export,
    load_weights,
    quick_bfloat16,
    rate,
    run_arguments,
    save,
)
from seg.training.prepare import FEATURE_CHANNELS
from seg.training.targets import feature_loss, loss_of

FROZEN_STAGES = 3  # stem and stages 0 to 2: five blocks
INDIVIDUAL_SHARE = 0.1  # of the photos are drawn for their individuals; with 0.3 rare classes fell


class Student(nn.Module):
    """The network, the projection by which its ASPP's output imitates the teacher's features, and other heads."""

    def __init__(self, heads: nn.ModuleDict | None = None):
        super().__init__()
        self.network = DeepLabV3Plus()
        self.heads = heads or nn.ModuleDict()
        self.projection = nn.Conv2d(self.network.head.aspp.merge[0].out_channels, FEATURE_CHANNELS, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Features]:
        """Bx3xSxS -> (Bx21xhxh logits, Bx256xkxk imitated features, what the trunk sees)."""
        head, features = self.network.head, self.network.trunk(image)
        context = head.aspp(features.deep)
        return head.decoder(features.fine, context), self.projection(context), features


def freeze_early(network: DeepLabV3Plus, stages: int = FROZEN_STAGES) -> None:
    """Stem and first stages: no gradients, and batch norm by ImageNet's statistics even in training mode."""
    if stages:
        for part in (network.trunk.stem, *network.trunk.stages[:stages]):
            part.requires_grad_(False).eval()


def freeze_norms(network: nn.Module) -> None:
    """Batch norms use the statistics they have; their scale and shift go on learning."""
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    args.out.mkdir(parents=True, exist_ok=True)
    student = Student(beside.build(args.beside) if args.beside else None)
    network, last = student.network, args.out / "last.pt"
    if not last.exists() and not args.start and not args.scratch:
        load_imagenet(network.trunk)
    student.to(device, memory_format=torch.channels_last)
    slow = [p for n, p in student.named_parameters() if n.startswith("network.trunk")]
    fast = [p for n, p in student.named_parameters() if not n.startswith("network.trunk")]
    groups = [{"params": slow, "peak": args.rate}, {"params": fast, "peak": args.rate * args.head_rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=args.weight_decay)
    if args.start and not last.exists():
        load_start(student, torch.load(args.start, map_location=device, weights_only=True))
    average, spent, step = Average(student, args.decay), 0.0, 0
    if last.exists():
        saved = torch.load(last, map_location=device, weights_only=True)
        student.load_state_dict(saved["student"])
        average.network.load_state_dict(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        spent, step, average.steps = saved["spent"], saved["step"], saved["step"]
    long_sides, seed = (args.smallest, args.largest), args.seed + step
    if args.beside:
        crops = IndividualCrops(args.data, args.side, args.batch, long_sides, seed, args.paste, INDIVIDUAL_SHARE)
    else:
        crops = Crops(args.data, args.side, args.batch, long_sides, seed, 2.0, args.paste, args.human_only)
    ahead = 4 if args.workers else None
    batches = iter(DataLoader(crops, batch_size=None, num_workers=args.workers, prefetch_factor=ahead))
    student.train()
    freeze_early(network, args.frozen)
    if args.freeze_norms:
        freeze_norms(network)
    if device.type == "cpu":
        quicken(student)
        if args.freeze_norms:
            merge_norms(network)
    model = torch.compile(student) if args.compile else student
    parts = [[*network.parameters(), *student.projection.parameters()]]
    parts += [list(head.parameters()) for head in student.heads.values()]
    began, saved_at, shown, running = time.monotonic() - spent, time.monotonic(), step, {}
    while (spent := time.monotonic() - began) < args.minutes * 60 and step < args.steps:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * rate(spent / (args.minutes * 60))
        since = time.monotonic()
        batch = {name: value.to(device, non_blocking=True) for name, value in next(batches).items()}
        image = batch["image"].contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=args.bfloat16):
            logits, imitated, features = model(image)
            losses = {"loss": loss_of(logits, batch)}
            if args.imitate and "features" in batch:
                losses["features"] = args.imitate * feature_loss(imitated, batch)
            if args.beside:
                losses |= beside.losses(student.heads, features, batch, step)
        optimizer.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        for part in parts:
            nn.utils.clip_grad_norm_([p for p in part if p.grad is not None], 5.0)
        optimizer.step()
        average.update(student)
        step += 1
        for name, loss in losses.items():
            running[name] = 0.98 * running.get(name, loss.item()) + 0.02 * loss.item()
        if step % args.show == 0:
            each = (time.monotonic() - since) / args.batch
            words = "  ".join(f"{name} {value:.3f}" for name, value in running.items())
            print(f"step {step}  samples {step * args.batch}  {words}  {spent / 60:.1f} min  {each:.3f} s a sample",
                  flush=True)  # fmt: skip
        if time.monotonic() - saved_at > CHECKPOINT_SECONDS:
            _checkpoint(last, student, average, optimizer, spent, step)
            saved_at = time.monotonic()
    _checkpoint(last, student, average, optimizer, time.monotonic() - began, step)
    export(average.network.network, args.out / "bundled.pt")
    for name, head in average.network.heads.items():
        export(head, args.out / f"{name}.pt")
    print(f"done: {step - shown} steps, {args.out / 'bundled.pt'}")


def load_start(student: Student, saved: dict) -> None:
    """Begin from another run's `last.pt` (its averaged weights, and its projection) or from exported weights."""
    if "student" in saved:
        student.load_state_dict(saved["average"], strict=False)
    load_weights(student.network, saved)


def _checkpoint(path: Path, student, average, optimizer, spent: float, step: int) -> None:
    save(
        path,
        student=student.state_dict(),
        average=average.network.state_dict(),
        optimizer=optimizer.state_dict(),
        spent=spent,
        step=step,
    )


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = run_arguments(__doc__)
    parser.add_argument("--start", type=Path, help="begin a new run from a last.pt or exported weights")
    parser.add_argument("--beside", type=Path, help="train the other heads too, from the weights in this folder")
    parser.add_argument("--scratch", action="store_true", help="no ImageNet weights (tests)")
    parser.add_argument("--head-rate", type=float, default=6.0, help="times that for the ASPP and the decoder")
    parser.add_argument("--imitate", type=float, default=0.5, help="weight of the loss on the teacher's features")
    parser.add_argument("--frozen", type=int, default=FROZEN_STAGES, help="first stages that are not trained")
    parser.add_argument("--freeze-norms", action="store_true", help="batch norms keep their statistics")
    parser.add_argument("--human-only", action="store_true", help="only photos whose labels people drew")
    parser.add_argument("--bfloat16", action=argparse.BooleanOptionalAction, default=quick_bfloat16())
    parser.add_argument("--compile", action="store_true", help="torch.compile the network")
    return parser.parse_args(given)


if __name__ == "__main__":
    train(arguments())
