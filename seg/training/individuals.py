"""Training crops in which each individual is known: drawn ones, and whole objects set side by side.

    python -m seg.training.individuals --data ../shared/data/train --out runs/data      # after prepare.py

Where individuals come from
    drawn     COCO's own (instances/ID.png)
    alone     a class that people drew as one patch, in a collection or a shape that makes it one individual; what else
              the photo holds is unknown (255)
    pasted    two to six cut-outs of one class over and beside each other: individuals that touch, with exact masks
"""

import argparse
import csv
import math
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from seg.classes import IGNORE, NAMES
from seg.training.crops import PERSON, Crops

# Collections with one object of a class a photo; for the others the shapes of one: width over height, from and to.
ALONE = ("Clothing Co-Parsing", "VIA", "Feral cats", "Weizmann", "ECSSD", "Cockatoos", "Caltech-101", "DAVIS",
         "Furniture", "Kaggle car")  # fmt: skip
SHAPES = {name: (0.2, 5.0) for name in ("aeroplane", "bird", "boat", "bus", "cat", "dog", "motorbike", "sofa", "train",
                                        "tvmonitor")}  # fmt: skip
SHAPES |= {"person": (0.15, 0.75), "horse": (0.5, 1.8), "cow": (0.5, 1.9), "sheep": (0.5, 1.7), "car": (0.8, 3.2),
           "bottle": (0.15, 0.55), "chair": (0.3, 1.2), "pottedplant": (0.4, 1.3), "bicycle": (0.5, 2.0),
           "diningtable": (0.8, 3.0)}  # fmt: skip
LEAST = 0.01  # of the photo: smaller patches are no cut-outs
WHOLE = 0.92  # of a class's pixels are in its largest patch, or it is no single object
NUMBER = 256  # a pixel is its class id and that times its individual's number
FIRST_PASTED = 100  # number of the first pasted individual
MOST = 6  # pasted into one crop
SEEN = 0.3  # of a pasted individual must stay visible, or nobody is to tell it apart: its cells become unknown


def alone(labels: np.ndarray, source: str) -> np.ndarray:
    """HxW class ids drawn by people -> HxW uint8: 1, 2 ... where one individual is all there is of its class, 255 for
    the other objects and what is unknown, 0 background."""
    ids = np.where(labels == 0, 0, IGNORE).astype(np.uint8)
    number = 0
    for c in np.unique(labels):
        if c in (0, IGNORE):
            continue
        patches, _ = ndimage.label(labels == c, np.ones((3, 3)))
        sizes = np.bincount(patches.ravel())[1:]
        patch = patches == 1 + sizes.argmax()
        if sizes.max() < WHOLE * sizes.sum() or sizes.max() < LEAST * labels.size:
            continue
        rows, columns = np.ptp(np.flatnonzero(patch.any(1))) + 1, np.ptp(np.flatnonzero(patch.any(0))) + 1
        low, high = SHAPES[NAMES[c]]
        if source.startswith(ALONE) or low <= columns / rows <= high:
            number += 1
            ids[patch] = number
    return ids


def prepare(data: Path, out: Path) -> int:
    """Write out/instances.npy: bytes laid out as labels.npy, 0 nobody, 1, 2 ... individuals, 255 unknown, all 255 where
    a photo's individuals are not known; returns how many photos have some."""
    index = np.load(out / "index.npz")
    labels = np.load(out / "labels.npy", mmap_mode="r")
    with open(data / "index.csv", newline="") as file:
        rows = list(csv.DictReader(file))[: len(index["start"])]
    found = np.lib.format.open_memmap(out / "instances.npy", "w+", np.uint8, labels.shape)
    some = 0
    for row, start, height, width, held_out in zip(rows, index["start"], index["height"], index["width"],
                                                   index["held_out"], strict=True):  # fmt: skip
        place, drawn = slice(start, start + height * width), data / "instances" / f"{row['id']}.png"
        ids = np.full((height, width), IGNORE, np.uint8)
        if held_out or row["labels_by"] != "human":
            pass
        elif drawn.exists():
            ids = np.asarray(Image.open(drawn))
        else:
            ids = alone(np.array(labels[place]).reshape(height, width), row["source"])
        some += bool(((ids > 0) & (ids < IGNORE)).any())
        found[place] = ids.ravel()
    return some


