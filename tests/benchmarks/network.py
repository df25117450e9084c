"""The bundled network's time for one photo beside the reference's int8 time: same machine, same two cores, one run.

    python -m tests.benchmarks.network [rounds]
    python -m tests.benchmarks.network --all        # instead: every model, at its own input size, on one core

Both nets start from the same photo, already decoded and 513 px on its long side, and end with their scores (ours)
or labels (the reference has its argmax inside). Ours includes the scaling to its own input size. The table also times
the whole way of both, from a decoded photo of 1024x768 to labels of that size: scaling, network, upsampling, argmax,
and with ours softmax, confidence and specks; and the last part of ours alone, from the scores, 21x69x105, to labels and
confidence, beside the plain way in torch.
"""

import resource
import statistics
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from seg.models.mask_rcnn import InstancePredictor
from seg.models.postprocess import scores_to_labels
from seg.models.predictor import Predictor
from seg.models.registry import INSTANCES, ZOO
from tests.benchmarks.report import Row, machine, median_ms, print_table, race, report
from tests.oracles.postprocess import torch_scores_to_labels
from tests.stand_in import stand_in

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT.parent / "shared" / "reference"
THREADS = 2
INT8 = "reference, int8, 513x513"
LABELS, PLAIN = "scores to labels, compiled, one core", "scores to labels, torch, two cores"
LABELS_MS = 8  # the goal
WHOLE, INT8_WHOLE = "bundled, whole way of a 1024x768 photo", "reference, whole way of the same photo to labels"
OURS = f"bundled network, photo scaled to {ZOO['bundled'].long_side} px"


def competitors() -> dict:
    photo = Image.open(ROOT / "examples" / "dog.jpg").convert("RGB")
    large, small = photo.resize((1024, 768)), photo.copy()
    small.thumbnail((513, 513))
    small = np.array(small)
    predictor = Predictor(ZOO["bundled"], "cpu")
    predictor.quicken()  # as the page does
    runs: dict = {INT8: None, INT8_WHOLE: None}
    if REFERENCE.exists():
        sys.path.insert(0, str(REFERENCE))
        from reference import Reference

        reference, both_ways = Reference(threads=THREADS), Reference(threads=THREADS)
        reference.labels(Image.fromarray(small))  # leaves the photo in the input tensor: only `invoke` is timed
        runs[INT8] = reference._net.invoke
        runs[INT8_WHOLE] = partial(both_ways.labels, large)
    runs[OURS] = lambda: predictor.scores(small)
    pixels = np.array(large)
    runs[WHOLE] = lambda: predictor._predict([pixels])
    scores = F.interpolate(predictor.scores(pixels)[None], size=(69, 105), mode="bilinear")[0].half().numpy()
    runs[LABELS] = partial(scores_to_labels, scores, 768, 1024)
    runs[PLAIN] = partial(torch_scores_to_labels, scores, 768, 1024)
    return runs


def every_model(rounds: int = 3) -> None:
    """One photo of 1024x768, scaled to each model's input size, through its network: how long the processor works.

    On one core, and in processor time, so that what else this machine does matters little. Where the published weights
    are not here, random ones take their place: the time is that of the network's size, which is the same.
    """
    torch.set_num_threads(1)
    photo = np.array(Image.open(ROOT / "examples" / "dog.jpg").convert("RGB").resize((1024, 768)))
    print("| model | weights | input | processor time, median, ms | best, ms |\n|---|---|---|---:|---:|")
    for entry in (*ZOO.values(), *INSTANCES.values()):
        if entry.name in ZOO:
            size, predictor = entry.input_size(768, 1024), Predictor(stand_in(entry), "cpu")
            run = partial(predictor.scores_of, [photo], size)
        else:  # torchvision scales by itself; random weights find nobody, so drawing masks is not part of the time
            size, predictor = entry.input_size(768, 1024), InstancePredictor(stand_in(entry), "cpu")
            run = partial(predictor._run, photo)
        run()
        times = []
        for _ in range(rounds):
            began = time.process_time()
            run()
            times.append(1000 * (time.process_time() - began))
        weights = "its own" if entry.ready else "random"
        middle, best = statistics.median(times), min(times)
        print(f"| {entry.name} | {weights} | {size[1]}x{size[0]} | {middle:,.0f} | {best:,.0f} |", flush=True)
        del predictor, run
    print(f"\n{machine()}")


def main(rounds: int = 25) -> list[Row]:
    torch.set_num_threads(THREADS)
    times, _ = race(competitors(), rounds)
    print_table(times, INT8 if times[INT8] else OURS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process, both networks loaded: {peak:.0f} MB\n{machine()}")
    labels = median_ms(times[LABELS])
    beside = f"torch: {median_ms(times[PLAIN]):.0f} ms"
    rows = [
        Row("scores to labels, 1024x768", f"{labels:.1f} ms", f"at most {LABELS_MS} ms", labels / LABELS_MS, beside)
    ]
    if times[INT8]:
        here, there = median_ms(times[OURS]), median_ms(times[INT8])
        beside = f"reference, int8: {there:.0f} ms ({here / there:.2f}x)"
        what = "network, one 513-px photo, two cores"
        rows.append(Row(what, f"{here:.0f} ms", "at most 1.5x", here / there / 1.5, beside))
        here, there = median_ms(times[WHOLE]), median_ms(times[INT8_WHOLE])
        beside = f"reference: {there:.0f} ms ({here / there:.2f}x)"
        what = "1024x768 photo to labels and confidence, two cores"
        rows.append(Row(what, f"{here:.0f} ms", "at most the reference's to labels", here / there, beside))
    return rows


if __name__ == "__main__":
    if "--all" in sys.argv:
        every_model()
    else:
        report(main(*map(int, sys.argv[1:])))
