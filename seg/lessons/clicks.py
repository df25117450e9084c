"""What one click is worth to each way of answering it: figures that `seg.training.clicks` recorded, as rows of a table.

README and the tab "Learn" show the same rows. Where nothing was recorded there is no table.
"""

import json
from pathlib import Path

from seg.models.registry import WEIGHTS

RECORD = WEIGHTS / "clicks.json"
HEADS = ("one click answered by", "mean IoU", "above 1 % of the photo", "with one tau for all")
NAMES = {
    "seed": "growing by the seed's colour",
    "mean": "growing by the region's mean colour",
    "network": "growing by what the network sees",
    "class_mask": "the network's mask of the class there",
    "click": "the head made for clicks",
}


def record(path: Path = RECORD) -> dict | None:
    """{photos, individuals, milliseconds, answers: {name: figures}} of `python -m seg.training.clicks --record`; None
    where nothing was recorded."""
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def rows(found: dict) -> list[tuple[str, str, str, str]]:
    """HEADS, then a row per answer: over all individuals, and over those that cover at least 1 % of their photo. A rule
    of growing has those at the best tau of each individual, and one more at the tau that is best for all together.

    >>> rows({"answers": {"seed": {"iou": 0.41, "iou_large": 0.5, "tau": 30, "iou_at_tau": 0.25}}})[1:]
    [("growing by the seed's colour", '0.410', '0.500', '0.250 (tau 30)')]
    """
    lines = [HEADS]
    for name, each in found["answers"].items():
        one_tau = f"{each['iou_at_tau']:.3f} (tau {each['tau']})" if "tau" in each else ""
        lines.append((NAMES[name], f"{each['iou']:.3f}", f"{each['iou_large']:.3f}", one_tau))
    return lines
