"""Score the bundled network against human masks, beside the reference network, in one run.

    python -m seg.training.evaluate                                   # the committed weights, and the reference
    python -m seg.training.evaluate --weights runs/a/bundled.pt --long-side 417 --no-reference
    python -m seg.training.evaluate --json runs/scores.json           # also per photo, for the failure gallery

The photo goes through the same `Predictor` as on the page. One confusion matrix is summed over all photos (Everingham
et al. 2015, section 2.4: VOC's own rule); pixels whose truth is 255 are dropped; mean IoU is over the 21 classes.
"""

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from seg.classes import COUNT, NAMES
from seg.models.predictor import Predictor
from seg.models.registry import ZOO
from seg.scoring.metrics import confusion_matrix, intersection_over_union


def score(label: Callable[[Image.Image], np.ndarray], data: Path, limit: int | None = None) -> dict:
    """Run `label` (photo -> HxW uint8 class ids) over data/images against data/labels.

    Returns {confusion 21x21, photos: {name: mean IoU over the classes present}, seconds}.
    """
    total, photos, seconds = np.zeros((COUNT, COUNT), np.int64), {}, 0.0
    for path in sorted((data / "images").iterdir())[:limit]:
        truth = np.asarray(Image.open(data / "labels" / f"{path.stem}.png"))
        photo = Image.open(path).convert("RGB")
        began = time.perf_counter()
        labels = label(photo)
        seconds += time.perf_counter() - began
        counts = confusion_matrix(truth, labels)
        photos[path.stem] = float(np.nanmean(intersection_over_union(counts)))
        total += counts
    return {"confusion": total, "photos": photos, "seconds": seconds}


def summary(confusion: np.ndarray) -> tuple[float, float]:
    """(mean IoU, pixel accuracy)"""
    return float(np.nanmean(intersection_over_union(confusion))), float(np.diag(confusion).sum() / confusion.sum())


def table(ours: np.ndarray, theirs: np.ndarray | None) -> str:
    """Markdown: per-class IoU of both networks."""
    lines = ["| class | bundled | reference |", "|---|---|---|"]
    columns = [intersection_over_union(ours), intersection_over_union(theirs) if theirs is not None else None]
    for i, name in enumerate(NAMES):
        cells = ["n/a" if c is None or np.isnan(c[i]) else f"{c[i]:.3f}" for c in columns]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/val"))
    parser.add_argument("--reference", type=Path, default=Path("../shared/reference"))
    parser.add_argument("--no-reference", action="store_true")
    parser.add_argument("--weights", type=Path, help="another checkpoint than the committed one")
    parser.add_argument("--long-side", type=int, help="another input size than the zoo's")
    parser.add_argument("--limit", type=int, help="only the first N photos")
    parser.add_argument("--json", type=Path, help="write the confusion matrices and per-photo scores here")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> float | None:
    """Print the scores; returns the ratio of mean IoUs, None without the reference."""
    args = arguments(given)
    changed = {"file": args.weights, "long_side": args.long_side}
    entry = dataclasses.replace(ZOO["bundled"], **{k: v for k, v in changed.items() if v})
    predictor = Predictor(entry, "cpu")
    ours = score(lambda photo: predictor(photo).labels, args.data, args.limit)
    results, ratio = {"bundled": ours}, None
    if not args.no_reference:
        sys.path.insert(0, str(args.reference))
        from reference import Reference

        results["reference"] = score(Reference().labels, args.data, args.limit)
    print(table(ours["confusion"], results.get("reference", {}).get("confusion")))
    print()
    for name, result in results.items():
        mean, accuracy = summary(result["confusion"])
        print(f"{name}: mean IoU {mean:.4f}, pixel accuracy {accuracy:.4f}, {len(result['photos'])} photos")
    if "reference" in results:
        ratio = summary(ours["confusion"])[0] / summary(results["reference"]["confusion"])[0]
        print(f"ratio of mean IoUs, bundled to reference: {ratio:.3f}")
    if args.json:
        plain = {n: {**r, "confusion": r["confusion"].tolist()} for n, r in results.items()}
        args.json.write_text(json.dumps(plain, indent=1))
    return ratio


if __name__ == "__main__":
    main()
