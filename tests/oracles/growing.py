"""Region growing, slowly: the rules in plain Python, and the curve of IoU against tau by growing at every tau."""

import math
from collections import deque
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import softmax

from seg.growing.regions import grow

STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))  # up, down, left, right


def plain_queue(image: np.ndarray, seed: tuple[int, int], tau: float, rule: str) -> np.ndarray:
    """The rule of `seg.growing.regions.grow`, word for word. HxW int32: the order of arrival, -1 outside."""
    height, width = image.shape[:2]
    colours = image.tolist()
    arrival = np.full((height, width), -1, np.int32)
    arrival[seed] = 0
    sums = list(colours[seed[0]][seed[1]])
    target = [float(s) for s in sums]
    queue, area = deque([seed]), 1
    while queue:
        row, col = queue.popleft()
        for down, right in STEPS:
            y, x = row + down, col + right
            if not (0 <= y < height and 0 <= x < width) or arrival[y, x] >= 0:
                continue
            red, green, blue = (c - t for c, t in zip(colours[y][x], target, strict=True))
            if math.sqrt(red * red + green * green + blue * blue) <= tau:
                arrival[y, x] = area
                area += 1
                queue.append((y, x))
                if rule == "mean":
                    sums = [s + c for s, c in zip(sums, colours[y][x], strict=True)]
                    target = [s / area for s in sums]
    return arrival


def points_from_seed(prediction, seed: tuple[int, int]) -> np.ndarray:
    """HxW: the total variation x 100 between the softmax of the upsampled scores and that at the seed, as the largest
    difference in what any set of classes is given: the sum over the classes that the pixel gives more."""
    scores = torch.from_numpy(np.asarray(prediction.scores, np.float64))[None]
    size, corners = prediction.labels.shape, prediction.align_corners
    shares = softmax(F.interpolate(scores, size=size, mode="bilinear", align_corners=corners)[0].numpy(), axis=0)
    return 100 * np.maximum(0, shares - shares[:, seed[0], seed[1]][:, None, None]).sum(0)


def plain_network_queue(points: np.ndarray, seed: tuple[int, int], tau: float) -> np.ndarray:
    """The queue of the rule "network" on HxW distances. HxW int32: the order of arrival, -1 outside."""
    arrival = np.full(points.shape, -1, np.int32)
    arrival[seed] = 0
    queue, area = deque([seed]), 1
    while queue:
        row, col = queue.popleft()
        for down, right in STEPS:
            y, x = row + down, col + right
            inside = 0 <= y < points.shape[0] and 0 <= x < points.shape[1]
            if inside and arrival[y, x] < 0 and points[y, x] <= tau:
                arrival[y, x] = area
                area += 1
                queue.append((y, x))
    return arrival


class Curve(NamedTuple):
    """One entry per tau, rising."""

    taus: np.ndarray
    area: np.ndarray  # pixels of the region at this tau
    hits: np.ndarray  # those of them inside the truth
    iou: np.ndarray  # 0 to 1: IoU of the region with the truth


class Leak(NamedTuple):
    """The first tau by which a region spilled more than it gained, and that from which it did."""

    before: float
    tau: float
    joined: int  # pixels
    spilled: int  # those of them outside the truth


def curve(image: np.ndarray, seed: tuple[int, int], truth: np.ndarray, taus, rule: str = "seed") -> Curve:
    """Grow at every tau and compare with truth, HxW bool. What the page's chart draws."""
    area, hits = [], []
    for tau in taus:
        mask = grow(image, seed, tau, rule).mask
        area.append(np.count_nonzero(mask))
        hits.append(np.count_nonzero(mask & truth))
    area, hits = np.array(area), np.array(hits)
    return Curve(np.array(taus), area, hits, hits / (area + np.count_nonzero(truth) - hits))


def best(points: Curve) -> tuple[float, float]:
    """(tau, IoU) of the highest IoU; of equals, the smallest tau."""
    index = int(points.iou.argmax())
    return float(points.taus[index]), float(points.iou[index])


def leak(points: Curve, pixels: int, share: float = 0.01) -> Leak | None:
    """Where what joined outside the truth first exceeds what joined inside by a share of the photo's pixels, over any
    stretch of taus; of all stretches that end there the one that exceeds most, and the shortest of those. None where
    that never is.

    >>> leak(Curve(np.array([44, 45, 46]), np.array([70, 90, 480]), np.array([70, 80, 100]), np.zeros(3)), 1000)
    Leak(before=45.0, tau=46.0, joined=390, spilled=370)
    """
    outside = points.area - points.hits
    for t in range(len(points.taus)):
        excess = [(outside[t] - outside[s]) - (points.hits[t] - points.hits[s]) for s in range(t)]
        if excess and max(excess) >= share * pixels:
            s = max(i for i, each in enumerate(excess) if each == max(excess))
            joined = int(points.area[t] - points.area[s])
            return Leak(float(points.taus[s]), float(points.taus[t]), joined, int(outside[t] - outside[s]))
    return None
