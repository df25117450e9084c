"""Mean IoU of the bundled model and of the reference on the same photos: `seg.training.evaluate` as a row.

    python -m tests.benchmarks.accuracy [photos]

Photos and reference lie in `../shared`, beside the repository; where they are not there is no row.
"""

import sys

from seg.training.evaluate import main as evaluate
from tests.benchmarks.report import Row, report
from tests.serving import ROOT

SHARED = ROOT.parent / "shared"
GOAL = 1.0  # of the reference's mean IoU


def main(photos: int | None = None) -> list[Row]:
    data, reference = SHARED / "data" / "val", SHARED / "reference"
    if not (data / "images").exists() or not reference.exists():
        print(f"MISSING: {data} or {reference}; its row is left out")
        return []
    limit = [] if photos is None else ["--limit", str(photos)]
    ratio = evaluate(["--data", str(data), "--reference", str(reference), *limit])
    count = min(photos or sys.maxsize, len(list((data / "images").iterdir())))
    goal = "at least the reference's (steps on the way: 0.60x, 0.85x)"
    return [
        Row("mean IoU on human masks, beside the reference", f"{ratio:.3f}x", goal, GOAL / ratio, f"{count} photos")
    ]


if __name__ == "__main__":
    report(main(*map(int, sys.argv[1:2])))
