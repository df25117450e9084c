"""What the Learn tab says about a photo: numbers for its sentences, conditions for its paragraphs, data to draw.

    work_out(photo, prediction) -> {numbers: {name: text}, conditions: [name], figures: {name: data}}

Names in braces in text/*.md are keys of `numbers`; words after `?` there are `conditions`. Nothing here is ever NaN:
what a photo has no value for is left out, and the paragraph that would say it asks for a condition that does not hold.
"""

import zlib

import numpy as np
from scipy.special import softmax

from seg.classes import COUNT, TITLES
from seg.labels.codec import pack, pack_smooth
from seg.labels.components import count_blobs, describe
from seg.lessons import experiments
from seg.lessons.individuals import individuals_beside, seen_place
from seg.lessons.loss_lab import losses
from seg.lessons.sampling import scores_at
from seg.lessons.wording import counted, listed, spoken, whole
from seg.models.cache import Cache
from seg.models.individuals import Individuals
from seg.models.predictor import Prediction
from seg.photo.decode import content_key

GROWN = (0, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 80)  # px; measured points of the superset chart
START_GROWN = 16  # px; the one its slider begins at
THINNED = (2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64)  # px
LEVELS = (4, 8, 16, 32)  # shades a channel that the colour classifier tells apart
NUMBERED = 12  # individuals that get a number or a name on the picture, at most: the largest
BARS = 6  # classes shown of a pixel's 21
STACK = 4  # score maps shown
GOOD = 0.9  # the IoU that sounds good

_known = Cache(16, photos=True)  # the examples and a few more, up to 100 KB each: a third of a second of work


def work_out(photo: np.ndarray, prediction: Prediction) -> dict:
    """Everything about a photo, HxWx3 uint8, and its prediction. Plain types only, for JSON. From memory for what was
    asked before: not to be changed."""
    seen = (zlib.crc32(each.tobytes()) for each in (prediction.labels, prediction.scores))
    key = content_key(photo), prediction.model, *seen
    return _known.get(key, lambda: _work_out(photo, prediction))


def _work_out(photo: np.ndarray, prediction: Prediction) -> dict:
    labels, scores = prediction.labels, prediction.scores
    height, width = labels.shape
    legend = describe(labels, TITLES)
    things = [entry for entry in legend if entry["id"]]
    background = float((labels == 0).mean())
    blobs = count_blobs(labels)
    thing_blobs = sum(count for c, count in blobs.items() if c)
    cells = scores.shape[1:]
    found = individuals_beside(photo, prediction)
    conditions = {
        "found": bool(things),
        "background": background > 0,
        "one_blob": thing_blobs == 1,
        "blobs": thing_blobs > 1,
        "individuals": len(found) > 1,
        "one_individual": len(found) == 1,
        "nobody": bool(things) and not len(found),
        "coarser": cells[0] * cells[1] < labels.size,
    }
    numbers = {
        "height": whole(height),
        "width": whole(width),
        "pixels": whole(labels.size),
        "scores": whole(labels.size * COUNT),
        "cells_down": whole(cells[0]),
        "cells_across": whole(cells[1]),
        "cell_scores": whole(cells[0] * cells[1] * COUNT),
        "background_share": spoken(background),
        "found_share": spoken(1 - background),
        "found_names": listed([entry["name"] for entry in things]) or "nothing",
        "blobs": whole(thing_blobs),
        "individuals": whole(len(found)),
    }
    parts = {
        "kinds": kinds(labels, found),
        "function": function(prediction),
        "losses": losses(prediction),
        "accuracy": accuracy(labels, legend),
        "superset": superset(labels),
        "speckles": speckles(photo, labels),
        "thin": thin(labels),
    }
    for part in parts.values():
        numbers |= part.get("numbers", {})
        conditions |= part.get("conditions", {})
    figures = {name: part["figure"] for name, part in parts.items()}
    return {"numbers": numbers, "conditions": [name for name, holds in conditions.items() if holds], "figures": figures}


# Section by section


