"""The mean of two networks' weights, one of which was trained on from the other.

    python -m seg.training.soup seg/weights/bundled.pt runs/f/calibrated.pt --out runs/mean/bundled.pt
    python -m seg.training.soup seg/weights/heads runs/f --out runs/mean/heads      # files that both have

The mean is often better than both (Wortsman et al., "Model soups", ICML 2022). Its confidence has to be fitted again:
`seg.training.calibrate`. Files are those that `seg.training.loop.export` writes.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor


def mean_of(first: dict[str, Tensor], second: dict[str, Tensor]) -> dict[str, Tensor]:
    """The mean of two state dicts, in half precision. Raises ValueError where they are different networks'.

    >>> mean_of({"w": torch.tensor([1.0])}, {"w": torch.tensor([2.0])})
    {'w': tensor([1.5000], dtype=torch.float16)}
    """
    shapes = [{name: value.shape for name, value in each.items()} for each in (first, second)]
    if shapes[0] != shapes[1]:
        raise ValueError("the two files hold different networks: give two of the same network")
    return {name: ((first[name].float() + second[name].float()) / 2).half() for name in first}


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(given)
    pairs = [(args.first, args.second, args.out)]
    if args.first.is_dir():
        there = sorted(path.name for path in args.first.glob("*.pt") if (args.second / path.name).exists())
        pairs = [(args.first / name, args.second / name, args.out / name) for name in there]
    for *both, out in pairs:
        out.parent.mkdir(parents=True, exist_ok=True)
        torch.save(mean_of(*(torch.load(path, map_location="cpu", weights_only=True) for path in both)), out)
        print(out)


if __name__ == "__main__":
    main()
