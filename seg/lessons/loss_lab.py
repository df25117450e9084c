"""The loss lab of the Learn tab: what four losses say about several answers on this photo, and where they look.

The truth is the model's own mask, at the photo's pixels nearest to the network's cells: the page has no other, and a
loss on a million pixels would take too long.
"""

import math

import numpy as np
import torch

from seg.classes import COUNT
from seg.labels.codec import pack
from seg.lessons.sampling import grid_of, scores_at
from seg.lessons.wording import percent, whole
from seg.models.predictor import Prediction
from seg.scoring.losses import LOSSES, gradient_map

CONFIDENCE = 0.99  # of a label map without scores, such as a painting


def losses(prediction: Prediction) -> dict:
    """The figure: four losses of knowing nothing, of all background and of the model, with maps of where each pulls;
    and the numbers and conditions of the sentences around it."""
    logits, truth = logits_and_truth(prediction)
    empty = np.zeros_like(truth)
    table = loss_table(
        {"nothing": np.zeros_like(logits), "background": confident_logits(empty), "model": logits}, truth
    )
    nothing, background = table["nothing"], table["background"]
    fall = {loss: 1 - background[loss]["value"] / nothing[loss]["value"] for loss in LOSSES}
    found, share = bool(truth.any()), float((truth == 0).mean())
    cheap = found and fall["cross_entropy"] > max(0, fall["dice"], fall["lovasz_softmax"])
    dear = found and fall["cross_entropy"] <= 0
    return {
        "figure": {
            "height": truth.shape[0],
            "width": truth.shape[1],
            "table": {who: {loss: drawable(entry) for loss, entry in row.items()} for who, row in table.items()},
        },
        "conditions": {
            "cheap": cheap,
            "dear": dear and share > 0,
            "foreign": dear and share == 0,
            "middling": found and not cheap and not dear,
            "pull": found and share > 0,
            "unseen": not found and bool(prediction.labels.any()),
        },
        "numbers": {
            "grid_down": whole(truth.shape[0]),
            "grid_across": whole(truth.shape[1]),
            "ce_nothing": f"{nothing['cross_entropy']['value']:.2f}",
            "ce_background": f"{background['cross_entropy']['value']:.2f}",
            "ce_fall": percent(abs(fall["cross_entropy"]), 0),
            "dice_fall": f"falls by {percent(fall['dice'], 0)} only" if fall["dice"] > 0 else "does not fall at all",
            "pull_ce": percent(nothing["cross_entropy"]["on_background"] or 0, 0),
            "pull_dice": percent(nothing["dice"]["on_background"] or 0, 0),
        },
    }


def painting_losses(prediction: Prediction, painted: np.ndarray) -> dict:
    """{loss: {value, on_background, map}} of a painted label map HxW (0 to 20), taken to be 99 % sure everywhere."""
    grid = np.ix_(*grid_of_model(prediction))
    table = loss_table({"painting": confident_logits(painted[grid])}, prediction.labels[grid])
    return {loss: drawable(entry) for loss, entry in table["painting"].items()}


def logits_and_truth(prediction: Prediction) -> tuple[np.ndarray, np.ndarray]:
    """(21xhxw logits, hxw labels) at the photo's pixels nearest to the network's cells."""
    rows, columns = grid_of_model(prediction)
    labels = prediction.labels
    logits = scores_at(prediction.scores, *labels.shape, rows, columns, prediction.align_corners)
    return logits, labels[np.ix_(rows, columns)]


def grid_of_model(prediction: Prediction) -> tuple[np.ndarray, np.ndarray]:
    """(rows, columns) of the photo's pixels nearest to the cells of the prediction's own grid."""
    return grid_of(*prediction.labels.shape, *prediction.scores.shape[1:], prediction.align_corners)


def drawable(entry: dict) -> dict:
    """The map as bytes: the square root of each pixel's pull over the hardest one, so that weak pulls show too."""
    top = float(entry["map"].max())
    shade = np.sqrt(entry["map"] / top) if top > 0 else entry["map"]
    return {
        "value": entry["value"],
        "on_background": entry["on_background"],
        "map": pack(np.rint(shade * 255).astype(np.uint8)),
    }


def confident_logits(labels: np.ndarray, confidence: float = CONFIDENCE) -> np.ndarray:
    """HxW class ids -> 21xHxW float32 logits whose softmax is `confidence` for the label, the rest shared equally.

    >>> logits = confident_logits(np.array([[3]]))[:, 0, 0]
    >>> shares = np.exp(logits) / np.exp(logits).sum()
    >>> round(float(shares[3]), 4), round(float(shares[4]), 4)    # 0.01 / 20
    (0.99, 0.0005)
    """
    height = math.log(confidence * (COUNT - 1) / (1 - confidence))
    return (np.arange(COUNT)[:, None, None] == labels).astype(np.float32) * np.float32(height)


def loss_table(answers: dict[str, np.ndarray], truth: np.ndarray) -> dict[str, dict[str, dict]]:
    """{answer: {loss: {value, on_background, map}}}. answers: {name: 21xHxW logits}; truth: HxW class ids.

    map: HxW float32, how hard the loss pulls at each pixel (`seg.scoring.losses.gradient_map`). on_background: the
    share of that pull that falls on pixels whose truth is background, 0 to 1; None where nothing pulls.
    """
    table, target = {}, torch.from_numpy(truth.astype(np.int64))
    for name, logits in answers.items():
        table[name] = {}
        for loss, function in LOSSES.items():
            value, pull = gradient_map(function, torch.from_numpy(logits), target)
            pull = pull.numpy()
            total = float(pull.sum(dtype=np.float64))
            share = float(pull[truth == 0].sum(dtype=np.float64)) / total if total > 0 else None
            table[name][loss] = {"value": value, "on_background": share, "map": pull}
    return table
