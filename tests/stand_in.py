"""Weights to stand in for the published ones: torchvision's own networks, random but calibrated, saved as published.

Random weights would say next to nothing: after fifty layers all scores are equal or overflow. So every batch norm takes
the statistics of a few made-up photos, and the last layer is widened until the scores differ clearly.
"""

import dataclasses
import hashlib
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import get_model

from seg.classes import COUNT
from seg.models.registry import INSTANCES, Entry
from seg.models.torchvision import SemanticNetwork


def made_up_photos(count: int) -> torch.Tensor:
    """count x 3 x 64 x 64, about mean 0 and deviation 1: soft shapes, each photo with a brightness of its own."""
    shapes = F.interpolate(torch.randn(count, 3, 7, 7), size=64, mode="bilinear")
    return shapes + 0.7 * torch.randn(count, 3, 1, 1) + 0.2 * torch.randn(count, 3, 64, 64)


def torchvision_model(name: str, photos: torch.Tensor | None = None) -> nn.Module:
    """torchvision's own network with random weights, its auxiliary head included where the published file has one.

    photos: Bx3xHxW, normalised: those whose scores are to differ clearly; None: made-up ones.
    """
    torch.manual_seed(0)
    aux = {} if name.startswith("lraspp") else {"aux_loss": True}
    model = get_model(name, weights=None, weights_backbone=None, num_classes=COUNT, **aux)
    norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0  # the next batch's statistics, whole
    with torch.inference_mode():
        model.train()(made_up_photos(3))
        model.eval()
        scale = 4 / model(made_up_photos(3) if photos is None else photos)["out"].std()
        for part in model.classifier.modules():
            if isinstance(part, nn.Conv2d) and part.out_channels == COUNT:
                part.weight *= scale
                part.bias *= scale
    return model


def saved(entry: Entry, model: nn.Module, folder: Path) -> tuple[Entry, Path]:
    """The model's state dict in a file of the published name, and the entry with that file's hash in its place."""
    path = folder / entry.weights.name
    torch.save(model.state_dict(), path)
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return dataclasses.replace(entry, sha256=digest[:8]), path


class StandIn(Entry):
    """An entry that loads calibrated random weights where the published ones are not here: for times only."""

    def load(self) -> nn.Module:
        if self.ready:
            return super().load()
        if self.name in INSTANCES:
            return self.build().eval()
        return SemanticNetwork(torchvision_model(self.name)).eval()


def stand_in(entry: Entry, **changes) -> StandIn:
    """The entry as a StandIn, with some fields changed."""
    fields = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
    return StandIn(**fields | changes)
