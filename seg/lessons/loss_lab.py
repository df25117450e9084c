"""The loss lab of the Learn tab: what four losses say about several answers on this photo, and where they look.

The truth is the model's own mask, at the photo's pixels nearest to the network's cells: the page has no other, and a
loss on a million pixels would take too long.
"""

import math

import numpy as np
import torch

from seg.classes import COUNT
from seg.labels.codec import pack
from seg.labels.components import TINY_SHARE
from seg.lessons.sampling import grid_of, scores_at
from seg.lessons.wording import spoken, whole
from seg.models.predictor import Prediction
from seg.scoring.losses import LOSSES, gradient_map

CONFIDENCE = 0.99  # of a label map without scores, such as a painting
MUCH = 0.05  # of the pull
RANGE = 25  # times the median pull that a map tells apart, at least
ALIKE = 1.1  # shares of the pull this many times apart count as about the same


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
    pull_ce, pull_dice = (nothing[loss]["on_background"] or 0 for loss in ("cross_entropy", "dice"))
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
            "pull_less": found and share > 0 and pull_dice < pull_ce / ALIKE,
            "pull_more": found and share > 0 and pull_dice > pull_ce * ALIKE,
            "pull_alike": found and share > 0 and pull_ce / ALIKE <= pull_dice <= pull_ce * ALIKE,
            "unseen": not found and bool(prediction.labels.any()),
        },
        "numbers": {
            "grid_down": whole(truth.shape[0]),
            "grid_across": whole(truth.shape[1]),
            "ce_nothing": f"{nothing['cross_entropy']['value']:.2f}",
            "ce_background": f"{background['cross_entropy']['value']:.2f}",
            "ce_fall": spoken(abs(fall["cross_entropy"]), 0),
            "dice_fall": f"falls by {spoken(fall['dice'], 0)} only" if fall["dice"] > 0 else "does not fall at all",
            "pull_ce": spoken(pull_ce, 0),
            "pull_dice": spoken(pull_dice, 0),
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
    """The map as bytes: the square root of each pixel's pull over the largest one, so that weak pulls show too.

    A class of a few pixels may pull a thousand times as hard as all others, which would be black beside it: what pulls
    harder than both the 99th percentile and RANGE times the median is as light as can be.
    """
    pulling = entry["map"][entry["map"] > 0]
    if pulling.size:
        top = max(np.quantile(pulling, 0.99), min(pulling.max(), RANGE * np.median(pulling)))
        shade = np.sqrt(np.minimum(entry["map"] / top, 1))
    else:
        shade = entry["map"]
    return {
        "value": entry["value"],
        "on_background": entry["on_background"],
        "on_tiny": entry["on_tiny"],
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
    """{answer: {loss: {value, on_background, on_tiny, map}}}. answers: {name: 21xHxW logits}; truth: HxW class ids.

    map: HxW float32, how hard the loss pulls at each pixel (`seg.scoring.losses.gradient_map`). on_background: the
    share of that pull that falls on pixels whose truth is background, 0 to 1; None where nothing pulls. on_tiny:
    see `on_tiny`.
    """
    table, target = {}, torch.from_numpy(truth.astype(np.int64))
    for name, logits in answers.items():
        table[name] = {}
        for loss, function in LOSSES.items():
            value, pull = gradient_map(function, torch.from_numpy(logits), target)
            pull = pull.numpy()
            total = float(pull.sum(dtype=np.float64))
            share = float(pull[truth == 0].sum(dtype=np.float64)) / total if total > 0 else None
            table[name][loss] = {"value": value, "on_background": share, "on_tiny": on_tiny(pull, truth), "map": pull}
    return table


def on_tiny(pull: np.ndarray, truth: np.ndarray) -> dict | None:
    """{id, pixels, share} of the tiny class (below TINY_SHARE) with most of a pull HxW, where that is at least MUCH of
    it; else None.

    >>> truth = np.zeros((30, 30), np.uint8)
    >>> truth[3, 4] = 12
    >>> on_tiny(np.where(truth == 12, 899, 1), truth)
    {'id': 12, 'pixels': 1, 'share': 0.5}
    """
    pixels = np.bincount(truth.ravel(), minlength=COUNT)
    shares = np.bincount(truth.ravel(), pull.ravel(), COUNT)
    tiny = (pixels > 0) & (pixels < TINY_SHARE * truth.size)
    if not tiny.any() or not shares.sum():
        return None
    most = int(np.where(tiny, shares, -1).argmax())
    share = float(shares[most] / shares.sum())
    return {"id": most, "pixels": int(pixels[most]), "share": share} if share >= MUCH else None