class IndividualCrops(Crops):
    """Endless batches as `Crops` gives them, and besides

    ids        BxSxS uint8: numbers of individuals, 0 nobody, 255 where nobody knows; pasted ones from FIRST_PASTED

    share: of the photos, those drawn because their individuals are known, and of the pastes, those of individuals; the
    rest as in `Crops`. At 1 there is no teacher. least: the size of a pasted individual at least, over the crop's side.
    groups: how many times for each individual a photo of several is drawn, where one of a single is drawn once.
    """

    def __init__(
        self,
        folder: Path,
        side: int,
        batch: int,
        long_sides: tuple[int, int],
        seed=0,
        paste=0.6,
        share=1.0,
        least=0.15,
        groups=5.0,
    ):
        super().__init__(folder, side, batch, long_sides, seed, paste=paste)
        self.share, self.least = share, least
        if share == 1:
            self.teacher = self.features = None
        self.instances = np.load(folder / "instances.npy", mmap_mode="r")
        index = np.load(folder / "index.npz")
        known, counts, cuts = [], [], {}
        for photo in range(len(self.start)):
            area = self._area(photo)
            ids = np.asarray(self.instances[area])
            numbers = np.flatnonzero(np.bincount(ids, minlength=256)[1:IGNORE]) + 1
            if not len(numbers):
                continue
            known.append(photo)
            counts.append(len(numbers))
            ids, labels = ids.reshape(self.height[photo], -1), self.labels[area].reshape(self.height[photo], -1)
            for number in numbers:
                mask = ids == number
                rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
                edges = (rows[0] == 0) + (rows[-1] == mask.shape[0] - 1)
                edges += (columns[0] == 0) + (columns[-1] == mask.shape[1] - 1)
                if mask.sum() >= LEAST * mask.size and edges <= 1:
                    c = int(np.bincount(np.asarray(labels)[mask], minlength=256).argmax())
                    cuts.setdefault(c, []).append((photo, int(number)))
        self.cuts = [(c, cuts[c]) for c in sorted(cuts)]
        self.cut_chances = np.array([2.5 if c == PERSON else 1.0 for c in sorted(cuts)])
        self.cut_chances /= self.cut_chances.sum()
        nothing = np.flatnonzero(~index["present"][:, 1:].any(1) & ~index["held_out"])
        self.known = np.array([*known, *nothing])  # photos of nothing are what to paste into
        chances = [groups * count if count > 1 else 1 for count in counts]
        self.known_chances = np.cumsum([*chances, *np.ones(len(nothing))])

    def _area(self, photo: int) -> slice:
        return slice(self.start[photo], self.start[photo] + self.height[photo] * self.width[photo])

    def _draw(self, rng) -> int:
        if rng.random() >= self.share:
            return super()._draw(rng)
        return int(self.known[np.searchsorted(self.known_chances, rng.uniform(0, self.known_chances[-1]))])

    def _known(self, photo: int) -> np.ndarray:
        """HxW uint16: class id, and 256 times the individual's number."""
        labels = self._photo(photo)[1]
        ids = self.instances[self._area(photo)].reshape(labels.shape)
        ids = np.where(labels == 0, 0, ids) if (ids == IGNORE).all() else ids
        return labels + ids.astype(np.uint16) * NUMBER

    def _marked(self, marks: np.ndarray) -> dict[str, np.ndarray]:
        ids, labels = np.divmod(marks, NUMBER)
        return super()._marked(labels) | {"ids": ids.astype(np.uint8)}

    def _cut(self, which: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """(pixels, mask) of one individual, cut to its box."""
        photo, number = which
        pixels, ids = self._photo(photo)[0], self.instances[self._area(photo)].reshape(self.height[photo], -1)
        mask = ids == number
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        return np.ascontiguousarray(pixels[box]), mask[box]

    def _paste(self, canvas: np.ndarray, marks: np.ndarray, pasted: np.ndarray, rng) -> None:
        """Lay several individuals of one class beside and over each other on the crop, in place."""
        if rng.random() >= self.share:
            super()._paste(canvas, marks, pasted, rng)
            marks[pasted] += IGNORE * NUMBER
            return
        class_id, donors = self.cuts[rng.choice(len(self.cuts), p=self.cut_chances)]
        count = int(rng.integers(2, MOST + 1))
        size = self.side * math.exp(rng.uniform(math.log(self.least), math.log(0.6)))
        middle = np.array([rng.uniform(0.25, 0.75) * self.side, rng.uniform(0, 0.3) * self.side])
        full, same = {}, donors[rng.integers(len(donors))] if rng.random() < 0.15 else None
        for number in range(FIRST_PASTED, FIRST_PASTED + count):
            pixels, mask = self._cut(same or donors[rng.integers(len(donors))])
            scale = size * math.exp(rng.uniform(-0.25, 0.25)) / max(mask.shape)
            tall, wide = (max(4, round(n * scale)) for n in mask.shape)
            mask = np.asarray(Image.fromarray(mask).resize((wide, tall), Image.NEAREST))
            pixels = np.asarray(Image.fromarray(pixels).resize((wide, tall), Image.BILINEAR))
            if rng.random() < 0.5:
                mask, pixels = mask[:, ::-1], pixels[:, ::-1]
            # Feet stand on about one line; the next one to the right begins before, at or after this one's end.
            top = int(middle[0] + size / 2 + rng.uniform(-0.15, 0.1) * size - tall)
            left = int(middle[1])
            middle[1] += wide * rng.uniform(0.45, 1.1)
            rows, columns = (slice(max(0, a), min(self.side, a + n)) for a, n in ((top, tall), (left, wide)))
            if rows.stop - rows.start < 4 or columns.stop - columns.start < 4:
                continue
            cut = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
            there, place = mask[cut], (rows, columns)
            canvas[place][there], pasted[place][there] = pixels[cut][there], True
            marks[place][there] = class_id + number * NUMBER
            full[number] = there.sum()
        for number, pixels in full.items():
            mine = marks // NUMBER == number
            if mine.sum() < SEEN * pixels:
                marks[mine] = class_id + IGNORE * NUMBER


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/train"))
    parser.add_argument("--out", type=Path, default=Path("runs/data"), help="folder prepare.py wrote")
    args = parser.parse_args()
    print(prepare(args.data, args.out), "photos with individuals")
