"""From centres, offsets and a label map to individuals: every pixel goes to the centre that its offset points at.

Cheng et al., "Panoptic-DeepLab", CVPR 2020, section 3.2: centres are the local maxima of the heat map above a
threshold; a pixel of a class of things belongs to the centre nearest to its own place plus its offset; an individual's
class is the one most of its pixels have. All of VOC's 20 classes are things.

Adapted. A centre points at itself: a local maximum that points elsewhere is none. So that individuals never contradict
the label map, pixels of another class than their individual's go to the nearest individual of their own class, and a
patch for which there is none is an individual by itself. A fragment inside another individual joins that one. And what
is smaller than SMALLEST is left out, for at this size the answers are mostly wrong, but for a patch by itself of which
the label map is SURE. The five numbers below that are not the paper's were chosen on val and val2.
"""

import numpy as np
from scipy.ndimage import binary_dilation, maximum_filter
from scipy.ndimage import label as find_patches

from seg.classes import COUNT, NAMES
from seg.compiled import compiled
from seg.labels.components import connect
from seg.models.individuals import Individual
from seg.models.postprocess import positions

WINDOW = 15  # cells: a centre is the largest within as many rows and columns; 7 in the paper, whose photos are larger
STRAY = 0.03  # of the photo's long side: how far from itself a centre may point
LEAST_HEAT = 0.1  # the paper's threshold
MOST = 200  # centres, the paper's number
NUMBERS = 255  # individuals: what a byte of `Individuals.map` tells apart
SMALLEST = 0.002  # of the photo: a centre with fewer pixels is given up, and they go to the next one
SURE = 0.5  # mean confidence
FRAGMENT = 0.3  # of an individual's largest piece: a smaller one that touches another individual goes there
EIGHT = np.ones((3, 3))  # pixels that touch at a corner belong together
UNSCORED = 0.5  # the heat of a patch without a centre


def find_centres(heat: np.ndarray) -> np.ndarray:
    """hxw heat -> Kx2 cells (row, column), hottest first.

    >>> find_centres(np.array([[0.0, 0.9, 0.2], [0.0, 0.0, 0.05]]))
    array([[0, 1]])
    """
    peaks = (heat == maximum_filter(heat, WINDOW, mode="constant")) & (heat > LEAST_HEAT)
    cells = np.argwhere(peaks)
    return cells[np.argsort(-heat[peaks], kind="stable")][:MOST]


def group(labels: np.ndarray, confidence: np.ndarray, heat: np.ndarray, offsets: np.ndarray) -> list[Individual]:
    """The individuals of a photo, most certain first.

    labels, confidence: HxW uint8 of a Prediction. heat: hxw. offsets: 2xhxw in photo pixels. First and last cells lie
    in the photo's corners. score: the heat of the centre times the mean confidence in the class.
    """
    height, width = labels.shape
    grid, offsets = heat.shape, np.ascontiguousarray(offsets, np.float32)
    steps = np.array([(height - 1) / max(1, grid[0] - 1), (width - 1) / max(1, grid[1] - 1)])
    pointing_at_itself = np.hypot(*offsets) <= STRAY * max(height, width)
    cells = find_centres(np.where(pointing_at_itself, heat, 0))
    places, heats = (cells * steps).astype(np.float32), heat[cells[:, 0], cells[:, 1]]
    lines = positions(grid[0], height, True), positions(grid[1], width, True)
    owners = np.zeros(labels.shape, np.int32)
    counts = np.zeros((len(places) + 1, COUNT), np.int64)
    kept = np.ones(len(places) + 1, bool)
    kept[0] = False
    while True:
        assign(labels, offsets, *lines[0], *lines[1], places, kept, owners, counts)
        small = kept & (counts.sum(1) < SMALLEST * labels.size)
        if not small.any():
            break
        kept &= ~small
    classes = np.where(kept, counts.argmax(1), 0)
    alone = reassign(labels, owners, classes, places)
    join_fragments(owners, classes)
    places, heats, classes = [*places], [*heats], [*classes]
    for c in np.flatnonzero(alone):
        patches, count = find_patches((labels == c) & (owners == 0), EIGHT)
        owners[patches > 0] = len(places) + patches[patches > 0]
        places += [None] * count
        heats += [UNSCORED] * count
        classes += [c] * count
    found = []
    for k, corners in boxes(owners, len(places)):
        box = slice(corners[0], corners[2]), slice(corners[1], corners[3])
        cut = owners[box] == k
        sure, place = confidence[box][cut].mean() / 255, places[k - 1]
        if cut.sum() >= SMALLEST * labels.size or (place is None and sure >= SURE):
            score = float(min(1, heats[k - 1]) * sure)
            found.append((score, int(classes[k]), (corners, cut), None if place is None else tuple(map(float, place))))
    found.sort(key=lambda each: -each[0])
    return [
        Individual(number, NAMES[class_id], class_id, score, *cut, labels.shape, place)
        for number, (score, class_id, cut, place) in enumerate(found[:NUMBERS], 1)
    ]


