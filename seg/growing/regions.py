"""Region growing: start at a seed, let neighbours join while they look alike. How it was done before networks.

    from seg.growing.regions import grow
    grow(image, seed=(row, col), threshold=tau, rule="seed").mask

Neighbours are the four pixels above, below, left and right. Distance is Euclidean in RGB: 0 to sqrt(3) 255 = 441.7.
Two rules say distance to what: to the seed's own colour ("seed"), or to the mean colour of the region so far ("mean").
The queue and the similarity test are Adams and Bischof, "Seeded region growing", PAMI 1994, without their sorted list.

For the seed rule one more computation answers every threshold at once (`joining_cost`): a pixel joins at the smallest
tau for which some path from the seed to it stays within tau all along, a minimax path.
"""

import math
import operator
from dataclasses import dataclass, field

import numpy as np

from seg.compiled import compiled

RULES = ("seed", "mean")
MAX_SQUARED = 3 * 255**2  # 195,075: black to white
MAX_THRESHOLD = 442  # the first whole tau at which every pixel is similar


@dataclass(frozen=True, eq=False)
class Region:
    """What grew from a seed."""

    mask: np.ndarray = field(repr=False)  # HxW bool
    arrival: np.ndarray = field(repr=False)  # HxW int32: 0 for the seed, 1 for the first to join, ...; -1 outside
    area: int  # pixels
    mean_rgb: tuple[float, float, float]  # 0 to 255


def grow(image, seed: tuple[int, int], threshold: float, rule: str = "seed") -> Region:
    """The region that grows from `seed` while neighbours are at most `threshold` away in RGB.

    image: HxWx3 uint8 RGB. seed: (row, col), whole numbers from 0. threshold: tau, 0 or more.

    Both rules are one queue that starts with the seed. A pixel is popped, its neighbours are tried in the order up,
    down, left, right, and a neighbour that is not in the region joins, at the end of the queue, when
    - rule "seed": its distance to the seed's colour is at most tau;
    - rule "mean": its distance to the region's current mean is at most tau. The mean is updated as it joins.
    A pixel that was turned down may be tried again from another neighbour; under "mean" it may then be let in.

    Arithmetic: the seed rule's squared distances are whole numbers, exact. The mean is the exact sums of red, green and
    blue divided by the area in double precision, and so are squares and root; `sqrt(d2) <= tau` decides in both.

    O(pixels) time for the seed rule, O(pixels) memory for both. The mean rule tries each pixel at most four times.

    Raises ValueError for an image of another kind, a seed outside it, a threshold that is negative or not finite, and
    an unknown rule.

    >>> image = np.zeros((1, 4, 3), np.uint8)
    >>> image[0, :, 0] = 10, 14, 18, 60
    >>> grow(image, (0, 0), 4).arrival, grow(image, (0, 0), 6, "mean").arrival    # 18 is 6 from the mean of 10 and 14
    (array([[ 0,  1, -1, -1]], dtype=int32), array([[ 0,  1,  2, -1]], dtype=int32))
    """
    image, row, col = check_seed(image, seed)
    tau = check_threshold(threshold)
    if rule not in RULES:
        raise ValueError(f'rule must be "seed" or "mean", got {rule!r}')
    if rule == "seed":
        arrival, mask, area, sums = _grow_from_seed(image, row, col, int(squared_reach(tau)))
    else:
        arrival, mask, area, sums = _grow_from_mean(image, row, col, tau)
    red, green, blue = (float(total / area) for total in sums)
    return Region(mask, arrival, int(area), (red, green, blue))


def joining_cost(image, seed: tuple[int, int]) -> np.ndarray:
    """The seed rule for all thresholds at once: HxW uint32, the square of the smallest tau at which each pixel joins.

    Arguments and errors as `grow`. The square is kept because it is a whole number: `np.sqrt(cost) <= tau` is
    `grow(image, seed, tau).mask` for every tau, to the last bit, and so is `Math.sqrt(cost) <= tau` in a browser.

    Levels are visited upwards, a bucket each. A pixel first touched at level L costs max(L, its own squared distance)
    and never less later, so each pixel is handled once: O(pixels + 195,075) time and memory.

    >>> image = np.zeros((1, 4, 3), np.uint8)
    >>> image[0, :, 0] = 10, 14, 11, 15
    >>> joining_cost(image, (0, 0))          # 11 lies behind 14
    array([[ 0, 16, 16, 25]], dtype=uint32)
    """
    return _flood_by_level(*check_seed(image, seed))


def joining_tau(image, seed: tuple[int, int]) -> np.ndarray:
    """The smallest tau at which each pixel joins under the seed rule: HxW float32, 0 to 441.7; the seed itself is 0.

    The root of `joining_cost`, rounded up where float32 cannot hold it. So `joining_tau <= tau` is
    `grow(image, seed, tau).mask` for every tau that a float32 holds, all of a slider's steps included, and a pixel's
    own value always lets it in. Rounding up also makes `np.ceil` of it exact for whole taus.
    """
    exact = np.sqrt(joining_cost(image, seed), dtype=np.float64)
    rounded = exact.astype(np.float32)
    return np.where(rounded < exact, np.nextafter(rounded, np.float32(np.inf)), rounded)


