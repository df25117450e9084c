"""Train every family's head in one run, on the features of the bundled network's trunk, which stays as it is.

    python -m seg.training.heads --data runs/data --out runs/heads --minutes 90    # again: resumes where it stopped
    python -m seg.training.heads --start seg/weights/heads --minutes 90            # a new run from the committed heads

The trunk runs once a batch, without gradients. Each head has its own loss, and they are summed: no head knows of the
others, but all see the same photos in the same order. Target, crops and schedule are those of `train.py`. FCN learns
from its three stages alike, MaskFormer from `mask_loss` after each layer and from its semantic inference.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from seg.models.device import fold_batch_norms
from seg.models.families import FAMILIES
from seg.models.heads.maskformer import semantic
from seg.models.registry import ZOO
from seg.models.trunk import Features, resized
from seg.training.crops import Crops
from seg.training.depthwise import merge_norms, quicken
from seg.training.loop import CHECKPOINT_SECONDS, Average, export, rate, run_arguments, save
from seg.training.mask_loss import mask_loss
from seg.training.targets import cross_entropy, targets

OWN_TRUNK = 0.5  # of the learning rate, for a trunk that a head has for itself


def spread(logits: Tensor, side: int) -> Tensor:
    """BxCxhxw -> BxCx`side`x`side`, at the cells where the labels are."""
    return resized(logits.float(), (side, side))


def losses(heads: nn.ModuleDict, features: Features, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """{head: its loss}"""
    target, weight = targets(batch)
    side, found = target.shape[-1], {}
    for name, head in heads.items():
        if name == "fcn":
            answers = [spread(each, side).log_softmax(1) for each in head.stages(features)]
            found[name] = sum(cross_entropy(each, target, weight) for each in answers) / len(answers)
        elif name == "maskformer":
            said = head.masks(features)
            scores = semantic(said[-1]).clamp(min=1e-4)
            known = batch["labels"]
            found[name] = sum(mask_loss(each, known) for each in said) / len(said)
            found[name] = found[name] + cross_entropy((scores / scores.sum(1, keepdim=True)).log(), target, weight)
        else:
            found[name] = cross_entropy(spread(head(features), side).log_softmax(1), target, weight)
    return found


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    heads = nn.ModuleDict({name: FAMILIES[name].build() for name in args.heads})

    def crops(step: int) -> Crops:
        long_sides = args.smallest, args.largest
        return Crops(args.data, args.side, args.batch, long_sides, args.seed + step, paste=args.paste)

    fit(args, heads, crops, losses)


def fit(
    args: argparse.Namespace, heads: nn.ModuleDict, crops: Callable, losses: Callable, features: bool = True
) -> None:
    """Train heads on the bundled trunk and write out/NAME.pt for each, and checkpoints on the way.

    crops(step): endless batches, for a run that goes on from that step.
    losses(heads, features, batch): {head: its loss}
    features: whether the trunk runs on the batches; else `losses` has None.
    A trunk that a head has for itself learns half as fast, without weight decay, and its norms keep their statistics.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    args.out.mkdir(parents=True, exist_ok=True)
    if features:
        trunk = fold_batch_norms(ZOO["bundled"].load().trunk).to(device, memory_format=torch.channels_last)
    heads = heads.to(device, memory_format=torch.channels_last)
    average = Average(heads, args.decay)
    parts = {}
    for name, head in heads.items():
        for key, weight in head.named_parameters():
            parts.setdefault((name, key.startswith("trunk.")), []).append(weight)
    decays = [0.0 if own else args.weight_decay for _, own in parts]
    groups = [{"params": part, "weight_decay": decay} for part, decay in zip(parts.values(), decays, strict=True)]
    optimizer = torch.optim.AdamW(groups)
    last, spent, step = args.out / "last.pt", 0.0, 0
    if last.exists():
        saved = torch.load(last, map_location=device, weights_only=True)
        heads.load_state_dict(saved["heads"])
        average.network.load_state_dict(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        spent, step, average.steps = saved["spent"], saved["step"], saved["step"]
    elif args.start:
        load_heads(heads, args.start)
        average = Average(heads, args.decay)
    ahead = 4 if args.workers else None
    batches = iter(DataLoader(crops(step), batch_size=None, num_workers=args.workers, prefetch_factor=ahead))
    heads.train()
    trunks = [head.trunk for head in heads.values() if hasattr(head, "trunk")]
    for own in trunks:
        own.eval()
    if device.type == "cpu":
        quicken(heads)
        for own in trunks:
            merge_norms(own)
    began, saved_at, running = time.monotonic() - spent, time.monotonic(), {}
    while (spent := time.monotonic() - began) < args.minutes * 60 and step < args.steps:
        for group, (_, own) in zip(optimizer.param_groups, parts, strict=True):
            group["lr"] = args.rate * rate(spent / (args.minutes * 60)) * (OWN_TRUNK if own else 1)
        since = time.monotonic()
        batch = {name: value.to(device, non_blocking=True) for name, value in next(batches).items()}
        each = losses(heads, seen_by(trunk, batch["image"]) if features else None, batch)
        optimizer.zero_grad(set_to_none=True)
        sum(each.values()).backward()
        for part in parts.values():
            nn.utils.clip_grad_norm_(part, 5.0)
        optimizer.step()
        average.update(heads)
        step += 1
        for name, loss in each.items():
            running[name] = loss.item() if step == 1 else 0.98 * running.get(name, loss.item()) + 0.02 * loss.item()
        if step % args.show == 0:
            words = "  ".join(f"{name} {value:.3f}" for name, value in running.items())
            took = (time.monotonic() - since) / args.batch
            print(f"step {step}  samples {step * args.batch}  {words}  {spent / 60:.1f} min  {took:.3f} s a sample",
                  flush=True)  # fmt: skip
        if time.monotonic() - saved_at > CHECKPOINT_SECONDS:
            keep(last, heads, average, optimizer, spent, step)
            saved_at = time.monotonic()
    keep(last, heads, average, optimizer, spent, step)
    for name, head in average.network.items():
        export(head, args.out / f"{name}.pt")
    print(f"done: {step} steps, {args.out}")


@torch.no_grad()
def seen_by(trunk: nn.Module, image: Tensor) -> Features:
    return trunk(image.contiguous(memory_format=torch.channels_last))


def load_heads(heads: nn.ModuleDict, folder: Path) -> None:
    """Fill heads, in place, with the weights of `folder`/NAME.pt. Exports leave the step counters out."""
    for name, head in heads.items():
        saved = torch.load(folder / f"{name}.pt", map_location="cpu", weights_only=True)
        head.load_state_dict({key: value.float() for key, value in saved.items()}, strict=False)


def keep(path: Path, heads: nn.Module, average: Average, optimizer, spent: float, step: int) -> None:
    states = {"heads": heads.state_dict(), "average": average.network.state_dict(), "optimizer": optimizer.state_dict()}
    save(path, **states, spent=spent, step=step)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = run_arguments(__doc__)
    parser.add_argument("--start", type=Path, help="begin from the heads in this folder, as seg/weights/heads")
    parser.add_argument("--heads", nargs="+", default=list(FAMILIES), choices=list(FAMILIES))
    parser.set_defaults(out=Path("runs/heads"), minutes=90, largest=512, rate=1.5e-3)
    return parser.parse_args(given)


if __name__ == "__main__":
    train(arguments())
