"""Weights whose answer is known, for networks whose published weights cannot be part of a test."""

import hashlib
from pathlib import Path

import torch
from torch import nn

from seg.classes import COUNT
from seg.models.registry import ZOO


def write_weights(name: str, folder: Path, answer: int) -> dict:
    """Weights of a zoo entry that call every pixel `answer`, in half precision: {name, file, sha256, megabytes}.

    The last convolution has no weights and one bias: the network runs as it always does, and what it says is known.
    """
    torch.manual_seed(answer)
    network = ZOO[name].build()
    for part in network.modules():
        if isinstance(part, nn.Conv2d) and part.out_channels == COUNT:
            nn.init.zeros_(part.weight)
            nn.init.zeros_(part.bias)
            part.bias.data[answer] = 4
    path = folder / "weights.pth"
    torch.save({key: value.half() for key, value in network.state_dict().items()}, path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    path = path.rename(folder / f"{name}-{sha256}.pth")
    return {"name": name, "file": path.name, "sha256": sha256, "megabytes": path.stat().st_size / 1e6}
