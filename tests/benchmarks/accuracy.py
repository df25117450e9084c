"""How good the answers are, on photos with human masks: what `seg.training` measures, as rows with goals.

    python -m tests.benchmarks.accuracy [photos]

Photos and reference lie in `../shared`, beside the repository; where they are not there is no row. photos: only so many
of each folder. Growing, of which every tau of three rules is tried for each individual, is not measured anew: what
`seg.training.clicks` recorded on all of them stands beside the click head.
"""

import sys

from seg.lessons.clicks import record
from seg.training.clicks import TAUS
from seg.training.clicks import main as measure_clicks
from seg.training.evaluate import main as evaluate
from seg.training.panoptic_quality import main as panoptic_quality
from tests.benchmarks.report import Row, report
from tests.serving import ROOT

SHARED = ROOT.parent / "shared"
RATIO, ERROR, QUALITY, CLICK, CLICK_RATIO = 0.95, 0.015, 1.3, 0.65, 1.5  # the goals


def main(photos: int | None = None) -> list[Row]:
    folders, reference = [SHARED / "data" / name for name in ("val", "val2")], SHARED / "reference"
    if not all((folder / "images").exists() for folder in folders) or not reference.exists():
        print(f"MISSING: {folders} or {reference}; their rows are left out")
        return []
    data = ["--data", *map(str, folders)]
    limit = [] if photos is None else ["--limit", str(photos)]
    found = evaluate([*data, "--reference", str(reference), *limit])
    ratio, person = (found[name] / found[f"reference_{name}"] for name in ("mean_iou", "person_iou"))
    error = found["calibration_error"]
    individuals = panoptic_quality([*data, *limit])
    ways = ("individuals", "blobs", "large_blobs")
    quality, blobs, large = (individuals[f"{way}_panoptic_quality"] for way in ways)
    clicks = measure_clicks([*data, *limit, "--rules"])
    click = clicks["answers"]["click"]["iou"]
    best = max(record()["answers"][rule]["iou"] for rule in TAUS)
    return [
        Row("mean IoU on human masks, beside the reference", f"{ratio:.3f}x", f"at least {RATIO}x", RATIO / ratio,
            f"{found['photos']} photos: {found['mean_iou']:.3f} and {found['reference_mean_iou']:.3f}"),
        Row("IoU of people, likewise", f"{person:.3f}x", f"at least {RATIO}x", RATIO / person,
            f"{found['person_iou']:.3f} and {found['reference_person_iou']:.3f}"),
        Row("expected calibration error", f"{error:.4f}", f"at most {ERROR}", error / ERROR, "15 bins, all pixels"),
        Row("panoptic quality of individuals, beside blobs", f"{quality / blobs:.2f}x", f"at least {QUALITY}x",
            QUALITY * blobs / quality, f"{quality:.3f} and {blobs:.3f}; blobs of the same least size: {large:.3f}"),
        Row("one click: mean IoU with the individual", f"{click:.3f}", f"above {CLICK}", CLICK / click,
            f"{clicks['individuals']} individuals"),
        Row("one click, beside the best region of any tau", f"{click / best:.2f}x", f"at least {CLICK_RATIO}x",
            CLICK_RATIO * best / click, f"{best:.3f}, tau chosen for each by the truth"),
    ]  # fmt: skip


if __name__ == "__main__":
    report(main(*map(int, sys.argv[1:2])))