def squared_reach(tau):
    """The largest squared distance within `tau`: the largest whole n of at most 195,075 with sqrt(n) <= tau. int64.

    Takes numbers or arrays of 0 or more. The root is compared, not the square, so that tau = sqrt(3) reaches 3 although
    sqrt(3) squared is 2.9999999999999996 in double precision.

    >>> int(squared_reach(5)), int(squared_reach(3**0.5)), int(squared_reach(1e9))
    (25, 3, 195075)
    """
    tau = np.minimum(np.asarray(tau, np.float64), MAX_THRESHOLD)
    n = np.floor(tau * tau)
    n = n - (np.sqrt(n) > tau)
    n = n + (np.sqrt(n + 1) <= tau)
    return np.minimum(n, MAX_SQUARED).astype(np.int64)


def check_seed(image, seed) -> tuple[np.ndarray, int, int]:
    """The image as a contiguous HxWx3 uint8 array, and the seed's row and column. Raises ValueError."""
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"image must be HxWx3 uint8 RGB, got {'x'.join(map(str, image.shape))} {image.dtype}")
    height, width = image.shape[:2]
    try:
        row, col = map(operator.index, seed)
    except (TypeError, ValueError):
        raise ValueError(f"seed must be two whole numbers (row, col), got {seed!r}") from None
    if not (0 <= row < height and 0 <= col < width):
        raise ValueError(
            f"seed must lie in the image, rows 0 to {height - 1} and columns 0 to {width - 1}, got ({row}, {col})"
        )
    return np.ascontiguousarray(image), row, col


def check_threshold(threshold) -> float:
    """The threshold as a float. Raises ValueError unless it is a finite number of 0 or more."""
    try:
        tau = float(threshold)
    except (TypeError, ValueError, OverflowError):
        tau = math.nan
    if not (math.isfinite(tau) and tau >= 0):
        raise ValueError(f"threshold must be a finite number of 0 or more, got {threshold!r}")
    return tau


def warm_up() -> None:
    """Compile, or load from disk, both rules and the all-thresholds answer, so that the first click does not wait."""
    image = np.zeros((2, 2, 3), np.uint8)
    for rule in RULES:
        grow(image, (0, 0), 1, rule)
    joining_cost(image, (0, 0))


# -- the loops. Images get a border of one pixel that nothing can enter, so that no neighbour needs a bounds check:
#    flat index = (row + 1) * stride + col + 1, with stride = width + 2. int32 is spelled out where it lets the compiler
#    handle many pixels at a time


@compiled
def _grow_from_seed(image, row, col, reach):
    height, width = image.shape[:2]
    stride = width + 2
    red, green, blue = np.int32(image[row, col, 0]), np.int32(image[row, col, 1]), np.int32(image[row, col, 2])
    limit = np.int32(reach)
    arrival = np.full((height + 2) * stride, -1, np.int32)  # -1 closed, -2 similar and not in yet, else arrival
    for y in range(height):
        offset = (y + 1) * stride + 1
        for x in range(width):
            r = np.int32(np.int32(image[y, x, 0]) - red)
            g = np.int32(np.int32(image[y, x, 1]) - green)
            b = np.int32(np.int32(image[y, x, 2]) - blue)
            arrival[offset + x] = -1 - np.int32(np.int32(r * r + g * g + b * b) <= limit)
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
    return _unpad(image, arrival, area)


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
    return _unpad(image, arrival, area)


@compiled
def _unpad(image, padded, area):
    height, width = image.shape[:2]
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
    red, green, blue = 0, 0, 0
    for y in range(height):
        for x in range(width):
            inside = np.int64(mask[y, x])  # a factor, not a branch
            red += inside * image[y, x, 0]
            green += inside * image[y, x, 1]
            blue += inside * image[y, x, 2]
    return arrival, mask, area, (red, green, blue)


@compiled
def _flood_by_level(image, row, col):
    height, width = image.shape[:2]
    stride = width + 2
    red, green, blue = np.int32(image[row, col, 0]), np.int32(image[row, col, 1]), np.int32(image[row, col, 2])
    cost = np.zeros((height + 2) * stride, np.int32)  # final cost, or -1 - squared distance while untouched
    for y in range(height):
        offset = (y + 1) * stride + 1
        for x in range(width):
            r = np.int32(np.int32(image[y, x, 0]) - red)
            g = np.int32(np.int32(image[y, x, 1]) - green)
            b = np.int32(np.int32(image[y, x, 2]) - blue)
            cost[offset + x] = -1 - np.int32(r * r + g * g + b * b)
    bucket = np.full(MAX_SQUARED + 1, -1, np.int32)  # per level, the last pixel that waits for it
    waiting = np.empty((height + 2) * stride, np.int32)  # per pixel, the one that waits before it
    stack = np.empty(height * width, np.int32)
    seed = (row + 1) * stride + col + 1
    cost[seed] = 0
    bucket[0] = seed
    waiting[seed] = -1
    left = height * width
    level = 0
    while left > 0:
        depth = 0
        here = bucket[level]
        while here >= 0:
            stack[depth] = here
            depth += 1
            here = waiting[here]
        while depth > 0:
            depth -= 1
            here = stack[depth]
            left -= 1
            for step in (-stride, stride, -1, 1):
                near = here + step
                if cost[near] >= 0:
                    continue
                squared = -1 - cost[near]
                if squared <= level:
                    cost[near] = level
                    stack[depth] = near
                    depth += 1
                else:
                    cost[near] = squared
                    waiting[near] = bucket[squared]
                    bucket[squared] = near
        level += 1
    squares = np.empty((height, width), np.uint32)
    for y in range(height):
        offset = (y + 1) * stride + 1
        squares[y] = cost[offset : offset + width]
    return squares
