"""Panoptic quality, slowly: one boolean mask per individual, every pair compared."""

import numpy as np

from seg.classes import COUNT, IGNORE


def plain_counts(truth, truth_classes, predicted, predicted_classes) -> dict[str, list[float]]:
    """Kirillov et al. 2019, section 4.1, word for word: lists of 21 numbers by the names of `PanopticCounts`."""
    void = truth == IGNORE
    true_masks = {i: truth == i for i in np.unique(truth).tolist() if i not in (0, IGNORE)}
    masks = {i: predicted == i for i in np.unique(predicted).tolist() if i}
    names = ("matched", "overlap", "missed", "invented", "photos", "miscounted", "individuals")
    counts = {name: [0.0] * COUNT for name in names}
    for c in range(1, COUNT):
        true_ones = [mask for i, mask in true_masks.items() if truth_classes[i] == c]
        ones = [mask for i, mask in masks.items() if predicted_classes[i] == c]
        matched = set()
        for true_one in true_ones:
            partners = 0
            for k, one in enumerate(ones):
                one = one & ~void
                iou = (one & true_one).sum() / (one | true_one).sum()
                if iou > 0.5:
                    partners += 1
                    matched.add(k)
                    counts["matched"][c] += 1
                    counts["overlap"][c] += iou
            assert partners <= 1
            counts["missed"][c] += not partners
        kept = [k for k, one in enumerate(ones) if k in matched or (one & void).sum() <= 0.5 * one.sum()]
        counts["invented"][c] = len(kept) - len(matched)
        counts["individuals"][c] = len(true_ones)
        if true_ones:
            counts["photos"][c] = 1
            counts["miscounted"][c] = abs(len(kept) - len(true_ones))
    return counts
