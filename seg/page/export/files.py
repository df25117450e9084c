"""What was found and how a painting scored, as tables (pandas) to be saved as CSV; individuals also as a PNG."""

import io

import numpy as np
import pandas as pd
from PIL import Image

from seg.classes import CLASSES, IGNORE
from seg.labels.components import describe
from seg.models.individuals import Individuals
from seg.scoring.metrics import Grade

CLASS_STEP = 1000  # a pixel's value in the PNG of individuals is class id x 1000 + number


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


def individuals_table(found: Individuals) -> pd.DataFrame:
    """One row per individual, most certain first.

    Columns: number, class, class_id, score (0 to 1), pixels, then the box: top, left, bottom, right, in pixels of the
    photo, the last two exclusive.
    """
    rows = [(one.number, one.name, one.class_id, one.score, one.pixels, *one.box) for one in found]
    names = ["number", "class", "class_id", "score", "pixels", "top", "left", "bottom", "right"]
    return pd.DataFrame(rows, columns=names).astype({"class_id": "Int64"}).round({"score": 4})


def individuals_png(found: Individuals) -> bytes:
    """HxW individuals as a gray PNG of 16 bits without metadata: value = class id x 1000 + number, 0 where nobody is.

    All individuals must be of VOC's classes: those of the page's own head are.
    """
    values = np.zeros(256, np.uint16)
    for one in found:
        values[one.number] = one.class_id * CLASS_STEP + one.number
    file = io.BytesIO()
    Image.fromarray(values[found.map()]).save(file, "PNG")
    return file.getvalue()


def individuals_list(found: Individuals) -> dict:
    """{height, width, individuals: [{number, class: name, score, box: [top, left, bottom, right], pixels}]}."""
    keys = ("number", "class", "score", "box", "pixels")
    rows = [(one.number, one.name, round(one.score, 4), [int(side) for side in one.box], one.pixels) for one in found]
    return {
        "height": found.height,
        "width": found.width,
        "individuals": [dict(zip(keys, row, strict=True)) for row in rows],
    }