def join_fragments(owners: np.ndarray, classes: np.ndarray) -> None:
    """A small piece of an individual, apart from the rest of it, goes to the one of its class that it touches most, in
    place. owners: HxW, 0 nobody; classes: the class of each owner.

    >>> owners = np.array([[1, 1, 1, 1, 1, 0, 2, 2, 1]])
    >>> join_fragments(owners, np.array([0, 3, 3]))
    >>> owners
    array([[1, 1, 1, 1, 1, 0, 2, 2, 2]])
    """
    row, start, end, owner, blob = connect(owners.astype(np.uint8))
    sizes, of_blob = np.bincount(blob, end - start), np.zeros(blob.max() + 1, np.int64)
    of_blob[blob] = owner
    largest = np.zeros(len(classes))
    np.maximum.at(largest, of_blob, sizes)
    for piece in np.flatnonzero((of_blob > 0) & (sizes < FRAGMENT * largest[of_blob])):
        k, runs = of_blob[piece], np.flatnonzero(blob == piece)
        top, left = max(0, row[runs[0]] - 1), max(0, start[runs].min() - 1)
        near = owners[top : row[runs[-1]] + 2, left : end[runs].max() + 1]
        mine = np.zeros(near.shape, bool)
        for run in runs:
            mine[row[run] - top, start[run] - left : end[run] - left] = True
        beside = near[binary_dilation(mine, EIGHT) & (near != k) & (near > 0)]
        beside = beside[classes[beside] == classes[k]]
        if len(beside):
            near[mine] = np.bincount(beside).argmax()


def boxes(owners: np.ndarray, count: int) -> list[tuple[int, tuple[int, int, int, int]]]:
    """(owner, (top, left, bottom, right), bottom and right exclusive) of those of 1 to `count` that own a pixel.

    >>> boxes(np.array([[0, 3, 3], [0, 1, 0]]), 3)
    [(1, (1, 1, 2, 2)), (3, (0, 1, 1, 3))]
    """
    found = np.zeros((count + 1, 4), np.int64)
    measure(owners, found)
    return [(k, tuple(box)) for k, box in enumerate(found.tolist()) if k and box[2]]


def warm_up() -> None:
    """Compile, or load what was compiled, so that the first visitor does not wait for it."""
    labels = np.ones((9, 9), np.uint8)
    group(labels, labels, np.eye(3, dtype=np.float32), np.zeros((2, 3, 3), np.float32))


@compiled
def measure(owners, found):
    """Write found, (K+1)x4: top, left, bottom and right of each owner's pixels; all 0 where it has none."""
    for y in range(owners.shape[0]):
        end = 0
        while end < owners.shape[1]:
            start, k = end, owners[y, end]
            while end < owners.shape[1] and owners[y, end] == k:
                end += 1
            if found[k, 2] == 0:
                found[k, 0], found[k, 1] = y, start
            found[k, 1], found[k, 2], found[k, 3] = min(found[k, 1], start), y + 1, max(found[k, 3], end)


@compiled
def assign(labels, offsets, row, down, column, right, places, kept, owners, counts):
    """Give every pixel that no kept place owns to the kept one of `places` (Kx2, row and column) nearest to pixel plus
    offset: write owners, 1 + its index, 0 for background, and counts, (K+1)x21: how many pixels of each class each has.

    kept: K+1 bool, its first never. row, down, column, right: `positions`.
    """
    near, one = np.flatnonzero(kept), np.float32(1)
    to_y, to_x = np.empty(offsets.shape[2] + 1, np.float32), np.empty(offsets.shape[2] + 1, np.float32)
    for y in range(labels.shape[0]):
        i, v = row[y], down[y]
        i1 = min(i + 1, offsets.shape[1] - 1)
        for j in range(offsets.shape[2]):  # between the cells above and below this row of pixels
            to_y[j] = offsets[0, i, j] * (one - v) + offsets[0, i1, j] * v + np.float32(y)
            to_x[j] = offsets[1, i, j] * (one - v) + offsets[1, i1, j] * v
        to_y[-1], to_x[-1] = to_y[-2], to_x[-2]  # the last pixel lies on the last cell
        for x in range(labels.shape[1]):
            c, before = labels[y, x], owners[y, x]
            if c == 0 or kept[before]:
                continue
            j, u = column[x], right[x]
            my_y = to_y[j] * (one - u) + to_y[j + 1] * u
            my_x = to_x[j] * (one - u) + to_x[j + 1] * u + np.float32(x)
            best, nearest = np.float32(np.inf), 0
            for k in near:
                dy, dx = places[k - 1, 0] - my_y, places[k - 1, 1] - my_x
                distance = dy * dy + dx * dx
                if distance < best:
                    best, nearest = distance, k
            owners[y, x] = nearest
            if before:
                counts[before, c] -= 1
            counts[nearest, c] += 1


@compiled
def reassign(labels, owners, classes, places):
    """Pixels whose label is not their owner's class: to the nearest place of that class, in place; 0 where none is.
    How many of each class have none."""
    alone = np.zeros(COUNT, np.int64)
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            c = labels[y, x]
            if c == 0 or classes[owners[y, x]] == c:
                continue
            best, nearest = np.float32(np.inf), 0
            for k in range(len(places)):
                if classes[k + 1] != c:
                    continue
                dy, dx = places[k, 0] - np.float32(y), places[k, 1] - np.float32(x)
                distance = dy * dy + dx * dx
                if distance < best:
                    best, nearest = distance, k + 1
            owners[y, x] = nearest
            alone[c] += nearest == 0
    return alone
