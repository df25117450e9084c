"""Individuals in a photo: which pixels belong to the first person, which to the second. All networks that find them
answer with these.

    found = load_predictor("bundled").individuals(photo)      # Panoptic-DeepLab's head on the page's own trunk
    found[0].name, found[0].score, found[0].mask              # most certain first
    found.map()                                               # HxW uint8: 0 nobody, 1 the first, 2 the second ...
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Individual:
    """One individual in a photo of HxW pixels.

    number    1, 2, ...: most certain first
    name      its class in VOC's words where VOC has it, else in COCO's (Mask R-CNN alone knows others)
    class_id  among the 21 classes; None: VOC does not have it
    score     0 to 1, how sure the network is
    box       (top, left, bottom, right) in pixels of the photo, bottom and right exclusive
    cut       bool, the size of the box: the pixels of the box that are it
    size      (H, W) of the photo
    centre    (row, column) in the photo, what its pixels point at; None: found another way than by centres
    """

    number: int
    name: str
    class_id: int | None
    score: float
    box: tuple[int, int, int, int]
    cut: np.ndarray = field(repr=False)
    size: tuple[int, int]
    centre: tuple[float, float] | None = None

    @property
    def mask(self) -> np.ndarray:
        """HxW bool."""
        top, left, bottom, right = self.box
        mask = np.zeros(self.size, bool)
        mask[top:bottom, left:right] = self.cut
        return mask

    @property
    def pixels(self) -> int:
        return int(self.cut.sum())


@dataclass(frozen=True, eq=False)
class Individuals(Sequence):
    """The individuals of one photo of HxW pixels, most certain first; and, as in `Prediction`, how they were found.

    offsets   2xhxw float16, rows and columns in photo pixels from a cell of the scores' grid to the centre it belongs
              to; None: found another way than by centres
    """

    height: int
    width: int
    individuals: tuple[Individual, ...]
    milliseconds: float
    device: str
    model: str
    note: str = ""
    offsets: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.individuals)

    def __getitem__(self, i):
        return self.individuals[i]

    def map(self) -> np.ndarray:
        """HxW uint8: 0 where nobody is, else the number of the individual; of two that overlap, the more certain."""
        ids = np.zeros((self.height, self.width), np.uint8)
        for one in reversed(self.individuals):
            top, left, bottom, right = one.box
            ids[top:bottom, left:right][one.cut] = one.number
        return ids


def cut_out(mask: np.ndarray) -> tuple[tuple[int, int, int, int], np.ndarray] | None:
    """HxW bool -> (its box, a copy of the part inside); None where it is empty.

    >>> cut_out(np.array([[0, 0, 0], [0, 1, 1]], bool))
    ((1, 1, 2, 3), array([[ True,  True]]))
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    top, left, bottom, right = (int(n) for n in (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1))
    return (top, left, bottom, right), mask[top:bottom, left:right].copy()
