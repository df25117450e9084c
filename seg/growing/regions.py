"""Region growing: start at a seed, let neighbours join while they look alike. How it was done before networks.

    from seg.growing.regions import grow
    grow(image, seed=(row, col), threshold=tau, rule="seed").mask
    grow(prediction, seed=(row, col), threshold=tau).mask

Neighbours are the four pixels above, below, left and right. Two rules look at colours; their distance is Euclidean in
RGB, 0 to sqrt(3) 255 = 441.7: to the seed's own colour ("seed"), or to the mean colour of the region so far ("mean").
The third ("network") looks at what a network says of each pixel, 0 to 100 points away from what it says of the seed
(`seg.growing.network_rule`). The queue and the similarity test are those of Adams and Bischof, "Seeded region growing",
PAMI 1994, without their sorted list.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from seg.compiled import compiled
from seg.growing.network_rule import points_from_seed
from seg.labels.grid import check_pixel

COLOUR_RULES = ("seed", "mean")
RULES = (*COLOUR_RULES, "network")
MAX_THRESHOLD = 442  # the first whole tau at which every pixel is similar; under "network" it is 100


@dataclass(frozen=True, eq=False)
class Region:
    """What grew from a seed. Height and width are the image's."""

    mask: np.ndarray = field(repr=False)  # HxW bool
    arrival: np.ndarray = field(repr=False)  # HxW int32: 0 for the seed, 1 for the first to join, ...; -1 outside
    area: int  # pixels
    mean_rgb: tuple[float, float, float] | None  # 0 to 255; None where a prediction was grown on: it has no colours


def grow(image, seed: tuple[int, int], threshold: float, rule: str | None = None) -> Region:
    """The region that grows from `seed` while neighbours are at most `threshold` away.

    image: HxWx3 uint8 RGB, or a `seg.models.predictor.Prediction` for a photo of HxW. seed: (row, col), whole numbers
    from 0. threshold: tau, 0 or more. rule: "seed", as where none is given, or "mean" for an image; for a prediction
    it is always "network".

    All rules are one queue that starts with the seed. A pixel is popped, its neighbours are tried in the order up,
    down, left, right, and a neighbour that is not in the region joins, at the end of the queue, when
    - rule "seed": its distance to the seed's colour is at most tau;
    - rule "mean": its distance to the region's current mean is at most tau. The mean is updated as it joins;
    - rule "network": the network's opinion of it is at most tau of 100 points from that of the seed.
    A refused pixel may be tried again from another neighbour; under "mean" it may join then.

    Arithmetic: the seed rule's squared distances are whole numbers, exact. The mean is the exact sums of red, green and
    blue divided by the area in double precision; squares and root are in double precision, too. `sqrt(d2) <= tau`
    decides under both. The network's distances are in double precision.

    Time and memory grow with the number of pixels: each is tried at most four times, once from each neighbour.

    Raises ValueError for an image of another kind, a seed outside it, a threshold that is negative or not finite, and
    a rule that is unknown or not for this kind of image.

    >>> image = np.zeros((1, 4, 3), np.uint8)
    >>> image[0, :, 0] = 10, 14, 18, 60
    >>> grow(image, (0, 0), 6, "seed").arrival                    # 14 is 4 from the seed's 10, 18 is 8
    array([[ 0,  1, -1, -1]], dtype=int32)
    >>> grow(image, (0, 0), 6, "mean").arrival                    # 18 is 6 from 12, the mean of 10 and 14
    array([[ 0,  1,  2, -1]], dtype=int32)
    """
    tau = _check_threshold(threshold)
    if hasattr(image, "scores"):
        if rule not in (None, "network"):
            raise ValueError(f'rule must be "network" for a prediction, got {rule!r}: the other rules need the photo')
        return _grow_on_opinion(image, seed, tau)
    image = _check_image(image)
    row, col = check_pixel(seed, *image.shape[:2], "seed")
    if rule == "network":
        raise ValueError('rule "network" needs a prediction in place of the image: grow(predictor(photo), seed, tau)')
    if rule not in (None, *COLOUR_RULES):
        raise ValueError(f'rule must be "seed" or "mean", or "network" with a prediction, got {rule!r}')
    if rule == "mean":
        padded, area = _grow_from_mean(image, row, col, tau)
    else:
        padded = _similar_colours(image, row, col, squared_reach(tau))
        area = _run_queue(padded, *image.shape[:2], row, col)
    arrival, mask = _unpad(padded, *image.shape[:2])
    red, green, blue = (float(total / area) for total in _sum_colours(image, mask))
    return Region(mask, arrival, int(area), (red, green, blue))


def _grow_on_opinion(prediction, seed, tau: float) -> Region:
    height, width = prediction.labels.shape
    row, col = check_pixel(seed, height, width, "seed")
    points = points_from_seed(prediction.scores, (row, col), height, width, prediction.align_corners)
    padded = np.full((height + 2, width + 2), -1, np.int32)
    padded[1:-1, 1:-1] = np.where(points <= tau, np.int32(-2), np.int32(-1))
    padded = padded.ravel()
    area = _run_queue(padded, height, width, row, col)
    arrival, mask = _unpad(padded, height, width)
    return Region(mask, arrival, int(area), None)


