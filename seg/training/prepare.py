"""Decode the training photos once and ask the teacher about each: what `train.py` then reads without decoding.

    python -m seg.training.prepare --data ../shared/data/train --reference ../shared/reference --out runs/data

Writes into --out
    pixels.npy   all photos' RGB bytes, one after the other (read memory-mapped)
    labels.npy   all label maps' bytes, likewise
    index.npz    per photo: start (in pixels), height, width, human (bool), present (21 bools: classes in its labels)
    teacher.npy  Nx33x33x21 uint8: the reference network's logits on its own grid (513-px canvas, output stride 16),
                 averaged over the photo and its mirror image; one unit is `TEACHER_UNIT`

Logits say more than labels: where the teacher hesitates, and between what (Hinton et al., "Distilling the Knowledge
in a Neural Network", 2015, section 2). Without --reference the teacher is left out and training uses labels alone.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from PIL import Image

from seg.classes import COUNT, IGNORE

TEACHER_SIDE = 513
TEACHER_CELLS = 33
TEACHER_UNIT = 0.2014983743429184  # one step of the reference's quantised logits


class Teacher:
    """The reference network (8-bit DeepLab v3, MobileNetV2) with its 33x33x21 logits exposed."""

    def __init__(self, folder: Path, threads: int = 2):
        from ai_edge_litert.interpreter import Interpreter

        model = str(folder / "deeplabv3_mnv2_pascal_quant.tflite")
        self._net = Interpreter(model, num_threads=threads, experimental_preserve_all_tensors=True)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        wanted = [1, TEACHER_CELLS, TEACHER_CELLS, COUNT]
        self._logits = next(t["index"] for t in self._net.get_tensor_details() if list(t["shape"]) == wanted)

    def logits(self, photo: np.ndarray) -> np.ndarray:
        """HxWx3 uint8 RGB -> 33x33x21 float32, in units of TEACHER_UNIT. Long side scaled to 513, rest grey."""
        height, width = photo.shape[:2]
        scale = TEACHER_SIDE / max(height, width)
        inner = max(1, round(width * scale)), max(1, round(height * scale))
        resized = np.asarray(Image.fromarray(photo).resize(inner, Image.BILINEAR))
        return (self._run(resized) + self._mirrored(resized)) / 2

    def _run(self, resized: np.ndarray) -> np.ndarray:
        canvas = np.full((1, TEACHER_SIDE, TEACHER_SIDE, 3), 127, np.uint8)
        canvas[0, : resized.shape[0], : resized.shape[1]] = resized
        self._net.set_tensor(self._input, canvas)
        self._net.invoke()
        return self._net.get_tensor(self._logits)[0].astype(np.float32)

    def _mirrored(self, resized: np.ndarray) -> np.ndarray:
        """Logits of the mirror image, mirrored back onto the plain photo's grid."""
        logits = self._run(np.ascontiguousarray(resized[:, ::-1]))
        step = (TEACHER_SIDE - 1) / (TEACHER_CELLS - 1)
        columns = np.clip((resized.shape[1] - 1) / step - np.arange(TEACHER_CELLS), 0, None)
        left = np.floor(columns).astype(int)
        right = np.minimum(left + 1, TEACHER_CELLS - 1)
        part = (columns - left)[None, :, None].astype(np.float32)
        return logits[:, left] * (1 - part) + logits[:, right] * part


def prepare(data: Path, out: Path, reference: Path | None = None, limit: int | None = None) -> int:
    """Write the files named above; returns the number of photos. `data` holds images/, labels/ and index.csv."""
    out.mkdir(parents=True, exist_ok=True)
    with open(data / "index.csv", newline="") as file:
        rows = list(csv.DictReader(file))[:limit]
    teacher = Teacher(reference) if reference else None
    pixels, labels, answers = [], [], []
    start, index = 0, {"start": [], "height": [], "width": [], "human": [], "present": []}
    for number, row in enumerate(rows):
        photo = np.asarray(Image.open(data / "images" / f"{row['id']}.avif").convert("RGB"))
        label = np.asarray(Image.open(data / "labels" / f"{row['id']}.png"))
        if label.shape != photo.shape[:2]:
            raise ValueError(
                f"photo {row['id']} is {photo.shape[:2]} but its labels are {label.shape}: make them equal"
            )
        pixels.append(photo.reshape(-1, 3))
        labels.append(label.reshape(-1))
        index["start"].append(start)
        index["height"].append(photo.shape[0])
        index["width"].append(photo.shape[1])
        index["human"].append(row["labels_by"] == "human")
        index["present"].append(np.isin(np.arange(COUNT), label[label != IGNORE]))
        start += label.size
        if teacher:
            answers.append(np.rint(teacher.logits(photo)).astype(np.uint8))
        if number % 500 == 0:
            print(f"{number} of {len(rows)} photos", flush=True)
    np.save(out / "pixels.npy", np.concatenate(pixels))
    np.save(out / "labels.npy", np.concatenate(labels))
    np.savez(out / "index.npz", **{name: np.array(column) for name, column in index.items()})
    if teacher:
        np.save(out / "teacher.npy", np.stack(answers))
    return len(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/train"))
    parser.add_argument("--reference", type=Path, help="folder of the reference network; without it, no teacher")
    parser.add_argument("--out", type=Path, default=Path("runs/data"))
    parser.add_argument("--limit", type=int, help="only the first N photos")
    args = parser.parse_args()
    print(prepare(args.data, args.out, args.reference, args.limit), "photos prepared in", args.out)
