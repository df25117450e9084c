"""What was found and how a painting scored, as tables (pandas) to be saved as CSV."""

import numpy as np
import pandas as pd

from seg.classes import CLASSES, IGNORE
from seg.labels.components import describe
from seg.scoring.metrics import Grade


def class_table(labels: np.ndarray, confidence: np.ndarray) -> pd.DataFrame:
    """One row per class of a label map, most pixels first, and a last one for unsure pixels (255) if there are any.

    labels, confidence: HxW uint8 of a Prediction. Columns: id, name, color ("#rrggbb"), pixels, share (of all pixels, 0
    to 1), blobs (8-connected patches), confidence (mean of the winner's softmax there, 0 to 1).

    >>> class_table(np.array([[0, 13]], np.uint8), np.array([[255, 51]], np.uint8)).confidence.tolist()
    [1.0, 0.2]
    """
    rows = describe(labels)
    unsure = int((labels == IGNORE).sum())
    if unsure:
        rows.append({"id": IGNORE, "name": "unsure", "pixels": unsure, "share": unsure / labels.size})
    for row in rows:
        row["confidence"] = float(confidence[labels == row["id"]].mean() / 255)
    table = pd.DataFrame(rows, columns=["id", "name", "color", "pixels", "share", "blobs", "confidence"])
    return table.astype({"blobs": "Int64"}).round({"share": 6, "confidence": 4})


def grade_table(grade: Grade, against: str = "") -> pd.DataFrame:
    """A Grade in long form: the four scores of the whole photo, then IoU, Dice and pixels of each class in either mask.

    against: who made the label map that was graded against. Columns: class (empty for the whole photo), measure, value,
    truth (the same in every row).
    """
    rows = [
        ("", name, getattr(grade, name)) for name in ("mean_iou", "pixel_accuracy", "mean_dice", "boundary_iou")
    ] + [("", "pixels", grade.pixels), ("", "wrong_pixels", grade.wrong)]
    for each in CLASSES:
        truth, painted = grade.confusion[each.id].sum(), grade.confusion[:, each.id].sum()
        if truth or painted:
            rows += [
                (each.name, "iou", grade.iou[each.id]),
                (each.name, "dice", grade.dice[each.id]),
                (each.name, "truth_pixels", truth),
                (each.name, "painted_pixels", painted),
            ]
    table = pd.DataFrame(
        [(a, b, round(float(value), 6)) for a, b, value in rows], columns=["class", "measure", "value"]
    )
    return table.assign(truth=against)
