"""Scores to labels the plain way: all scores at full size, in float64."""

import numpy as np
import torch
import torch.nn.functional as F


def full_scores(scores: np.ndarray, height: int, width: int, align_corners: bool = True) -> torch.Tensor:
    """21xhxw logits -> 21xHxW float64."""
    grid = torch.from_numpy(np.asarray(scores)).double()[None]
    return F.interpolate(grid, size=(height, width), mode="bilinear", align_corners=align_corners)[0]


def scores_to_labels(
    scores: np.ndarray, height: int, width: int, align_corners: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """As `seg.models.postprocess.scores_to_labels`, but for the confidence: HxW float64, 0 to 255, not rounded."""
    chance, winner = full_scores(scores, height, width, align_corners).softmax(0).max(0)
    return winner.numpy().astype(np.uint8), 255 * chance.numpy()


def torch_scores_to_labels(
    scores: np.ndarray, height: int, width: int, align_corners: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """As `seg.models.postprocess.scores_to_labels`, in torch: the way to be timed beside it. Works in bands of rows,
    so that the full scores (66 MB for a photo of 1024x768) never exist at once."""
    labels, confidence = np.empty((2, height, width), np.uint8)
    grid = torch.from_numpy(np.asarray(scores)).float()
    points = grid.shape[1]
    wide = F.interpolate(grid[None], size=(points, width), mode="bilinear", align_corners=align_corners)[0]
    place = torch.arange(height, dtype=torch.float32)
    if align_corners:
        place = place * ((points - 1) / max(1, height - 1))
    else:
        place = ((place + 0.5) * (points / height) - 0.5).clamp(0, points - 1)
    upper = place.floor().long().clamp(max=max(0, points - 2))
    lower = (upper + 1).clamp(max=points - 1)
    part = (place - upper)[None, :, None]
    for top in range(0, height, 32):
        band = slice(top, min(height, top + 32))
        full = torch.lerp(wide[:, upper[band]], wide[:, lower[band]], part[:, band])
        best, winner = full.max(0)
        chance = 1 / (full - best).exp_().sum(0)
        labels[band], confidence[band] = winner.numpy(), (chance * 255).round_().numpy()
    return labels, confidence
