"""Random training crops from the files `prepare.py` wrote: which photo, which part of it, at what scale."""

import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import IterableDataset

from seg.classes import COUNT, IGNORE
from seg.network import SCORE_STRIDE
from seg.training.prepare import TEACHER_CELLS, TEACHER_SIDE

GREY = 127  # what lies outside the photo: the network's own zero


class Crops(IterableDataset):
    """Endless batches of crops; each is a dict of tensors, B photos of one class-balanced draw:

    image    Bx3xSxS uint8 RGB
    labels   Bxhxh int64 at the score stride, h = (S-1)/4+1: class ids, 255 where nobody knows
    inside   Bxhxh bool: the cell lies on the photo, not on its grey surround
    human    B bool: a person drew the labels
    teacher  Bx21x33x33 uint8 logits on the teacher's grid, and
    grid     Bxhxhx2 float32: where on that grid each cell lies, as `grid_sample` wants it
    """

    def __init__(
        self, folder: Path, side: int, batch: int, long_sides: tuple[int, int], seed: int = 0, human_weight: float = 2.0
    ):
        if (side - 1) % 16:
            raise ValueError(f"a crop's side must be of the form 16k+1, got {side}: use 257, 321 or 385")
        self.side, self.batch, self.long_sides, self.seed = side, batch, long_sides, seed
        self.pixels = np.load(folder / "pixels.npy", mmap_mode="r")
        self.labels = np.load(folder / "labels.npy", mmap_mode="r")
        index = np.load(folder / "index.npz")
        self.start, self.height, self.width, self.human = (index[k] for k in ("start", "height", "width", "human"))
        path = folder / "teacher.npy"
        self.teacher = np.load(path, mmap_mode="r") if path.exists() else None
        # Draw a class, then a photo holding it; photos of nothing but background count as one class.
        present = index["present"].copy()
        present[:, 0] = ~present[:, 1:].any(1)
        weight = np.where(self.human, human_weight, 1.0)
        self.chances = [present[:, c] * weight for c in range(COUNT) if present[:, c].any()]
        self.chances = [chance / chance.sum() for chance in self.chances]

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        while True:
            crops = [self._crop(self._draw(rng), rng) for _ in range(self.batch)]
            yield {name: torch.from_numpy(np.stack([crop[name] for crop in crops])) for name in crops[0]}

    def _draw(self, rng) -> int:
        return int(rng.choice(len(self.start), p=self.chances[rng.integers(len(self.chances))]))

    def _crop(self, photo: int, rng) -> dict[str, np.ndarray]:
        height, width, start = self.height[photo], self.width[photo], self.start[photo]
        image = Image.fromarray(self.pixels[start : start + height * width].reshape(height, width, 3))
        labels = Image.fromarray(self.labels[start : start + height * width].reshape(height, width))
        # Log-uniform scale, then a slight change of aspect; a crop is placed anywhere it overlaps the photo well.
        low, high = (math.log(side / max(height, width)) for side in self.long_sides)
        scale = math.exp(rng.uniform(low, high))
        stretch = math.exp(rng.uniform(-0.1, 0.1))
        tall, wide = max(2, round(height * scale * stretch)), max(2, round(width * scale / stretch))
        top, left = (self._offset(size, rng) for size in (tall, wide))
        rows, columns = slice(max(0, top), min(tall, top + self.side)), slice(max(0, left), min(wide, left + self.side))
        box = (columns.start / wide * width, rows.start / tall * height, columns.stop / wide * width,
               rows.stop / tall * height)  # fmt: skip
        size = columns.stop - columns.start, rows.stop - rows.start
        place = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
        canvas = np.full((self.side, self.side, 3), GREY, np.uint8)
        canvas[place] = _jitter(np.asarray(image.resize(size, Image.BILINEAR, box)), rng)
        marks = np.full((self.side, self.side), IGNORE, np.uint8)
        marks[place] = np.asarray(labels.resize(size, Image.NEAREST, box))
        inside = np.zeros((self.side, self.side), bool)
        inside[place] = True
        # Cells' places on the teacher's grid, -1 to 1 over its 33x33 cells (align_corners=True).
        cells = np.arange(0, self.side, SCORE_STRIDE, dtype=np.float32)
        unit = TEACHER_SIDE / max(height, width) / (TEACHER_SIDE - 1) * 2
        across, down = (cells + left + 0.5) / wide * width * unit - 1, (cells + top + 0.5) / tall * height * unit - 1
        grid = np.stack(np.meshgrid(across, down), -1).astype(np.float32)
        if rng.random() < 0.5:
            canvas, marks, inside, grid = canvas[:, ::-1], marks[:, ::-1], inside[:, ::-1], grid[:, ::-1]
        crop = {
            "image": np.ascontiguousarray(canvas.transpose(2, 0, 1)),
            "labels": marks[::SCORE_STRIDE, ::SCORE_STRIDE].astype(np.int64),
            "inside": np.ascontiguousarray(inside[::SCORE_STRIDE, ::SCORE_STRIDE]),
            "human": np.array(self.human[photo]),
        }
        if self.teacher is not None:
            crop["teacher"] = np.ascontiguousarray(self.teacher[photo].transpose(2, 0, 1))
            crop["grid"] = np.ascontiguousarray(grid)
        return crop

    def _offset(self, size: int, rng) -> int:
        """First row (or column) of the crop in the scaled photo; a small photo lies anywhere in the crop."""
        slack = size - self.side
        return int(rng.integers(min(0, slack), max(0, slack) + 1))


def _jitter(pixels: np.ndarray, rng) -> np.ndarray:
    """Contrast, brightness and each channel's gain, changed a little; sometimes grey."""
    gain = rng.uniform(0.75, 1.25) * rng.uniform(0.93, 1.07, 3)
    table = np.clip((np.arange(256)[:, None] - 127.5) * gain + 127.5 + rng.uniform(-25, 25), 0, 255).astype(np.uint8)
    if rng.random() < 0.08:
        pixels = np.repeat(pixels.mean(2, keepdims=True).astype(np.uint8), 3, 2)
    return np.stack([table[:, c][pixels[..., c]] for c in range(3)], -1)


def teacher_chances(batch: dict[str, Tensor], unit: float) -> Tensor:
    """Bx21xhxh softmax of the teacher's logits at the crop's cells."""
    assert batch["teacher"].shape[2:] == (TEACHER_CELLS, TEACHER_CELLS)
    logits = torch.nn.functional.grid_sample(
        batch["teacher"].float() * unit, batch["grid"], align_corners=True, padding_mode="border"
    )
    return logits.softmax(1)
