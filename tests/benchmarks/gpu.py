"""Half precision on a GPU beside float32 on the CPU: does it say the same, how fast is it, what does it take.

    python -m tests.benchmarks.gpu                                          # every model of the zoo
    python -m tests.benchmarks.gpu --models bundled deeplabv3_resnet50 --batches 1 8 32
    python -m tests.benchmarks.gpu --device cpu --models bundled --rounds 1 --long-side 97      # only to try the script

Where a model's published weights are not on this machine, random ones take their place: times and memory are the same,
and rounding is asked the same question, but label agreement then says little (the table names the weights).
"""

import argparse
import resource
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from seg.models.device import choose_device, finish, out_of_memory
from seg.models.predictor import Predictor
from seg.models.registry import ZOO
from seg.photo.decode import load_photo
from tests.benchmarks.report import machine
from tests.stand_in import StandIn, stand_in

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.jpg"))


def agreement(there: Predictor, here: Predictor, photos: list[np.ndarray]) -> tuple[float, float]:
    """(share of pixels with equal labels, largest difference of a logit) of two predictors over some photos."""
    equal = pixels = 0
    largest = 0.0
    for photo in photos:
        one, other = there(photo), here(photo)
        equal += int((one.labels == other.labels).sum())
        pixels += one.labels.size
        largest = max(largest, float(np.abs(one.scores.astype(np.float32) - other.scores).max()))
    return equal / pixels, largest


def throughput(predictor: Predictor, batch: int, rounds: int) -> tuple[float, float]:
    """(photos a second, peak memory in MB) of runs of `batch` photos of 1024x768; memory of the process on the CPU."""
    photo = np.array(Image.open(EXAMPLES[0]).convert("RGB").resize((1024, 768)))
    size = predictor.entry.input_size(768, 1024)
    on_cuda = predictor.device.type == "cuda"
    if on_cuda:
        torch.cuda.reset_peak_memory_stats(predictor.device)
    times = []
    for turn in range(rounds + 2):
        began = time.perf_counter()
        predictor.scores_of([photo] * batch, size)
        finish(predictor.device)
        if turn >= 2:  # the first two choose algorithms and fill caches
            times.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if on_cuda:
        peak = torch.cuda.max_memory_allocated(predictor.device)
    return batch / statistics.median(times), peak / 1e6


def row(entry: StandIn, device: str, batches: list[int], rounds: int, photos: list[np.ndarray]) -> str:
    """One model's line of the table."""
    there = Predictor(entry, device)
    share, largest = agreement(there, Predictor(entry, "cpu"), photos)
    cells = [entry.name, "its own" if entry.ready else "random", str(there.dtype).removeprefix("torch.")]
    cells += [f"{share:.2%}", f"{largest:.3f}"]
    for batch in batches:
        try:
            speed, peak = throughput(there, batch, rounds)
            cells.append(f"{speed:,.1f}/s, {peak:,.0f} MB")
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            cells.append("out of memory")
    return "| " + " | ".join(cells) + " |"


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--models", nargs="+", default=list(ZOO), choices=list(ZOO))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--photos", type=int, default=len(EXAMPLES), help="how many examples to compare labels on")
    parser.add_argument("--long-side", type=int, help="another input size than the models' own")
    args = parser.parse_args(given)
    device = choose_device(args.device)
    if device.type == "cpu" and args.device == "auto":
        print("No GPU at hand, so nothing was measured. `--device cpu` tries the script on the CPU.")
        return
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()
    print(f"{name}; {machine()}\n")
    columns = ["model", "weights", "precision", "labels as float32 on the CPU", "largest logit difference"]
    columns += [f"batch of {batch}" for batch in args.batches]
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
    photos = [load_photo(path) for path in EXAMPLES[: args.photos]]
    size = {"long_side": args.long_side, "short_side": None} if args.long_side else {}
    for model in args.models:
        print(row(stand_in(ZOO[model], **size), str(device), args.batches, args.rounds, photos), flush=True)


if __name__ == "__main__":
    main()
