"""One click on every individual that people drew in val and val2: growing a region beside the head made for clicks.

    python -m seg.training.clicks                                     # half an hour on one free core
    python -m seg.training.clicks --limit 5                           # to try it
    python -m seg.training.clicks --rules --record ...                # only the head anew: five minutes
    python -m seg.training.clicks --record seg/weights/clicks.json    # what Learn shows
    python -m seg.training.clicks --show                              # the recorded table, for the README

The click is the innermost point of an individual: the pixel farthest from everything that is not it. Each answer is
compared with the individual; pixels that nobody assigned (255, crowds) are dropped. The mean is over individuals; half
of them are tiny, so there is a mean of those that cover at least 1 % of their photo, too.
Growing has the odds in its favour: of all thresholds tried, the one that suits each individual best counts. The other
figure of a rule is at the one tau that is best for all together. Masks are of the size of the working photo.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from seg.growing.network_rule import points_from_seed
from seg.growing.regions import COLOUR_RULES, grow
from seg.labels.morphology import innermost
from seg.lessons.clicks import record, rows
from seg.models.predictor import Predictor, load_predictor
from seg.photo.decode import load_photo
from seg.training.evaluate import FOLDERS

LARGE = 0.01  # of the photo
UNKNOWN = 255  # of instances/ID.png: crowds, and what nobody assigned
TAUS = {
    "seed": (*range(0, 65, 2), *range(68, 443, 8)),
    "mean": (*range(0, 65, 2), *range(68, 443, 8)),
    "network": tuple(range(0, 101, 2)),
}


def individuals(
    folders: list[Path], limit: int | None = None
) -> Iterator[tuple[np.ndarray, list[np.ndarray], np.ndarray]]:
    """(photo HxWx3 uint8, its individuals HxW bool each, HxW bool: known) of each folder's images/ and instances/."""
    for path in [path for folder in folders for path in sorted((folder / "instances").glob("*.png"))[:limit]]:
        (image,) = (path.parents[1] / "images").glob(f"{path.stem}.*")
        photo = load_photo(Image.open(image).convert("RGB"))
        with Image.open(path) as drawn:
            numbers = np.asarray(drawn.resize(photo.shape[1::-1], Image.Resampling.NEAREST))
        yield photo, [numbers == i for i in np.unique(numbers) if 0 < i < UNKNOWN], numbers != UNKNOWN


def overlap(mask: np.ndarray, individual: np.ndarray, known: np.ndarray) -> float:
    """IoU over the known pixels; an empty mask has 0."""
    return np.count_nonzero(mask & individual) / np.count_nonzero((mask | individual) & known)


def regions(predictor: Predictor, photo: np.ndarray, seed: tuple[int, int], rule: str) -> Iterator[np.ndarray]:
    """The region of each of TAUS[rule], HxW bool."""
    if rule in COLOUR_RULES:
        yield from (grow(photo, seed, tau, rule).mask for tau in TAUS[rule])
        return
    prediction = predictor(photo)
    points = points_from_seed(prediction.scores, seed, *photo.shape[:2], prediction.align_corners)
    for tau in TAUS[rule]:  # what `grow` gives, the distances worked out once: the part around the seed
        parts, _ = ndimage.label(points <= tau)
        yield parts == parts[seed]


def measure(folders: list[Path], limit: int | None = None, rules: Sequence[str] = tuple(TAUS)) -> dict:
    """All figures, as plain numbers: what `seg.lessons.clicks.record` reads."""
    predictor = load_predictor("bundled", "cpu")
    by_rule = {rule: [] for rule in rules}  # per individual: IoU at each tau
    plain = {"class_mask": [], "click": []}
    milliseconds, shares, photos = [], [], 0
    for photo, drawn, known in individuals(folders, limit):
        labels = predictor(photo).labels
        photos += 1
        for individual in drawn:
            seed = innermost(individual)[:2]
            shares.append(individual.mean())
            for rule, found in by_rule.items():
                found.append([overlap(mask, individual, known) for mask in regions(predictor, photo, seed, rule)])
            click = predictor.click(photo, seed)
            milliseconds.append(click.milliseconds)
            plain["click"].append(overlap(click.mask, individual, known))
            plain["class_mask"].append(overlap(labels == labels[seed], individual, known))
    large = np.array(shares) >= LARGE
    answers = {rule: best_taus(np.array(found), large, TAUS[rule]) for rule, found in by_rule.items()}
    answers |= {name: means(np.array(ious), large) for name, ious in plain.items()}
    return {
        "photos": photos,
        "individuals": len(large),
        "large": int(large.sum()),
        "milliseconds": round(float(np.median(milliseconds)), 1),
        "answers": answers,
    }


def means(ious: np.ndarray, large: np.ndarray) -> dict:
    """{iou: the mean of N IoUs, iou_large: the mean of those marked as large, 0 where there are none}"""
    return {"iou": round(float(ious.mean()), 4), "iou_large": round(float(ious[large].mean()) if large.any() else 0, 4)}


def best_taus(ious: np.ndarray, large: np.ndarray, taus: tuple[int, ...]) -> dict:
    """{iou, iou_large: `means` of each individual's best, tau: the best for all together, iou_at_tau} of NxT IoUs.

    >>> best_taus(np.array([[0.25, 0.5], [1.0, 0.5]]), np.array([True, False]), (10, 20))
    {'iou': 0.75, 'iou_large': 0.5, 'tau': 10, 'iou_at_tau': 0.625}
    """
    together = ious.mean(0)
    k = int(together.argmax())
    return means(ious.max(1), large) | {"tau": taus[k], "iou_at_tau": round(float(together[k]), 4)}


def table(found: dict) -> str:
    """Markdown."""
    heads, *lines = rows(found)
    return "\n".join("| " + " | ".join(line) + " |" for line in [heads, ("---", *["---:"] * (len(heads) - 1)), *lines])


def main(given: list[str] | None = None) -> dict | None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", default=FOLDERS)
    parser.add_argument("--limit", type=int, help="only the first N photos of each folder")
    parser.add_argument(
        "--rules", nargs="*", default=list(TAUS), choices=list(TAUS), help="of growing, to compare with"
    )
    parser.add_argument("--record", type=Path, help="write the figures here")
    parser.add_argument("--show", action="store_true", help="print what was recorded, and measure nothing")
    args = parser.parse_args(given)
    found = record() if args.show else measure(args.data, args.limit, args.rules)
    if found is None:
        print("Nothing was recorded yet.")
        return None
    print(
        table(found),
        f"\n{found['individuals']} individuals in {found['photos']} photos, {found['large']} of them large",
    )
    if args.record:
        known = record(args.record)
        if known and not args.rules and known["individuals"] == found["individuals"]:
            found["answers"] = known["answers"] | found["answers"]  # growing is what it was
        args.record.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return found


if __name__ == "__main__":
    main()
