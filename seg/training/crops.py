"""Random training crops from the files `prepare.py` wrote: which photo, which part of it, at what scale."""

import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import IterableDataset

from seg.classes import COUNT
from seg.models.heads.deeplab import SCORE_STRIDE
from seg.models.trunk import OUTPUT_STRIDE
from seg.training.prepare import LABELLERS, TEACHER_CELLS, TEACHER_SIDE

GREY = 127  # what lies outside the photo: the network's own zero
PERSON = 15
PERSON_WEIGHT = 3.0  # people are drawn this many times as often as any other class
RARE = (4, 5, 9, 16, 20)  # boat, bottle, chair, potted plant, TV: whole objects of these are pasted into crops


class Crops(IterableDataset):
    """Endless batches of crops; each is a dict of tensors, B photos of one class-balanced draw:

    image      Bx3xSxS uint8 RGB
    labels     Bxhxh int64 at the score stride, h = (S-1)/4+1: class ids, 255 where nobody knows
    inside     Bxhxh bool: the cell lies on the photo, not on its grey surround
    pasted     Bxhxh bool: the cell lies on an object pasted from another photo, where the teacher knows nothing
    labels_by  B uint8: who drew the labels, an index of `LABELLERS`
    teacher    Bx21x33x33 uint8 logits on the teacher's grid,
    features   Bx256x33x33 uint8 likewise, and
    grid       Bxhxhx2 float32: where on that grid each cell lies, as `grid_sample` wants it
    """

    def __init__(
        self,
        folder: Path,
        side: int,
        batch: int,
        long_sides: tuple[int, int],
        seed: int = 0,
        human_weight: float = 2.0,
        paste: float = 0.0,
        human_only: bool = False,
    ):
        if (side - 1) % OUTPUT_STRIDE:
            raise ValueError(f"a crop's side must be of the form 16k+1, got {side}: use 257, 321 or 385")
        self.side, self.batch, self.long_sides, self.seed, self.paste = side, batch, long_sides, seed, paste
        self.pixels = np.load(folder / "pixels.npy", mmap_mode="r")
        self.labels = np.load(folder / "labels.npy", mmap_mode="r")
        index = np.load(folder / "index.npz")
        self.start, self.height, self.width = (index[name].tolist() for name in ("start", "height", "width"))
        self.labels_by = index["labels_by"]
        self.teacher, self.features = (
            np.load(path, mmap_mode="r") if (path := folder / f"{name}.npy").exists() else None
            for name in ("teacher", "features")
        )
        # Draw a class, then a photo holding it; photos of nothing but background count as one class.
        human = self.labels_by == LABELLERS.index("human")
        present = index["present"] & ~index["held_out"][:, None]
        present[:, 0] = ~index["present"][:, 1:].any(1) & ~index["held_out"]
        if human_only:
            present &= human[:, None]
        weight = np.where(human, human_weight, 1.0)
        classes = [c for c in range(COUNT) if present[:, c].any()]
        self.class_chances = np.array([PERSON_WEIGHT if c == PERSON else 1.0 for c in classes])
        self.class_chances /= self.class_chances.sum()
        # Cumulated, so that a draw is one search.
        self.chances = [np.cumsum(present[:, c] * weight) for c in classes]
        self.donors = [(c, np.flatnonzero(present[:, c] & human)) for c in RARE]
        self.donors = [(c, photos) for c, photos in self.donors if len(photos)]

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        while True:
            crops = [self._crop(self._draw(rng), rng) for _ in range(self.batch)]
            yield {name: torch.from_numpy(np.stack([crop[name] for crop in crops])) for name in crops[0]}

    def _draw(self, rng) -> int:
        chances = self.chances[rng.choice(len(self.chances), p=self.class_chances)]
        return int(np.searchsorted(chances, rng.uniform(0, chances[-1]), side="right"))

    def _photo(self, photo: int) -> tuple[np.ndarray, np.ndarray]:
        """(HxWx3 pixels, HxW labels)"""
        height, width, start = self.height[photo], self.width[photo], self.start[photo]
        area = slice(start, start + height * width)
        pixels = self.pixels[3 * area.start : 3 * area.stop].reshape(height, width, 3)
        return pixels, self.labels[area].reshape(height, width)

    def _known(self, photo: int) -> np.ndarray:
        """HxW: what is known of each pixel; all bits set where nothing is."""
        return self._photo(photo)[1]

    def _crop(self, photo: int, rng) -> dict[str, np.ndarray]:
        pixels, known = self._photo(photo)[0], self._known(photo)
        height, width = known.shape
        # Log-uniform scale, then a slight change of aspect; a crop is placed anywhere it overlaps the photo well.
        low, high = (math.log(side / max(height, width)) for side in self.long_sides)
        scale = math.exp(rng.uniform(low, high))
        stretch = math.exp(rng.uniform(-0.15, 0.15))
        tall, wide = max(2, round(height * scale * stretch)), max(2, round(width * scale / stretch))
        top, left = (self._offset(size, rng) for size in (tall, wide))
        rows, columns = slice(max(0, top), min(tall, top + self.side)), slice(max(0, left), min(wide, left + self.side))
        box = (columns.start / wide * width, rows.start / tall * height, columns.stop / wide * width,
               rows.stop / tall * height)  # fmt: skip
        size = columns.stop - columns.start, rows.stop - rows.start
        place = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
        canvas = np.full((self.side, self.side, 3), GREY, np.uint8)
        canvas[place] = np.asarray(Image.fromarray(pixels).resize(size, Image.BILINEAR, box))
        marks = np.full((self.side, self.side), np.iinfo(known.dtype).max, known.dtype)
        marks[place] = np.asarray(Image.fromarray(known).resize(size, Image.NEAREST, box))
        inside = np.zeros((self.side, self.side), bool)
        inside[place] = True
        pasted = np.zeros((self.side, self.side), bool)
        if rng.random() < self.paste:
            self._paste(canvas, marks, pasted, rng)
        canvas[inside | pasted] = _jitter(canvas[inside | pasted], rng)
        # Cells' places on the teacher's grid, -1 to 1 over its 33x33 cells (align_corners=True).
        cells = np.arange(0, self.side, SCORE_STRIDE, dtype=np.float32)
        unit = TEACHER_SIDE / max(height, width) / (TEACHER_SIDE - 1) * 2
        across, down = (cells + left + 0.5) / wide * width * unit - 1, (cells + top + 0.5) / tall * height * unit - 1
        grid = np.stack(np.meshgrid(across, down), -1).astype(np.float32)
        if rng.random() < 0.5:
            canvas, marks, inside, pasted, grid = (a[:, ::-1] for a in (canvas, marks, inside, pasted, grid))
        stride = slice(None, None, SCORE_STRIDE)
        crop = {
            "image": np.ascontiguousarray(canvas.transpose(2, 0, 1)),
            **self._marked(marks),
            "inside": np.ascontiguousarray((inside | pasted)[stride, stride]),
            "pasted": np.ascontiguousarray(pasted[stride, stride]),
            "labels_by": self.labels_by[photo],
        }
        if self.teacher is not None:
            crop["teacher"] = np.ascontiguousarray(self.teacher[photo].transpose(2, 0, 1))
            crop["grid"] = np.ascontiguousarray(grid)
        if self.features is not None:
            crop["features"] = np.ascontiguousarray(self.features[photo].transpose(2, 0, 1))
        return crop

    def _marked(self, marks: np.ndarray) -> dict[str, np.ndarray]:
        """What a crop tells of its pixels' marks, SxS."""
        return {"labels": marks[::SCORE_STRIDE, ::SCORE_STRIDE].astype(np.int64)}

    def _paste(self, canvas: np.ndarray, marks: np.ndarray, pasted: np.ndarray, rng) -> None:
        """Lay all objects of one rare class of another photo, with their human mask, over the crop, in place."""
        if not self.donors:
            return
        class_id, photos = self.donors[rng.integers(len(self.donors))]
        pixels, labels = self._photo(int(rng.choice(photos)))
        mask = labels == class_id
        rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        target = self.side * math.exp(rng.uniform(math.log(0.15), math.log(0.6)))  # its long side in the crop
        scale = target / max(mask[box].shape)
        tall, wide = (max(2, round(n * scale)) for n in mask[box].shape)
        mask = np.asarray(Image.fromarray(mask[box]).resize((wide, tall), Image.NEAREST))
        pixels = np.asarray(Image.fromarray(np.ascontiguousarray(pixels[box])).resize((wide, tall), Image.BILINEAR))
        if rng.random() < 0.5:
            mask, pixels = mask[:, ::-1], pixels[:, ::-1]
        top, left = int(rng.integers(0, self.side - tall + 1)), int(rng.integers(0, self.side - wide + 1))
        place = slice(top, top + tall), slice(left, left + wide)
        canvas[place][mask], marks[place][mask], pasted[place][mask] = pixels[mask], class_id, True

    def _offset(self, size: int, rng) -> int:
        """First row (or column) of the crop in the scaled photo; a small photo lies anywhere in the crop."""
        slack = size - self.side
        return int(rng.integers(min(0, slack), max(0, slack) + 1))