def kinds(labels: np.ndarray, found: Individuals) -> dict:
    """The class with the most pixels, for one name of the whole photo, and the individuals with where they are."""
    place = found.map()
    rows = [seen_place(one, place) | {"id": one.class_id, "box": [int(side) for side in one.box]} for one in found]
    largest = sorted(rows, key=lambda row: -row["pixels"])[:NUMBERED]
    return {
        "figure": {
            "subject": experiments.subject(labels),
            "individuals": rows,
            "numbered": [row["number"] for row in largest],
            "place": pack(place),
        }
    }


def function(prediction: Prediction) -> dict:
    """Softmax maps of the photo's main classes on the network's grid, and the scores of two pixels: the least confident
    of the photo, and the most confident of its subject."""
    labels, confidence = prediction.labels, prediction.confidence
    shares = softmax(prediction.scores.astype(np.float32), axis=0)
    order = np.argsort(-shares.mean((1, 2)), kind="stable")[:STACK]
    maps = [{"id": int(c), "map": pack(np.rint(shares[c] * 255).astype(np.uint8))} for c in order]
    within = labels == experiments.subject(labels)
    most_confident = np.where(within, confidence, 0).argmax()
    pixels = [
        pixel(prediction, undecided_pixel(prediction)),
        pixel(prediction, np.unravel_index(most_confident, labels.shape)),
    ]
    first, second = pixels[0]["bars"][:2]
    return {
        "figure": {"height": shares.shape[1], "width": shares.shape[2], "maps": maps, "pixels": pixels},
        "numbers": {
            "undecided_row": whole(pixels[0]["row"]),
            "undecided_column": whole(pixels[0]["column"]),
            "undecided_first": TITLES[first["id"]],
            "undecided_second": TITLES[second["id"]],
            "undecided_first_share": spoken(first["share"]),
            "undecided_second_share": spoken(second["share"]),
        },
    }


def undecided_pixel(prediction: Prediction) -> tuple[int, int]:
    """(row, column) of the least confident pixel whose half-precision scores still name its label."""
    confidence, labels = prediction.confidence, prediction.labels
    for index in np.flatnonzero(confidence.ravel() == confidence.min())[:64]:
        row, column = map(int, np.unravel_index(index, confidence.shape))
        if logits_of_pixel(prediction, row, column).argmax() == labels[row, column]:
            break
    return row, column


def logits_of_pixel(prediction: Prediction, row: int, column: int) -> np.ndarray:
    """The 21 logits of one pixel of the photo."""
    rows, columns, shape = np.array([row]), np.array([column]), prediction.labels.shape
    return scores_at(prediction.scores, *shape, rows, columns, prediction.align_corners)[:, 0, 0]


def pixel(prediction: Prediction, where: tuple[int, int]) -> dict:
    """{row, column, bars: [{id, score, share}] best first, rest: what the other classes share}."""
    row, column = map(int, where)
    scores = logits_of_pixel(prediction, row, column)
    shares = softmax(scores)
    best = np.argsort(-scores, kind="stable")[:BARS]
    bars = [{"id": int(c), "score": float(scores[c]), "share": float(shares[c])} for c in best]
    return {"row": row, "column": column, "bars": bars, "rest": max(0.0, 1 - sum(bar["share"] for bar in bars))}


def accuracy(labels: np.ndarray, legend: list[dict]) -> dict:
    """Every class that may be answered everywhere: those in the photo, and background in any case."""
    ids = [entry["id"] for entry in legend]
    answers = [{"id": c, **experiments.trivial(labels, c)} for c in (ids if 0 in ids else [*ids, 0])]
    commonest, count = answers[0], len(ids)
    return {
        "figure": {"answers": answers, "classes": count},
        "conditions": {"one_class": count == 1, "several_classes": count > 1},
        "numbers": {
            "common_name": TITLES[commonest["id"]],
            "common_accuracy": spoken(commonest["accuracy"]),
            "common_mean_iou": f"{commonest['mean_iou']:.3f}",
        },
    }


