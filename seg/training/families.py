"""Measure every family's head beside DeepLabV3+: the table of README, card and page.

    python -m seg.training.families                                     # the committed heads
    python -m seg.training.families --folder runs/heads                 # those of a run
    python -m seg.training.families --record seg/weights/heads.json     # what README and page quote

Scores are `evaluate`'s, over val and val2. Milliseconds are the head's alone, on top of the trunk, for a photo of
1024x768 on two cores: the median of 25 runs. Multiply-adds are those of trunk and head for a square photo.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from seg.models.families import FAMILIES, OWN
from seg.models.predictor import Predictor, load_predictor
from seg.models.registry import LONG_SIDE, WEIGHTS, ZOO, Entry, heads
from seg.models.trunk import Network
from seg.training.evaluate import FOLDERS, boundary_iou, mean_iou, person_iou, score

RUNS, THREADS = 25, 2


def size_of(entry: Entry) -> dict:
    """{parameters, gflops} of trunk and head together; head_parameters of the head alone."""
    with torch.device("meta"):
        head = FAMILIES.get(entry.name, OWN).build()
        network = Network(head).eval()
        with FlopCounterMode(display=False) as counter:
            network(torch.empty(1, 3, LONG_SIDE, LONG_SIDE))
    of_head, whole = (sum(weight.numel() for weight in part.parameters()) for part in (head, network))
    return {"head_parameters": of_head, "parameters": whole, "gflops": round(counter.get_total_flops() / 2e9, 3)}


def head_milliseconds(predictor: Predictor, photo: np.ndarray) -> float:
    """The median time of the head alone; the trunk's features are there."""
    head, size = predictor._network, predictor.entry.input_size(*photo.shape[:2])
    features = predictor.inputs_of([photo], size)
    if not predictor.entry.trunk:
        features, head = predictor._logits(features)[1], head.head
    times = []
    with torch.inference_mode():
        for _ in range(RUNS):
            began = time.perf_counter()
            head(features)
            times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def measure(entry: Entry, folders: list[Path], limit: int | None) -> dict:
    """All that is quoted of one head, as plain numbers."""
    predictor = Predictor(entry, "cpu") if entry.trunk else load_predictor(entry.name, "cpu")
    photo = np.random.default_rng(0).integers(0, 256, (768, 1024, 3), np.uint8)
    scores = score(lambda image: ((found := predictor(image)).labels, found.confidence), folders, limit)
    figures = {
        "mean_iou": mean_iou(scores.confusion),
        "person_iou": person_iou(scores.confusion),
        "boundary_iou": boundary_iou(scores.bands),
    }
    return size_of(entry) | {name: round(value, 4) for name, value in figures.items()} | {
        "milliseconds": round(head_milliseconds(predictor, photo), 1)
    }  # fmt: skip


def table(found: dict[str, dict], entries: dict[str, Entry]) -> str:
    """Markdown: a row per head."""
    lines = [
        "| head | name | key move | parameters | file | on top of the trunk | mean IoU | people | boundary IoU |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, each in found.items():
        entry = entries[name]
        family = FAMILIES.get(name, OWN)
        size = f"{entry.file.stat().st_size / 1e6:.1f} MB" if entry.trunk else "with the trunk"
        lines.append(
            f"| {family.title} | `{name}` | {family.key_move} | {each['head_parameters']:,} | {size} | "
            f"{each['milliseconds']:.0f} ms | "
            f"{each['mean_iou']:.3f} | {each['person_iou']:.3f} | {each['boundary_iou']:.3f} |"
        )
    return "\n".join(lines)


def main(given: list[str] | None = None) -> dict[str, dict]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", default=FOLDERS)
    parser.add_argument("--folder", type=Path, default=WEIGHTS / "heads", help="where the heads' weights are")
    parser.add_argument("--limit", type=int, help="only the first N photos of each folder")
    parser.add_argument("--record", type=Path, help="write the figures here")
    args = parser.parse_args(given)
    torch.set_num_threads(THREADS)
    load_predictor("bundled", "cpu")._predictions.limit = 1000  # of every photo: the trunk runs once for all heads
    entries = {"bundled": ZOO["bundled"]} | heads(args.folder)
    found = {name: measure(entry, args.data, args.limit) for name, entry in entries.items()}
    print(table(found, entries))
    if args.record:
        args.record.write_text(json.dumps(found, indent=1) + "\n")
    return found


if __name__ == "__main__":
    main()
