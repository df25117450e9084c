"""Experiments on one photo and its truth, behind the sentences of the Learn tab. Pure functions from label maps.

    trivial          one answer for every pixel: its accuracy beside its mean IoU
    growth           an object grown by n px: how far away each pixel is, and what IoU is left
    colour_labels    the best labels a classifier can give that sees nothing but each pixel's own colour
    thinning         an object without its parts thinner than w px: which pixels go, and what IoU is left
    loss_table       what four losses say about label maps, and where they look

Label maps are HxW uint8 class ids. The truth is the model's own mask: the page has no other.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt, find_objects, label

from seg.classes import COUNT
from seg.labels.morphology import erase_thin
from seg.scoring.losses import LOSSES, push
from seg.scoring.metrics import boundary_bands, boundary_width, grade

NEIGHBOURS = np.ones((3, 3), bool)  # 8-connected, as `seg.labels.png.count_blobs`


def subject(labels: np.ndarray) -> int:
    """The class with the most pixels after background; 0 where there is nothing else.

    >>> subject(np.array([[0, 0, 8, 15, 15]], np.uint8))
    15
    """
    pixels = np.bincount(labels.ravel(), minlength=256)[:COUNT]
    pixels[0] = 0
    return int(pixels.argmax()) if pixels.any() else 0


# One answer for every pixel


def trivial(truth: np.ndarray, answer: int = 0) -> dict:
    """Say `answer` everywhere: {accuracy, mean_iou}, mean over the classes in either mask
    (`seg.scoring.metrics.grade`).

    >>> trivial(np.array([[0, 0, 0, 8]], np.uint8))    # background: IoU 3/4; cat: 0
    {'accuracy': 0.75, 'mean_iou': 0.375}
    """
    result = grade(truth, np.full_like(truth, answer), boundary=False)
    return {"accuracy": result.pixel_accuracy, "mean_iou": result.mean_iou}


# Covering more than the object


def distance_from(mask: np.ndarray, limit: int) -> np.ndarray:
    """HxW uint8: how many px the mask must grow before it takes in each pixel; 0 inside, limit + 1 where that is more
    than `limit` (at most 254). `mask` grown by n px is `distance_from(mask, limit) <= n`, n up to limit.

    Distances are Euclidean, between centres of pixels, rounded up: growing goes by whole pixels.
    """
    if not mask.any():
        return np.full(mask.shape, limit + 1, np.uint8)
    return np.minimum(np.ceil(distance_transform_edt(~mask)), limit + 1).astype(np.uint8)


def growth(mask: np.ndarray, steps: Sequence[int]) -> list[dict]:
    """Grow an object by n px for each n of `steps`: [{n, pixels, iou, predicted}].

    iou: measured pixel by pixel by `seg.scoring.metrics.grade`. predicted: area of the mask divided by the grown
    area. The two agree, because a superset's intersection with the truth is the truth and their union is the superset.
    Raises ValueError for an empty mask.
    """
    if not mask.any():
        raise ValueError("There is no object to grow: the mask is empty.")
    truth, distance = mask.astype(np.uint8), distance_from(mask, max(steps))
    rows = []
    for n in steps:
        grown = (distance <= n).astype(np.uint8)
        measured = float(grade(truth, grown, boundary=False).iou[1])
        pixels = int(grown.sum())
        rows.append({"n": n, "pixels": pixels, "iou": measured, "predicted": int(truth.sum()) / pixels})
    return rows


# Nothing but a pixel's own colour


def colour_labels(photo: np.ndarray, truth: np.ndarray, levels: int) -> np.ndarray:
    """Each pixel gets the class that pixels of its colour most often have in this very photo. HxW uint8.

    photo: HxWx3 uint8 RGB; colours are told apart in `levels` steps a channel (2 to 256). No classifier that sees one
    such colour at a time can get more pixels of this photo right (the Bayes rule, with the photo's own counts for the
    probabilities: Bishop, "Pattern Recognition and Machine Learning", section 1.5.1). Equal counts: the lower id.

    >>> photo = np.array([[[0, 0, 0], [0, 0, 0], [0, 0, 0], [255, 255, 255]]], np.uint8)
    >>> colour_labels(photo, np.array([[8, 8, 0, 0]], np.uint8), 2).tolist()
    [[8, 8, 8, 0]]
    """
    step = photo.astype(np.int32) * levels >> 8
    colour = (step[..., 0] * levels + step[..., 1]) * levels + step[..., 2]
    classes = np.unique(truth)
    best, winner = np.zeros(levels**3, np.int64), np.zeros(levels**3, np.uint8)
    for c in classes:
        count = np.bincount(colour[truth == c], minlength=levels**3)
        more = count > best
        best[more], winner[more] = count[more], c
    return winner[colour]


# Thin parts


def thinning(mask: np.ndarray, widths: Sequence[int]) -> tuple[list[dict], np.ndarray]:
    """Erase an object's parts thinner than w px for each w of `widths` (rising, under 255).

    Returns ([{w, lost, pieces, iou, boundary_iou}], HxW uint8 of the first w of the list at which each pixel goes;
    255 where none does, and outside). pieces: 8-connected, how many places lost something. boundary_iou looks only at
    the outlines' band (`seg.scoring.metrics.boundary_width`). Raises ValueError for an empty mask.
    """
    if not mask.any():
        raise ValueError("There is no object to thin: the mask is empty.")
    box = _box(mask)  # nothing outside it matters: a border of the box is a border of the object or of the photo
    truth = mask[box].astype(np.uint8)
    area, distance = int(truth.sum()), boundary_width(*mask.shape)
    band = boundary_bands(truth, distance) == 1
    gone, rows = np.full(mask.shape, 255, np.uint8), []
    for w in widths:
        kept = erase_thin(truth, w)
        lost = truth > kept
        gone[box][lost & (gone[box] == 255)] = w
        kept_band = boundary_bands(kept, distance) == 1
        rows.append(
            {
                "w": w,
                "lost": int(lost.sum()),
                "pieces": int(label(lost, NEIGHBOURS)[1]),
                "iou": (area - int(lost.sum())) / area,
                "boundary_iou": int((band & kept_band).sum()) / int((band | kept_band).sum()),
            }
        )
    return rows, gone


# Blobs


def blobs_of(labels: np.ndarray, most: int) -> tuple[list[dict], np.ndarray]:
    """The largest `most` (under 255) blobs of classes other than background, and where they are.

    Returns ([{id, pixels, row, column}] largest first, HxW uint8: 1 for the first of them, 2 for the second, 0 for
    the rest). (row, column) is the pixel deepest inside: a place to write its number on.
    """
    found, place = [], np.zeros(labels.shape, np.uint8)
    for c in np.unique(labels):
        if 0 < c < COUNT:
            parts, _ = label(labels == c, NEIGHBOURS)
            for i, box in enumerate(find_objects(parts), 1):
                found.append((c, box, parts[box] == i))
    found = [(int(inside.sum()), int(c), box, inside) for c, box, inside in found]
    found.sort(key=lambda blob: (-blob[0], blob[1], blob[2][0].start, blob[2][1].start))
    rows = []
    for number, (pixels, c, box, inside) in enumerate(found[:most], 1):
        place[box][inside] = number
        depth = distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
        row, column = np.unravel_index(depth.argmax(), depth.shape)
        rows.append({"id": c, "pixels": pixels, "row": int(row) + box[0].start, "column": int(column) + box[1].start})
    return rows, place


def _box(mask: np.ndarray) -> tuple[slice, slice]:
    """The smallest rectangle that holds a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


