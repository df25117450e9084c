"""The bundled network's time for one photo beside the reference's int8 time: same machine, same two cores, one run.

    python -m tests.benchmarks.network [rounds]

Both nets start from the same photo, already decoded and 513 px on its long side, and end with their scores (ours)
or labels (the reference has its argmax inside). Ours includes the scaling to its own input size. The table also times
the whole prediction: scaling, network, upsampling, softmax and argmax at 1024 px.
"""

import resource
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from seg.predictor import Predictor
from seg.zoo import ZOO
from tests.benchmarks.report import machine, print_table, race

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT.parent / "shared" / "reference"
THREADS = 2
INT8 = "reference, int8, 513x513"
OURS = f"bundled network, photo scaled to {ZOO['bundled'].long_side} px"


def contenders() -> dict:
    photo = Image.open(ROOT / "examples" / "dog.jpg").convert("RGB")
    large, small = photo.copy(), photo.copy()
    large.thumbnail((1024, 1024))
    small.thumbnail((513, 513))
    small, large = np.array(small), np.array(large)
    predictor = Predictor(ZOO["bundled"], "cpu")
    runs: dict = {INT8: None}
    if REFERENCE.exists():
        sys.path.insert(0, str(REFERENCE))
        from reference import Reference

        reference = Reference(threads=THREADS)
        reference.labels(Image.fromarray(small))  # leaves the photo in the input tensor: only `invoke` is timed
        runs[INT8] = reference._net.invoke
    runs[OURS] = lambda: predictor.scores(small)
    runs["bundled, whole prediction of a 1024-px photo"] = lambda: predictor._predict(large)
    return runs


def main(rounds: int = 25) -> None:
    torch.set_num_threads(THREADS)
    times, _ = race(contenders(), rounds)
    print_table(times, INT8 if times[INT8] else OURS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process, both networks loaded: {peak:.0f} MB\n{machine()}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
