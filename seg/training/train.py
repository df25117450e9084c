"""Train the bundled network on what `prepare.py` wrote, within a budget of minutes, from checkpoints on disk.

    python -m seg.training.train --data runs/data --out runs/a --minutes 120
    python -m seg.training.train --data runs/data --out runs/a --minutes 120          # again: resumes where it stopped
    python -m seg.training.train --data runs/data --out runs/b --start seg/weights/bundled.pt --minutes 600

Recipe
    start      ImageNet weights for the trunk (Tan and Le 2019); stem and first five blocks stay frozen
    target     cross-entropy against a mixture of the label and the teacher's softmax (Hinton et al. 2015):
               mostly the label where a person drew it, mostly the teacher elsewhere, the teacher alone where it is 255,
               the label alone on objects pasted from another photo
    features   besides, a 1x1 convolution of the ASPP's output imitates the teacher's last features (its squared error,
               as a share of their mean square); it is left out of what is exported
    steps      AdamW, learning rate warmed up, then falling as a half cosine over the budget of *time*, so that a run
               on a busy machine still ends at a rate of nearly 0
    result     exponential moving average of the weights over steps (Polyak and Juditsky 1992); that is what is saved
               for use, in half precision, as out/bundled.pt
"""

import argparse
import copy
import math
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from seg.classes import COUNT, IGNORE
from seg.models.heads.deeplab import DeepLabV3Plus
from seg.training.crops import Crops, teacher_chances, teacher_features
from seg.training.depthwise import quicken
from seg.training.imagenet import load_imagenet
from seg.training.prepare import FEATURE_CHANNELS, TEACHER_UNIT

FROZEN_STAGES = 3  # stem and stages 0 to 2: five blocks
TRUST = (0.3, 0.6, 0.8)  # share of the label in the target, by who drew it; the teacher's softmax is the rest
CHECKPOINT_SECONDS = 120


class Student(nn.Module):
    """The network, and the projection by which its ASPP's output imitates the teacher's features."""

    def __init__(self):
        super().__init__()
        self.network = DeepLabV3Plus()
        self.projection = nn.Conv2d(self.network.head.aspp.merge[0].out_channels, FEATURE_CHANNELS, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Bx3xSxS -> (Bx21xhxh logits, Bx256xkxk imitated features)."""
        head, features = self.network.head, self.network.trunk(image)
        context = head.aspp(features.deep)
        return head.decoder(features.fine, context), self.projection(context)


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


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    args.out.mkdir(parents=True, exist_ok=True)
    student = Student()
    network, last = student.network, args.out / "last.pt"
    if not last.exists() and not args.start and not args.scratch:
        load_imagenet(network.trunk)
    student.to(device, memory_format=torch.channels_last)
    average = Average(network, args.decay)
    slow = [p for n, p in student.named_parameters() if n.startswith("network.trunk")]
    fast = [p for n, p in student.named_parameters() if not n.startswith("network.trunk")]
    groups = [{"params": slow, "peak": args.rate}, {"params": fast, "peak": args.rate * args.head_rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=args.weight_decay)
    spent, step = 0.0, 0
    if last.exists():
        saved = torch.load(last, map_location=device, weights_only=True)
        student.load_state_dict(saved["student"])
        average.network.load_state_dict(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        spent, step, average.steps = saved["spent"], saved["step"], saved["step"]
    elif args.start:
        load_start(student, torch.load(args.start, map_location=device, weights_only=True))
        average = Average(network, args.decay)
    long_sides = args.smallest, args.largest
    crops = Crops(args.data, args.side, args.batch, long_sides, args.seed + step, 2.0, args.paste, args.human_only)
    ahead = 4 if args.workers else None
    batches = iter(DataLoader(crops, batch_size=None, num_workers=args.workers, prefetch_factor=ahead))
    student.train()
    freeze_early(network, args.frozen)
    if args.freeze_norms:
        freeze_norms(network)
    if device.type == "cpu":
        quicken(network)
    model = torch.compile(student) if args.compile else student
    began, saved_at, shown, running = time.monotonic() - spent, time.monotonic(), step, None
    while (spent := time.monotonic() - began) < args.minutes * 60 and step < args.steps:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * rate(spent / (args.minutes * 60))
        since = time.monotonic()
        batch = {name: value.to(device, non_blocking=True) for name, value in next(batches).items()}
        image = batch["image"].contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=args.bfloat16):
            logits, imitated = model(image)
        loss = loss_of(logits, batch)
        lost = loss.item()
        if args.imitate and "features" in batch:
            loss = loss + args.imitate * feature_loss(imitated, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_((p for p in student.parameters() if p.grad is not None), 5.0)
        optimizer.step()
        average.update(network)
        step += 1
        running = lost if running is None else 0.98 * running + 0.02 * lost
        if step % args.show == 0:
            each = (time.monotonic() - since) / args.batch
            print(f"step {step}  samples {step * args.batch}  loss {running:.4f}  with features {loss.item():.3f}  "
                  f"{spent / 60:.1f} min  {each:.3f} s a sample", flush=True)  # fmt: skip
        if time.monotonic() - saved_at > CHECKPOINT_SECONDS:
            _checkpoint(last, student, average, optimizer, spent, step)
            saved_at = time.monotonic()
    _checkpoint(last, student, average, optimizer, time.monotonic() - began, step)
    export(average.network, args.out / "bundled.pt")
    print(f"done: {step - shown} steps, {args.out / 'bundled.pt'}")


def load_start(student: Student, saved: dict) -> None:
    """Begin from another run's `last.pt` (its averaged weights, and its projection) or from exported weights."""
    if "student" in saved:
        student.load_state_dict(saved["student"])
    load_weights(student.network, saved)


def load_weights(network: DeepLabV3Plus, saved: dict) -> None:
    """Fill `network` with the averaged weights of a run's `last.pt`, or with exported ones.

    Raises ValueError where they are another network's.
    """
    state = {key: value.float() for key, value in saved.get("average", saved).items()}
    misfits = network.load_state_dict(state, strict=False)
    # Exports leave the step counters out.
    if misfits.unexpected_keys or not all(key.endswith("num_batches_tracked") for key in misfits.missing_keys):
        raise ValueError(f"these weights are not this network's ({misfits}): give a last.pt or an exported file")


def _checkpoint(path: Path, student, average, optimizer, spent: float, step: int) -> None:
    save(
        path,
        student=student.state_dict(),
        average=average.network.state_dict(),
        optimizer=optimizer.state_dict(),
        spent=spent,
        step=step,
    )


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


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = run_arguments(__doc__)
    parser.add_argument("--start", type=Path, help="begin a new run from a last.pt or exported weights")
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
