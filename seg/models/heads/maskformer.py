"""MaskFormer: a handful of queries, each of which gives one mask and one class for all of it.

Cheng, Schwing and Kirillov, "Per-Pixel Classification is Not All You Need for Semantic Segmentation", NeurIPS 2021,
section 3. Adapted to this trunk: 24 queries of 64 channels in three layers, where the paper has 100 of 256 in six, and
background is one of the classes.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from seg.classes import COUNT
from seg.models.trunk import DEEP_CHANNELS, FINE_CHANNELS, MIDDLE_CHANNELS, Features, conv_bn, resized

QUERIES, HIDDEN, LAYERS = 24, 64, 3
NOTHING = COUNT  # the class of a query that found nothing


class Masks(NamedTuple):
    """What the queries say of B photos.

    classes  BxQx22 logits: the 21 classes, then "nothing"
    masks    BxQxhxw logits at stride 4; the sigmoid is how much a cell belongs to the query's mask
    """

    classes: Tensor
    masks: Tensor


class Layer(nn.Module):
    """Queries look at the photo's cells, then at each other, then think for themselves (section 3.3)."""

    def __init__(self):
        super().__init__()
        self.look = nn.MultiheadAttention(HIDDEN, 4, batch_first=True)
        self.talk = nn.MultiheadAttention(HIDDEN, 4, batch_first=True)
        self.think = nn.Sequential(nn.Linear(HIDDEN, 4 * HIDDEN), nn.ReLU(), nn.Linear(4 * HIDDEN, HIDDEN))
        self.norms = nn.ModuleList(nn.LayerNorm(HIDDEN) for _ in range(3))

    def forward(self, queries: Tensor, cells: Tensor, places: Tensor) -> Tensor:
        looked = self.look(queries, cells + places, cells, need_weights=False)[0]
        queries = self.norms[0](queries + looked)
        queries = self.norms[1](queries + self.talk(queries, queries, queries, need_weights=False)[0])
        return self.norms[2](queries + self.think(queries))


class Head(nn.Module):
    """Features -> Bx21xhxw logits at stride 4: the logarithm of `semantic` of its masks."""

    def __init__(self):
        super().__init__()
        self.deep = conv_bn(DEEP_CHANNELS, HIDDEN)
        self.context = conv_bn(HIDDEN, HIDDEN, 3)
        self.middle, self.fine = conv_bn(MIDDLE_CHANNELS, HIDDEN, act=False), conv_bn(FINE_CHANNELS, HIDDEN, act=False)
        self.embed = nn.Sequential(conv_bn(HIDDEN, HIDDEN, 3, depthwise=True), nn.Conv2d(HIDDEN, HIDDEN, 1))
        self.queries = nn.Parameter(torch.randn(QUERIES, HIDDEN))
        self.place = nn.Sequential(nn.Linear(2, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN))
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.classify = nn.Linear(HIDDEN, COUNT + 1)
        self.point = nn.Sequential(nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN))

    def masks(self, features: Features) -> list[Masks]:
        """What the queries say after each layer; the last is the answer, the others help to train."""
        deep = self.context(self.deep(features.deep))
        pixels = deep
        for finer in (self.middle(features.middle), self.fine(features.fine)):
            pixels = resized(pixels, finer.shape[2:]) + finer
        pixels = self.embed(pixels)
        cells, places = deep.flatten(2).transpose(1, 2), self.place(grid(*deep.shape[2:]).to(deep))
        queries, said = self.queries.expand(deep.shape[0], -1, -1), []
        for layer in self.layers:
            queries = layer(queries, cells, places)
            masks = torch.einsum("bqc,bchw->bqhw", self.point(queries), pixels) / HIDDEN**0.5
            said.append(Masks(self.classify(queries), masks))
        return said

    def forward(self, features: Features) -> Tensor:
        return semantic(self.masks(features)[-1]).clamp(min=1e-4).log()


def semantic(said: Masks) -> Tensor:
    """Semantic inference (section 3.4): the score of class c at a cell is sum over q of p_q(c) m_q(cell). Bx21xhxw."""
    return torch.einsum("bqc,bqhw->bchw", said.classes.softmax(-1)[..., :NOTHING], said.masks.sigmoid())


def grid(rows: int, columns: int) -> Tensor:
    """(rows x columns)x2: how far down and across each cell lies, -1 to 1."""
    down, across = torch.linspace(-1, 1, rows)[:, None], torch.linspace(-1, 1, columns)[None]
    return torch.stack([down.expand(rows, columns), across.expand(rows, columns)], 2).flatten(0, 1)