def superset(labels: np.ndarray, c: int = 0) -> dict:
    """How the objects of class c fare when they are grown: every distance, and measured points. c 0: the largest."""
    c = c or experiments.subject(labels)
    if not c:
        return {"figure": None, "conditions": dict.fromkeys(("grows", "mild", "cramped", "fills"), False)}
    mask = labels == c
    rows = experiments.growth(mask, GROWN)
    start = next(row for row in rows if row["n"] == START_GROWN)
    share = float(mask.mean())  # the IoU of the whole photo, the largest mask there is
    return {
        "figure": {
            "id": c,
            "pixels": int(mask.sum()),
            "points": rows,
            "distance": pack_smooth(experiments.distance_from(mask, GROWN[-1])),
            "most": GROWN[-1],
            "start": START_GROWN,
        },
        "conditions": {
            "grows": not mask.all(),
            "mild": share < GOOD <= start["iou"],
            "cramped": GOOD <= share < 1,
            "fills": bool(mask.all()),
        },
        "numbers": {
            "grown_name": TITLES[c],
            "grown_n": whole(start["n"]),
            "grown_iou": f"{start['iou']:.3f}",
            "grown_truth": counted(int(mask.sum()), "pixel"),
            "grown_pixels": counted(start["pixels"], "pixel"),
            "grown_share": spoken(share),
            "grown_least": f"{share:.3f}",
        },
    }


def speckles(photo: np.ndarray, labels: np.ndarray) -> dict:
    """The best labels that colours alone can give, at several numbers of shades, beside the network's blobs."""
    rows = []
    for levels in LEVELS:
        found = experiments.colour_labels(photo, labels, levels)
        blobs = sum(count_blobs(found).values())
        rows.append({"levels": levels, "blobs": blobs, "agree": float((found == labels).mean()), "map": pack(found)})
    network = sum(count_blobs(labels).values())
    start = rows[2]
    return {
        "figure": {"rows": rows, "network": network, "start": 2},
        "conditions": {
            "speckled": start["blobs"] > network,
            "unspeckled": (labels != labels[0, 0]).any() and start["blobs"] <= network,
            "uniform": bool(labels.any()) and not (labels != labels[0, 0]).any(),
        },
        "numbers": {
            "speckle_levels": whole(start["levels"]),
            "speckle_colours": whole(start["levels"] ** 3),
            "speckle_blobs": counted(start["blobs"], "blob"),
            "speckle_agree": spoken(start["agree"]),
            "network_blobs": counted(network, "blob"),
        },
    }


def thin(labels: np.ndarray, c: int = 0) -> dict:
    """How much of the objects of class c can go before their IoU does. c 0: the largest class.

    Opens on the widest cut that still leaves an IoU of GOOD; where none does, on the first that loses something.
    """
    c = c or experiments.subject(labels)
    if not c:
        return {"figure": None, "conditions": {"thin_passes": False, "thin_fails": False, "thick": False}}
    mask = labels == c
    rows, gone = experiments.thinning(mask, THINNED)
    losing = [i for i, row in enumerate(rows) if row["lost"]]
    passing = [i for i in losing if rows[i]["iou"] >= GOOD]
    start = passing[-1] if passing else (losing or [0])[0]
    chosen = rows[start]
    return {
        "figure": {"id": c, "pixels": int(mask.sum()), "rows": rows, "gone": pack(gone), "start": start},
        "conditions": {
            "thin_passes": bool(passing),
            "thin_fails": bool(losing) and not passing,
            "thick": not losing,
        },
        "numbers": {
            "thin_name": TITLES[c],
            "thin_w": whole(chosen["w"]),
            "thin_iou": f"{chosen['iou']:.3f}",
            "thin_lost": counted(chosen["lost"], "pixel"),
            "thin_pieces": counted(chosen["pieces"], "place"),
            "thin_boundary": f"{chosen['boundary_iou']:.3f}",
            "thin_most": whole(THINNED[-1]),
        },
    }


OBJECT_PARTS = {"superset": superset, "thin": thin}  # the experiments on one class, which the visitor may choose


def object_part(labels: np.ndarray, part: str, c: int) -> dict:
    """One of OBJECT_PARTS for class c: {part, numbers, conditions: {name: bool}, figure}.

    Raises ValueError where there is no such experiment, or the labels hold no pixel of c.
    """
    if part not in OBJECT_PARTS:
        raise ValueError("There is no such experiment: pick one of the page.")
    if not 0 < c < COUNT or not (labels == c).any():
        raise ValueError("The model found nothing of that class in this photo: pick one of those shown.")
    return {"part": part} | OBJECT_PARTS[part](labels, c)