def _jitter(pixels: np.ndarray, rng) -> np.ndarray:
    """Nx3 uint8: contrast, brightness and each channel's gain, changed a little; sometimes grey."""
    gain = rng.uniform(0.75, 1.25) * rng.uniform(0.93, 1.07, 3)
    table = np.clip((np.arange(256)[:, None] - 127.5) * gain + 127.5 + rng.uniform(-25, 25), 0, 255).astype(np.uint8)
    if rng.random() < 0.08:
        pixels = np.repeat(pixels.mean(-1, keepdims=True).astype(np.uint8), 3, -1)
    return np.stack([table[:, c][pixels[..., c]] for c in range(3)], -1)


def teacher_chances(batch: dict[str, Tensor], unit: float) -> Tensor:
    """Bx21xhxh softmax of the teacher's logits at the crop's cells."""
    assert batch["teacher"].shape[2:] == (TEACHER_CELLS, TEACHER_CELLS)
    logits = torch.nn.functional.grid_sample(
        batch["teacher"].float() * unit, batch["grid"], align_corners=True, padding_mode="border"
    )
    return logits.softmax(1)


def teacher_features(batch: dict[str, Tensor]) -> Tensor:
    """Bx256xkxk of the teacher's features at the crop's cells of the output stride, k = (S-1)/16+1; mean square 1."""
    step = OUTPUT_STRIDE // SCORE_STRIDE
    features = torch.nn.functional.grid_sample(
        batch["features"].float(), batch["grid"][:, ::step, ::step], align_corners=True, padding_mode="border"
    )
    return features * features.square().mean().clamp(min=1e-6).rsqrt()