# Scores and losses on the network's own grid

SURE = 0.99  # how sure a label map without scores is taken to be


def grid_of(
    height: int, width: int, cells_down: int, cells_across: int, align_corners: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """(rows, columns): the photo's pixels nearest to the centres of the network's cells. With `align_corners` the first
    and last centres are the photo's corners; without, the cells are equal blocks that fill the photo.

    >>> [side.tolist() for side in grid_of(9, 5, 3, 2)]
    [[0, 4, 8], [0, 4]]
    >>> [side.tolist() for side in grid_of(9, 6, 3, 2, align_corners=False)]
    [[1, 4, 7], [1, 4]]
    """
    places = []
    for side, cells in ((height, cells_down), (width, cells_across)):
        centres = np.linspace(0, side - 1, cells) if align_corners else (np.arange(cells) + 0.5) * side / cells - 0.5
        places.append(np.rint(centres).clip(0, side - 1).astype(np.intp))
    return tuple(places)


def scores_at(
    scores: np.ndarray, height: int, width: int, rows: np.ndarray, columns: np.ndarray, align_corners: bool = True
) -> np.ndarray:
    """21xhxw logits -> 21xRxC float32 logits at the photo's pixels rows x columns: bilinear, the interpolation of
    `seg.models.postprocess` with the model's own `align_corners` (see `torch.nn.functional.interpolate`)."""
    wide = scores.astype(np.float32)
    for axis, places, side in ((1, rows, height), (2, columns, width)):
        cells = wide.shape[axis]
        if align_corners:
            at = places * ((cells - 1) / max(1, side - 1))
        else:
            at = np.maximum(0, (places + 0.5) * (cells / side) - 0.5)
        low = np.minimum(at.astype(np.intp), max(0, cells - 2))
        part = np.minimum(at - low, 1).astype(np.float32).reshape((-1, 1) if axis == 1 else (-1,))
        first, second = wide.take(low, axis), wide.take(np.minimum(low + 1, cells - 1), axis)
        wide = first + part * (second - first)
    return wide


def sure_logits(labels: np.ndarray, certainty: float = SURE) -> np.ndarray:
    """HxW class ids -> 21xHxW float32 logits whose softmax is `certainty` for the label, the rest shared equally."""
    height = math.log(certainty * (COUNT - 1) / (1 - certainty))
    return (np.arange(COUNT)[:, None, None] == labels).astype(np.float32) * np.float32(height)


def loss_table(candidates: dict[str, np.ndarray], truth: np.ndarray) -> dict[str, dict[str, dict]]:
    """{candidate: {loss: {value, on_background, map}}} for 21xHxW logits each, against truth HxW.

    map: HxW float32, how hard the loss pulls at each pixel (`seg.scoring.losses.push`). on_background: the share of
    that pull that falls on pixels whose truth is background, 0 to 1; None where nothing pulls.
    """
    table, target = {}, torch.from_numpy(truth.astype(np.int64))
    for name, logits in candidates.items():
        table[name] = {}
        for loss, function in LOSSES.items():
            value, pull = push(function, torch.from_numpy(logits), target)
            pull = pull.numpy()
            total = float(pull.sum(dtype=np.float64))
            share = float(pull[truth == 0].sum(dtype=np.float64)) / total if total > 0 else None
            table[name][loss] = {"value": value, "on_background": share, "map": pull}
    return table
