"""Every head on top of the trunk: how long it takes when the trunk's features of the photo are there.

    python -m tests.benchmarks.heads [rounds]

A family's time is its head's alone; that of the individuals has the grouping in it, each for a photo of 1024x768 on two
cores. That of a click has everything in it: two windows or more, and the mask; the median over clicks on five things of
the photo. All take turns.
"""

import sys
from functools import partial
from itertools import cycle

import numpy as np
import torch
from PIL import Image

from seg.models.panoptic import MODEL, find_individuals
from seg.models.predictor import load_predictor
from seg.models.registry import OTHER_HEADS, ZOO
from tests.benchmarks.network import THREADS
from tests.benchmarks.report import Row, machine, median_ms, print_table, race, report
from tests.serving import ROOT

FAMILY, INDIVIDUALS, CLICK = 15, 20, 10  # ms, the goals
WHO, WHERE = "individuals, with grouping", "one click"
PLACES = ((400, 130), (300, 470), (340, 610), (400, 860), (650, 500))  # four hens and the grass


def main(rounds: int = 25) -> list[Row]:
    torch.set_num_threads(THREADS)
    photo = np.array(Image.open(ROOT / "examples" / "hens.jpg").convert("RGB").resize((1024, 768)))
    bundled = load_predictor("bundled", "cpu")
    bundled.quicken()  # as the page does, and the heads below
    prediction, size = bundled(photo), bundled.entry.input_size(768, 1024)
    for name in OTHER_HEADS:
        bundled.other_head(name).quicken()
    runs = {}
    for entry in ZOO.values():
        if entry.trunk:
            family = load_predictor(entry.name, "cpu")
            family.quicken()
            runs[entry.name] = partial(family._logits, family.inputs_of([photo], size))
    families = list(runs)
    runs[WHO] = partial(find_individuals, bundled.other_head(MODEL), photo, prediction)
    places = cycle(PLACES)
    runs[WHERE] = lambda: bundled.click(photo, next(places))
    times, _ = race(runs, rounds)
    print(machine() + "\n")
    print_table(times, WHERE)
    took = {name: median_ms(seconds) for name, seconds in times.items()}
    slowest = max(families, key=took.get)
    beside = f"of {len(families)}: {slowest}; the quickest {min(took[name] for name in families):.0f} ms"
    return [
        Row("slowest family head, on top of the trunk", f"{took[slowest]:.0f} ms", f"at most {FAMILY} ms",
            took[slowest] / FAMILY, beside),
        Row("individuals, on top of the trunk", f"{took[WHO]:.0f} ms", f"at most {INDIVIDUALS} ms",
            took[WHO] / INDIVIDUALS, "with grouping"),
        Row("one click, on top of the trunk", f"{took[WHERE]:.0f} ms", f"at most {CLICK} ms", took[WHERE] / CLICK),
    ]  # fmt: skip


if __name__ == "__main__":
    report(main(*map(int, sys.argv[1:2])))
