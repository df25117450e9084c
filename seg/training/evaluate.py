"""Score the bundled network against human masks, beside the reference network, in one run.

    python -m seg.training.evaluate                                    # the committed weights, and the reference
    python -m seg.training.evaluate --weights runs/c/bundled.pt --no-reference
    python -m seg.training.evaluate --record seg/weights/bundled.json  # what the page and the README quote

Over val and val2 together, 258 photos. A photo goes through the same `Predictor` as on the page. One confusion matrix
is summed over all photos (Everingham et al. 2015, section 2.4: VOC's own rule); pixels whose truth is 255 are dropped;
mean IoU is over the 21 classes. Intervals: 95 % of 2,000 bootstrap samples of the photos.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from seg.classes import COUNT, IGNORE, NAMES
from seg.models.predictor import Predictor
from seg.models.registry import ZOO
from seg.scoring.boundary import boundary_bands, boundary_width
from seg.scoring.calibration import expected_calibration_error, reliability
from seg.scoring.metrics import confusion_matrix, intersection_over_union

FOLDERS = (Path("../shared/data/val"), Path("../shared/data/val2"))
PERSON = NAMES.index("person")
SAMPLES = 2000


class Scores(NamedTuple):
    """What one network scores on N photos.

    photos      their names
    confusion   Nx21x21 counts, rows truth, columns answers
    bands       the same over the pixels near outlines alone, of truth or answer (see `seg.scoring.boundary`)
    calibration tables of `seg.scoring.calibration.reliability`: all pixels; those called an object. None without
                confidence
    """

    photos: list[str]
    confusion: np.ndarray
    bands: np.ndarray
    calibration: tuple[np.ndarray, np.ndarray] | None


def score(answer: Callable, folders: Sequence[Path] = FOLDERS, limit: int | None = None) -> Scores:
    """Run `answer` (PIL photo -> (HxW uint8 class ids, HxW uint8 confidence x 255 or None)) over each folder's images/
    against its labels/. limit: only the first photos of each."""
    photos, confusion, bands, all_pixels, objects = [], [], [], [], []
    for path in [path for folder in folders for path in sorted((folder / "images").iterdir())[:limit]]:
        truth = np.asarray(Image.open(path.parents[1] / "labels" / f"{path.stem}.png"))
        labels, confidence = answer(Image.open(path).convert("RGB"))
        photos.append(path.stem)
        confusion.append(confusion_matrix(truth, labels))
        bands.append(band_confusion(truth, labels))
        if confidence is not None:
            known, shares = truth != IGNORE, confidence / np.float32(255)
            found = known & (labels > 0)
            all_pixels.append(reliability((truth == labels)[known], shares[known]))
            objects.append(reliability((truth == labels)[found], shares[found]))
    calibration = (np.sum(all_pixels, 0), np.sum(objects, 0)) if all_pixels else None
    return Scores(photos, np.array(confusion), np.array(bands), calibration)


def band_confusion(truth: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """21x21 counts such that `intersection_over_union` gives boundary IoU: what lies deep inside a class counts as
    background in it, so that background's own entry means nothing.
    """
    width = boundary_width(*truth.shape)
    kept = np.where(truth == IGNORE, IGNORE, labels)
    one, two = boundary_bands(truth, width), boundary_bands(kept, width)
    known = truth != IGNORE
    one, two = (np.where(band == IGNORE, 0, band)[known][None] for band in (one, two))
    return confusion_matrix(one, two)


def mean_iou(confusion: np.ndarray) -> float:
    """Nx21x21 or 21x21 counts -> mean over the classes in truth or answer."""
    return float(np.nanmean(intersection_over_union(confusion.reshape(-1, COUNT, COUNT).sum(0))))


def person_iou(confusion: np.ndarray) -> float:
    return float(intersection_over_union(confusion.reshape(-1, COUNT, COUNT).sum(0))[PERSON])


def boundary_iou(bands: np.ndarray) -> float:
    """The mean over the 20 classes of objects."""
    return float(np.nanmean(intersection_over_union(bands.sum(0))[1:]))


def interval(figure: Callable[..., float], *counts: np.ndarray, samples: int = SAMPLES) -> tuple[float, float]:
    """The middle 95 % of figure(*counts) over bootstrap samples of the photos, the same ones for all `counts`."""
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(counts[0]), np.full(len(counts[0]), 1 / len(counts[0])), samples).astype(float)
    summed = [(drawn @ each.reshape(len(each), -1)).reshape(-1, COUNT, COUNT) for each in counts]
    return tuple(np.percentile([figure(*parts) for parts in zip(*summed, strict=True)], [2.5, 97.5]))


def table(ours: Scores, theirs: Scores | None) -> str:
    """Markdown: per-class IoU of both networks."""
    columns = [intersection_over_union(each.confusion.sum(0)) for each in (ours, theirs) if each]
    lines = ["| class | bundled | reference |", "|---|---|---|"]
    for i, name in enumerate(NAMES):
        cells = ["n/a" if np.isnan(column[i]) else f"{column[i]:.3f}" for column in columns]
        lines.append(f"| {name} | {' | '.join([*cells, 'n/a'][:2])} |")
    return "\n".join(lines)


def diagram(counts: np.ndarray) -> str:
    """Markdown: the reliability diagram as numbers, a row per bin that holds pixels."""
    lines = ["| confidence | pixels | mean confidence | right |", "|---|---:|---:|---:|"]
    for k, (pixels, confidence, right) in enumerate(counts):
        if pixels:
            span = f"{k / len(counts):.2f} to {(k + 1) / len(counts):.2f}"
            share = pixels / counts[:, 0].sum()
            lines.append(f"| {span} | {share:.1%} | {confidence / pixels:.3f} | {right / pixels:.3f} |")
    return "\n".join(lines)


def summary(ours: Scores, theirs: Scores | None) -> dict:
    """The figures that are quoted, as plain numbers. One that does not exist (no object is found) is left out."""
    found = {"photos": len(ours.photos)}
    for name, scores in (("", ours), ("reference_", theirs)):
        if scores:
            found[name + "mean_iou"] = mean_iou(scores.confusion)
            found[name + "person_iou"] = person_iou(scores.confusion)
            found[name + "boundary_iou"] = boundary_iou(scores.bands)
    if ours.calibration:
        found["calibration_error"] = expected_calibration_error(ours.calibration[0])
        found["calibration_error_objects"] = expected_calibration_error(ours.calibration[1])
    return {name: round(value, 4) for name, value in found.items() if not np.isnan(value)}


def report(ours: Scores, theirs: Scores | None) -> str:
    lines = [table(ours, theirs), ""]
    for name, value in summary(ours, theirs).items():
        lines.append(f"{name.replace('_', ' ')}: {value}")
    figures = {"mean IoU": mean_iou, "person IoU": person_iou}
    for name, figure in figures.items():
        low, high = interval(figure, ours.confusion)
        lines.append(f"{name}, 95 % interval over photos: {low:.3f} to {high:.3f}")
        if theirs:
            ratio = figure(ours.confusion) / figure(theirs.confusion)
            low, high = interval(lambda a, b, f=figure: f(a) / f(b), ours.confusion, theirs.confusion)
            lines.append(f"{name}, bundled to reference: {ratio:.3f} (95 % interval {low:.3f} to {high:.3f})")
    if ours.calibration:
        for name, counts in zip(("All pixels", "Pixels called an object"), ours.calibration, strict=True):
            lines += ["", f"{name}:", diagram(counts)]
    return "\n".join(lines)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", default=FOLDERS)
    parser.add_argument("--reference", type=Path, default=Path("../shared/reference"))
    parser.add_argument("--no-reference", action="store_true")
    parser.add_argument("--weights", type=Path, help="another checkpoint than the committed one")
    parser.add_argument("--long-side", type=int, help="another input size than the page's")
    parser.add_argument("--specks", action="store_true", help="score the plain argmax, with its specks")
    parser.add_argument("--limit", type=int, help="only the first N photos of each folder")
    parser.add_argument("--record", type=Path, help="write the quoted figures here")
    parser.add_argument("--worst", type=int, default=0, help="name the N photos with the lowest mean IoU")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> dict:
    """Print the report; returns what `summary` does."""
    args = arguments(given)
    changed = {"file": args.weights, "long_side": args.long_side}
    entry = dataclasses.replace(ZOO["bundled"], **{k: v for k, v in changed.items() if v})
    predictor = Predictor(entry, "cpu")

    def answer(photo: Image.Image) -> tuple[np.ndarray, np.ndarray]:
        prediction = predictor(photo)
        return prediction.argmax() if args.specks else prediction.labels, prediction.confidence

    ours, theirs = score(answer, args.data, args.limit), None
    if not args.no_reference:
        sys.path.insert(0, str(args.reference))
        from reference import Reference

        reference = Reference()
        theirs = score(lambda photo: (reference.labels(photo), None), args.data, args.limit)
    print(report(ours, theirs))
    for i in np.argsort([mean_iou(counts) for counts in ours.confusion])[: args.worst]:
        print(f"{ours.photos[i]}: mean IoU {mean_iou(ours.confusion[i]):.3f}")
    found = summary(ours, theirs)
    if args.record:
        args.record.write_text(json.dumps(found, indent=1) + "\n")
    return found


if __name__ == "__main__":
    main()
