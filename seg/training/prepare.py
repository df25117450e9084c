"""Decode the training photos once and run the teacher on each: what `train.py` then reads without decoding.

    python -m seg.training.prepare --data ../shared/data/train --reference ../shared/reference --out runs/data

Writes into --out (about 12 GB for 16,646 photos, read memory-mapped)
    pixels.npy    all photos' RGB bytes, one after the other
    labels.npy    all label maps' bytes, likewise
    index.npz     per photo: start (in pixels), height, width, labels_by (0 reference, 1 mixed, 2 human),
                  present (21 bools: classes that cover at least 0.1 % of the photo), held_out (for the temperature)
    teacher.npy   Nx33x33x21 uint8: the reference network's logits on its own grid (513-px canvas, output stride 16);
                  one unit is `TEACHER_UNIT`
    features.npy  Nx33x33x256 uint8: its last features before the classifier, on the same grid

Logits say more than labels: where the teacher hesitates, and between what (Hinton et al., "Distilling the Knowledge
in a Neural Network", 2015). Without --reference the teacher is left out and training uses labels alone.
"""

import argparse
import csv
import multiprocessing
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from seg.classes import COUNT, IGNORE

TEACHER_SIDE = 513
TEACHER_CELLS = 33
TEACHER_UNIT = 0.2014983743429184  # one step of the reference's quantised logits
FEATURE_CHANNELS = 256  # of the teacher's last layer before its classifier
LABELLERS = ("reference", "mixed", "human")
HELD_OUT = 300  # human-masked photos that are never trained on: the temperature is fitted on them
PRESENT = 0.001  # share of the photo from which on a class counts as present


class Teacher:
    """The reference network (8-bit DeepLab v3, MobileNetV2) with its 33x33x21 logits and the features below exposed."""

    def __init__(self, folder: Path, threads: int = 2):
        from ai_edge_litert.interpreter import Interpreter

        model = str(folder / "deeplabv3_mnv2_pascal_quant.tflite")
        self._net = Interpreter(model, num_threads=threads, experimental_preserve_all_tensors=True)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        self._logits = self._find(COUNT, "logits")
        self._features = self._find(FEATURE_CHANNELS, "concat_projection/Relu")

    def _find(self, channels: int, name: str) -> int:
        shape = [1, TEACHER_CELLS, TEACHER_CELLS, channels]
        tensors = self._net.get_tensor_details()
        return next(t["index"] for t in tensors if list(t["shape"]) == shape and t["name"].startswith(name))

    def __call__(self, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """HxWx3 uint8 RGB -> (33x33x21 logits, 33x33x256 features), both uint8. Long side scaled to 513, rest grey."""
        height, width = photo.shape[:2]
        scale = TEACHER_SIDE / max(height, width)
        inner = max(1, round(width * scale)), max(1, round(height * scale))
        canvas = np.full((1, TEACHER_SIDE, TEACHER_SIDE, 3), 127, np.uint8)
        canvas[0, : inner[1], : inner[0]] = np.asarray(Image.fromarray(photo).resize(inner, Image.BILINEAR))
        self._net.set_tensor(self._input, canvas)
        self._net.invoke()
        return self._net.get_tensor(self._logits)[0], self._net.get_tensor(self._features)[0]


def held_out(rows: list[dict], count: int = HELD_OUT) -> np.ndarray:
    """N bools: `count` photos with human masks of all classes, the first by the checksum of their name."""
    human = [i for i, row in enumerate(rows) if row["labels_by"] == "human" and row["source"] in ("VOC 2012", "COCO")]
    chosen = sorted(human, key=lambda i: zlib.crc32(rows[i]["id"].encode()))[:count]
    return np.isin(np.arange(len(rows)), chosen)


def prepare(data: Path, out: Path, reference: Path | None = None, limit: int | None = None, workers: int = 2) -> int:
    """Write the files named above; returns the number of photos. `data` holds images/, labels/ and index.csv.

    Raises ValueError for a photo whose labels have another size.
    """
    out.mkdir(parents=True, exist_ok=True)
    with open(data / "index.csv", newline="") as file:
        rows = list(csv.DictReader(file))[:limit]
    sizes = np.array([Image.open(data / "images" / f"{row['id']}.avif").size for row in rows])
    width, height = sizes.T
    start = np.concatenate([[0], np.cumsum(width * height)])
    shapes = {"pixels": (start[-1] * 3,), "labels": (start[-1],)}
    if reference:
        shapes["teacher"] = (len(rows), TEACHER_CELLS, TEACHER_CELLS, COUNT)
        shapes["features"] = (len(rows), TEACHER_CELLS, TEACHER_CELLS, FEATURE_CHANNELS)
    for name, shape in shapes.items():
        np.lib.format.open_memmap(out / f"{name}.npy", "w+", np.uint8, tuple(int(n) for n in shape))
    parts = [(data, out, reference, rows, start, range(i, len(rows), workers)) for i in range(workers)]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        present = sum(pool.starmap(_fill, parts))
    np.savez(
        out / "index.npz",
        start=start[:-1],
        height=height,
        width=width,
        labels_by=np.array([LABELLERS.index(row["labels_by"]) for row in rows], np.uint8),
        present=present,
        held_out=held_out(rows),
    )
    return len(rows)


def _fill(data: Path, out: Path, reference: Path | None, rows: list[dict], start, chosen: range) -> np.ndarray:
    """Write the `chosen` photos' parts of the files; returns Nx21 bools: the classes present, all False for others."""
    files = {path.stem: np.load(path, mmap_mode="r+") for path in out.glob("*.npy")}
    teacher = Teacher(reference, threads=1) if reference else None
    present = np.zeros((len(rows), COUNT), bool)
    for i in chosen:
        name = rows[i]["id"]
        photo = np.asarray(Image.open(data / "images" / f"{name}.avif").convert("RGB"))
        label = np.asarray(Image.open(data / "labels" / f"{name}.png"))
        if label.shape != photo.shape[:2]:
            raise ValueError(f"photo {name} is {photo.shape[:2]} but its labels are {label.shape}: make them equal")
        files["pixels"][3 * start[i] : 3 * start[i + 1]] = photo.ravel()
        files["labels"][start[i] : start[i + 1]] = label.ravel()
        counts = np.bincount(label.ravel(), minlength=IGNORE + 1)[:COUNT]
        present[i] = counts >= PRESENT * label.size
        if teacher:
            files["teacher"][i], files["features"][i] = teacher(photo)
        if chosen.start == 0 and i % 500 == 0:
            print(f"{i} of {len(rows)} photos", flush=True)
    return present


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/train"))
    parser.add_argument("--reference", type=Path, help="folder of the reference network; without it, no teacher")
    parser.add_argument("--out", type=Path, default=Path("runs/data"))
    parser.add_argument("--limit", type=int, help="only the first N photos")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    args = parser.parse_args()
    print(prepare(args.data, args.out, args.reference, args.limit, args.workers), "photos prepared in", args.out)
