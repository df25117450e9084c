"""Specks: patches of a network's answer that are too small to mean anything."""

import numpy as np

from seg.labels.components import find_blobs

SHARE = 0.0002  # of the photo: 157 pixels of 1024 x 768
NEIGHBOURS = ((-1, 0), (1, 0), (0, -1), (0, 1))


def absorb_specks(labels: np.ndarray, share: float = SHARE) -> np.ndarray:
    """HxW uint8 labels with every speck gone: a blob (8-connected, of one label) of fewer than share x H x W pixels.

    A speck takes the label around it: the most frequent one among the pixels next to it, left, right, above and below,
    that are in no speck themselves; of equally frequent ones the smallest id. A speck that touches only specks waits
    until one of those has its label. Returns `labels` itself where there is nothing to do, or nothing but specks.

    >>> absorb_specks(np.array([[0, 0, 0], [0, 8, 0], [0, 0, 0]], np.uint8), share=0.2).tolist()
    [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
    """
    row, start, end, _, blob = find_blobs(labels)
    small = np.bincount(blob, end - start) < share * labels.size
    if not small.any() or small.all():
        return labels
    in_speck = small[blob]
    row, start, length, blob = row[in_speck], start[in_speck], (end - start)[in_speck], blob[in_speck]
    rows, ids = np.repeat(row, length), np.repeat(blob, length)
    columns = np.arange(len(rows)) - np.repeat(np.cumsum(length) - length, length) + np.repeat(start, length)
    found, waiting = labels.copy(), np.zeros(labels.shape, bool)
    waiting[rows, columns] = True
    while len(rows):
        votes = np.zeros((len(small), 256), np.int32)
        for down, right in NEIGHBOURS:
            r, c = rows + down, columns + right
            inside = (r >= 0) & (r < labels.shape[0]) & (c >= 0) & (c < labels.shape[1])
            r, c, voters = r[inside], c[inside], ids[inside]
            settled = ~waiting[r, c]
            np.add.at(votes, (voters[settled], found[r[settled], c[settled]]), 1)
        known = votes.any(1)[ids]
        found[rows[known], columns[known]] = votes.argmax(1)[ids[known]]
        waiting[rows[known], columns[known]] = False
        rows, columns, ids = rows[~known], columns[~known], ids[~known]
    return found
