"""Measure how well individuals are told apart, beside the simplest way: every blob of the label map is one.

    python -m seg.training.panoptic_quality                          # the committed weights
    python -m seg.training.panoptic_quality --record figures.json    # write what is quoted

Over the 170 photos of val and val2 whose individuals people outlined (`instances/ID.png`: 0 nobody, 1 to n, 255 a
crowd; the class of each from `labels/ID.png`). All ways get the same network's labels. "Large blobs"
leaves out what the grouping leaves out as too small, so that what remains between the two is the head's. Counts are
summed over all photos and scored per class, then averaged over the classes: see `seg.scoring.panoptic`.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from seg.classes import COUNT, IGNORE, NAMES
from seg.labels.components import find_blobs
from seg.models.grouping import SMALLEST
from seg.models.predictor import load_predictor
from seg.scoring.panoptic import PanopticCounts, match
from seg.training.evaluate import FOLDERS

SCORES = ("panoptic_quality", "recognition_quality", "segmentation_quality", "counting_error")


class Segments(NamedTuple):
    """Individuals of a photo. ids: HxW whole numbers, 0 nobody, 255 in the truth void. classes: {id: class id}."""

    ids: np.ndarray
    classes: dict[int, int]


def photos(folders: Sequence[Path] = FOLDERS, limit: int | None = None) -> Iterator[tuple[Image.Image, Segments]]:
    """(photo, its individuals) of each folder's images/ that have instances/. limit: only the first of each folder."""
    for folder in folders:
        for path in sorted((folder / "instances").glob("*.png"))[:limit]:
            ids, labels = (np.asarray(Image.open(folder / name / path.name)) for name in ("instances", "labels"))
            ids = np.where(labels == IGNORE, IGNORE, ids)
            present = [int(i) for i in np.unique(ids) if i not in (0, IGNORE)]
            classes = {i: int(np.bincount(labels[ids == i], minlength=COUNT).argmax()) for i in present}
            (photo,) = (folder / "images").glob(f"{path.stem}.*")
            yield Image.open(photo).convert("RGB"), Segments(ids, classes)


def blobs(labels: np.ndarray, least: float = 0) -> Segments:
    """Every 8-connected blob of a class but background, as if it were an individual.

    labels: HxW uint8. least: the share of the photo below which a blob is left out.

    >>> found = blobs(np.array([[0, 12, 0, 12]], np.uint8))
    >>> found.ids.tolist(), found.classes
    ([[0, 2, 0, 4]], {2: 12, 4: 12})
    """
    _, start, end, value, blob = find_blobs(labels)
    thing = (value > 0) & (value != IGNORE)
    thing &= np.bincount(blob, end - start)[blob] >= least * labels.size
    ids = np.repeat(np.where(thing, blob + 1, 0), end - start).reshape(labels.shape)
    return Segments(ids, dict(zip((blob[thing] + 1).tolist(), value[thing].tolist(), strict=True)))


def measure(
    ways: dict[str, Callable], folders: Sequence[Path] = FOLDERS, limit: int | None = None
) -> tuple[int, dict[str, PanopticCounts]]:
    """(number of photos, {way: its counts}). A way is a function from a PIL photo to Segments."""
    counts, number = {}, 0
    for photo, truth in photos(folders, limit):
        number += 1
        for name, find in ways.items():
            found = find(photo)
            new = match(truth.ids, truth.classes, found.ids, found.classes)
            counts[name] = counts[name] + new if name in counts else new
    if not number:
        raise ValueError(f"no photo with individuals in {', '.join(map(str, folders))}: each needs instances/")
    return number, counts


def summary(number: int, counts: dict[str, PanopticCounts]) -> dict:
    """The figures that are quoted, as plain numbers: the mean over the classes. One that does not exist is left out."""
    truth = next(iter(counts.values()))
    found = {"photos": number, "true_individuals": int(truth.individuals.sum())}
    for name, each in counts.items():
        found |= {f"{name}_{score}": each.mean(getattr(each, score)) for score in SCORES}
    return {name: round(value, 4) for name, value in found.items() if not np.isnan(value)}


def table(counts: dict[str, PanopticCounts]) -> str:
    """Markdown: a row per class that somebody named, then the mean; for every way PQ, RQ, SQ and the counting error."""
    columns = [(name, getattr(each, score)) for name, each in counts.items() for score in SCORES]
    heads = [f"{way} {short}" for way in counts for short in ("PQ", "RQ", "SQ", "count off by")]
    true = next(iter(counts.values())).individuals
    lines = [f"| class | individuals | {' | '.join(heads)} |", "|---|---:|" + "---:|" * len(heads)]

    def row(name: str, individuals: float, values: Sequence[float]) -> str:
        cells = ["n/a" if np.isnan(value) else f"{value:.3f}" for value in values]
        return f"| {name} | {individuals:.0f} | {' | '.join(cells)} |"

    for c, name in enumerate(NAMES):
        values = [scores[c] for _, scores in columns]
        if not np.isnan(values).all():
            lines.append(row(name, true[c], values))
    lines.append(row("mean", true.sum(), [counts[way].mean(scores) for way, scores in columns]))
    return "\n".join(lines)


def main(given: list[str] | None = None) -> dict:
    """Print the table; returns what `summary` does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", default=FOLDERS)
    parser.add_argument("--limit", type=int, help="only the first N photos of each folder")
    parser.add_argument("--record", type=Path, help="write the quoted figures here")
    args = parser.parse_args(given)
    predictor = load_predictor("bundled", "cpu")

    def individuals(photo: Image.Image) -> Segments:
        found = predictor.individuals(photo)
        return Segments(found.map(), {one.number: one.class_id for one in found})

    ways = {
        "individuals": individuals,
        "blobs": lambda photo: blobs(predictor(photo).labels),
        "large_blobs": lambda photo: blobs(predictor(photo).labels, SMALLEST),
    }
    number, counts = measure(ways, args.data, args.limit)
    found = summary(number, counts)
    print(table(counts), "\n")
    for name, value in found.items():
        print(f"{name.replace('_', ' ')}: {value}")
    if args.record:
        args.record.write_text(json.dumps(found, indent=1) + "\n")
    return found


if __name__ == "__main__":
    main()
