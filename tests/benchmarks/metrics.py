"""Grading two 1024x768 label maps: `seg.scoring.metrics` beside torchmetrics and scikit-learn, in one run.

    python -m tests.benchmarks.metrics [rounds]

Everyone is warmed up first and then takes a turn in every round, so that a busy machine slows all alike.
Prints a Markdown table of medians, and whether everyone found the same mean IoU.
"""

import math
import sys
from functools import partial

import numpy as np
from scipy import ndimage

from seg.scoring.boundary import boundary_width
from seg.scoring.metrics import confusion_matrix, grade
from tests.benchmarks.report import Row, load, machine, median_ms, print_table, race, report

SHAPE = (768, 1024)
OURS = "seg.scoring.metrics.grade, boundary IoU included"


def label_maps() -> tuple[np.ndarray, np.ndarray]:
    """A made-up scene of background and three classes, and a slightly displaced painting of it."""
    height, width = SHAPE
    rows, cols = np.mgrid[:height, :width]
    wobble = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=SHAPE), 12) * 400
    truth = np.zeros(SHAPE, np.uint8)
    for class_id, row, col, radius in ((13, 420, 330, 210), (15, 260, 640, 150), (12, 600, 820, 110)):
        truth[np.hypot(rows - row, cols - col) + wobble < radius] = class_id
    return truth, ndimage.shift(truth, (7, -9), order=0)


def graders(truth: np.ndarray, painted: np.ndarray) -> dict:
    """Name -> a call that grades and returns mean IoU over the classes present (or its reason to be missing)."""
    runs = {
        "seg.scoring.metrics.grade, without boundary IoU": lambda: grade(truth, painted, boundary=False).mean_iou,
        OURS: lambda: grade(truth, painted).mean_iou,
        "seg.scoring.metrics.confusion_matrix alone": lambda: confusion_matrix(truth, painted) is None or math.nan,
    }
    sklearn = load("sklearn.metrics", "scikit-learn")
    runs["scikit-learn confusion_matrix"] = sklearn and partial(_sklearn_confusion, sklearn, truth, painted)
    runs["scikit-learn jaccard_score, macro"] = sklearn and partial(_sklearn_jaccard, sklearn, truth, painted)
    segmentation = load("torchmetrics.functional.segmentation", "torchmetrics")
    classification = load("torchmetrics.functional.classification", "torchmetrics")
    runs["torchmetrics mean_iou, index input"] = segmentation and partial(
        _torchmetrics, segmentation.mean_iou, truth, painted, num_classes=21, input_format="index"
    )
    runs["torchmetrics multiclass_jaccard_index"] = classification and partial(
        _torchmetrics, classification.multiclass_jaccard_index, truth, painted, batched=False, num_classes=21
    )
    runs["boundary IoU alone, eroding class by class (scipy)"] = partial(_boundary_by_erosion, truth, painted)
    return runs


def _sklearn_confusion(sklearn, truth, painted):
    counts = sklearn.confusion_matrix(truth.ravel(), painted.ravel(), labels=range(21))
    hits = counts.diagonal()
    union = counts.sum(0) + counts.sum(1) - hits
    return (hits[union > 0] / union[union > 0]).mean()


def _sklearn_jaccard(sklearn, truth, painted):
    return sklearn.jaccard_score(truth.ravel(), painted.ravel(), average="macro")


def _torchmetrics(score, truth, painted, batched=True, **arguments):
    import torch

    painted, truth = (torch.from_numpy(labels).long() for labels in (painted, truth))
    return float(score(painted[None], truth[None], **arguments) if batched else score(painted, truth, **arguments))


def _boundary_by_erosion(truth, painted):
    side = 2 * boundary_width(*truth.shape) + 1  # its square window is the paper's repeated 3x3 erosion
    for class_id in np.union1d(truth, painted):
        for labels in (truth, painted):
            ndimage.minimum_filter(labels == class_id, side, mode="constant")
    return math.nan


def main(rounds: int = 15) -> list[Row]:
    truth, painted = label_maps()
    print(f"Grading two {SHAPE[1]}x{SHAPE[0]} label maps, 21 classes, {len(np.unique(truth))} present\n")
    print(machine() + "\n")
    runs = graders(truth, painted)
    times, answers = race(runs, rounds)
    print_table(times, "seg.scoring.metrics.grade, without boundary IoU")
    scores = {name: score for name, score in answers.items() if not math.isnan(score)}
    low, high = min(scores.values()), max(scores.values())
    print(f"\nMean IoU over the classes present, as found by {len(scores)}: {low:.6f} to {high:.6f}")
    here = median_ms(times[OURS])
    others = {"torchmetrics": "torchmetrics mean_iou, index input", "scikit-learn": "scikit-learn confusion_matrix"}
    beside = [f"{name} {median_ms(times[row]):,.0f} ms" for name, row in others.items() if times[row]]
    return [Row("grading two 1024x768 masks", f"{here:.1f} ms", "at most 10 ms", here / 10, ", ".join(beside))]


if __name__ == "__main__":
    report(main(*map(int, sys.argv[1:2])))