def squared_reach(tau: float) -> int:
    """The largest whole n with sqrt(n) <= tau: the seed rule's limit for squared distances. tau above 442 is as 442.

    The root is compared, not the square, so that tau = sqrt(3) reaches 3 although sqrt(3) squared is
    2.9999999999999996 in double precision.

    >>> squared_reach(5), squared_reach(5.1), squared_reach(3**0.5)    # 5.1^2 = 26.01
    (25, 26, 3)
    """
    tau = min(tau, MAX_THRESHOLD)
    n = math.floor(tau * tau)
    if math.sqrt(n) > tau:
        return n - 1
    return n + 1 if math.sqrt(n + 1) <= tau else n


def _check_image(image) -> np.ndarray:
    """The image as a contiguous HxWx3 uint8 array. Raises ValueError."""
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"image must be HxWx3 uint8 RGB, got {'x'.join(map(str, image.shape))} {image.dtype}")
    return np.ascontiguousarray(image)


def _check_threshold(threshold) -> float:
    """The threshold as a float. Raises ValueError unless it is a finite number of 0 or more."""
    try:
        tau = float(threshold)
    except (TypeError, ValueError, OverflowError):
        tau = math.nan
    if not (math.isfinite(tau) and tau >= 0):
        raise ValueError(f"threshold must be a finite number of 0 or more, got {threshold!r}")
    return tau


# -- the loops. Images get a border of one pixel that nothing can enter, so that no neighbour needs a bounds check:
#    flat index = (row + 1) * stride + col + 1, with stride = width + 2. int32 is spelled out where it lets the compiler
#    handle many pixels at a time. A padded map of arrivals holds -1 for closed, -2 for similar and not in yet


@compiled
def _similar_colours(image, row, col, reach):
    """The padded map of a seed rule, before the queue runs."""
    height, width = image.shape[:2]
    stride = width + 2
    red, green, blue = np.int32(image[row, col, 0]), np.int32(image[row, col, 1]), np.int32(image[row, col, 2])
    limit = np.int32(reach)
    arrival = np.full((height + 2) * stride, -1, np.int32)
    for y in range(height):
        offset = (y + 1) * stride + 1
        for x in range(width):
            r = np.int32(np.int32(image[y, x, 0]) - red)
            g = np.int32(np.int32(image[y, x, 1]) - green)
            b = np.int32(np.int32(image[y, x, 2]) - blue)
            arrival[offset + x] = -1 - np.int32(np.int32(r * r + g * g + b * b) <= limit)
    return arrival


@compiled
def _run_queue(arrival, height, width, row, col):
    """Write the order of arrival into a padded map; the number of pixels that arrived."""
    stride = width + 2
    queue = np.empty(height * width, np.int32)
    seed = (row + 1) * stride + col + 1
    queue[0] = seed
    arrival[seed] = 0
    area = 1
    popped = 0
    while popped < area:
        here = queue[popped]
        popped += 1
        for step in (-stride, stride, -1, 1):
            near = here + step
            if arrival[near] == -2:
                arrival[near] = area
                queue[area] = near
                area += 1
    return area


@compiled
def _grow_from_mean(image, row, col, tau):
    height, width = image.shape[:2]
    stride = width + 2
    colours = np.zeros((height + 2) * stride, np.uint32)  # blue, green, red, a byte each
    arrival = np.zeros((height + 2) * stride, np.int32)  # -1 not in yet; the border counts as in
    for y in range(height):
        offset = (y + 1) * stride + 1
        for x in range(width):
            colours[offset + x] = (
                np.uint32(image[y, x, 0])
                | (np.uint32(image[y, x, 1]) << np.uint32(8))
                | (np.uint32(image[y, x, 2]) << np.uint32(16))
            )
            arrival[offset + x] = -1
    queue = np.empty(height * width, np.int32)
    seed = (row + 1) * stride + col + 1
    queue[0] = seed
    arrival[seed] = 0
    area = 1
    popped = 0
    red, green, blue = np.int64(image[row, col, 0]), np.int64(image[row, col, 1]), np.int64(image[row, col, 2])
    mean_red, mean_green, mean_blue = float(red), float(green), float(blue)
    while popped < area:
        here = queue[popped]
        popped += 1
        for step in (-stride, stride, -1, 1):
            near = here + step
            if arrival[near] >= 0:
                continue
            colour = np.int64(colours[near])
            r, g, b = colour & 255, colour >> 8 & 255, colour >> 16
            dr, dg, db = r - mean_red, g - mean_green, b - mean_blue
            if math.sqrt(dr * dr + dg * dg + db * db) <= tau:
                arrival[near] = area
                queue[area] = near
                area += 1
                red, green, blue = red + r, green + g, blue + b
                mean_red, mean_green, mean_blue = red / area, green / area, blue / area
    return arrival, area


@compiled
def _unpad(padded, height, width):
    stride = width + 2
    arrival = np.empty((height, width), np.int32)
    mask = np.empty((height, width), np.bool_)
    for y in range(height):
        offset = (y + 1) * stride + 1
        for x in range(width):
            order = padded[offset + x]
            inside = order >= 0
            arrival[y, x] = order if inside else np.int32(-1)
            mask[y, x] = inside
    return arrival, mask


@compiled
def _sum_colours(image, mask):
    height, width = mask.shape
    red, green, blue = 0, 0, 0
    for y in range(height):
        for x in range(width):
            inside = np.int64(mask[y, x])  # a factor, not a branch
            red += inside * image[y, x, 0]
            green += inside * image[y, x, 1]
            blue += inside * image[y, x, 2]
    return red, green, blue
