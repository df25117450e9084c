"""The model card's picture of failures: photo, human mask and the network's labels, side by side.

    python -m seg.training.sheet coco_020 coco_054 --out seg/weights/failures.jpg  # as `evaluate --worst` names them

Two photos to a row. Black is background, grey is 255; the colours are VOC's.
"""

import argparse
import dataclasses
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from seg.classes import IGNORE, PALETTE
from seg.models.predictor import Predictor
from seg.models.registry import ZOO
from seg.training.evaluate import FOLDERS

CELL = (150, 118)  # width and height of one picture, pixels
GAP = 2


def coloured(labels: np.ndarray) -> Image.Image:
    """HxW uint8 label map -> RGB picture in VOC's colours."""
    colours = np.full((256, 3), 160, np.uint8)
    colours[: len(PALETTE)] = PALETTE
    colours[IGNORE] = 160
    return Image.fromarray(colours[labels])


def sheet(rows: list[tuple[Image.Image, ...]], columns: int = 2) -> Image.Image:
    """One row of pictures per photo -> one picture, `columns` photos to a row."""
    wide, high = len(rows[0]) * (CELL[0] + GAP) + GAP, CELL[1] + GAP
    whole = Image.new("RGB", (columns * wide, -(-len(rows) // columns) * high), "white")
    for i, row in enumerate(rows):
        for k, picture in enumerate(row):
            smaller = ImageOps.pad(picture, CELL, Image.Resampling.BOX, color="white")
            whole.paste(smaller, (i % columns * wide + k * (CELL[0] + GAP), i // columns * high))
    return whole


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+")
    parser.add_argument("--data", type=Path, nargs="+", default=FOLDERS)
    parser.add_argument("--weights", type=Path, help="another checkpoint than the committed one")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(given)
    entry = ZOO["bundled"]
    predictor = Predictor(dataclasses.replace(entry, file=args.weights) if args.weights else entry, "cpu")
    rows = []
    for name in args.photos:
        (path,) = (path for folder in args.data for path in (folder / "images").glob(f"{name}.*"))
        photo = Image.open(path).convert("RGB")
        truth = np.asarray(Image.open(path.parents[1] / "labels" / f"{name}.png"))
        rows.append((photo, coloured(truth), coloured(predictor(photo).labels)))
    sheet(rows).save(args.out, quality=85)


if __name__ == "__main__":
    main()
