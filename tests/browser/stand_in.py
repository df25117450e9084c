"""Weights whose answer is known, for networks whose published weights cannot be part of a test."""

import hashlib
from pathlib import Path

import torch
from torch import nn

from seg.classes import COUNT
from seg.models.registry import ZOO


def write_weights(name: str, folder: Path, answer: int) -> dict:
    """Weights of a zoo entry that call every pixel `answer`, in half precision: {name, file, sha256, megabytes}.

    All are 0 but one bias of the last convolution: the network runs as it always does, and what it says is known.
    """
    with torch.device("meta"):
        network = ZOO[name].build()
    state = {key: torch.zeros(value.shape, dtype=torch.half) for key, value in network.state_dict().items()}
    for key, part in network.named_modules():
        if isinstance(part, nn.Conv2d) and part.out_channels == COUNT:
            state[f"{key}.bias"][answer] = 4
    path = folder / "weights.pth"
    torch.save(state, path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    path = path.rename(folder / f"{name}-{sha256}.pth")
    return {"name": name, "file": path.name, "sha256": sha256, "megabytes": path.stat().st_size / 1e6}
