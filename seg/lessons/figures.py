"""What the Learn tab says about a photo: numbers for its sentences, conditions for its paragraphs, data to draw.

    work_out(session) -> {numbers: {name: text}, conditions: [name], figures: {name: data}}

Names in braces in text/*.md are keys of `numbers`; words after `?` there are `conditions`. Nothing here is ever NaN:
what a photo has no value for is left out, and the paragraph that would say it asks for a condition that does not hold.
"""

import numpy as np

from seg.classes import COUNT, NAMES
from seg.labels.codec import pack
from seg.labels.components import count_blobs, describe
from seg.lessons import experiments
from seg.page.session import Session

GROWN = (0, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 80)  # px; measured points of the superset chart
START_GROWN = 16  # px; the one its slider begins at
THINNED = (2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64)  # px
LEVELS = (4, 8, 16, 32)  # shades a channel that the colour classifier tells apart
NUMBERED = 12  # blobs that get a number, at most
SPECK = 0.001  # of the photo: smaller blobs get none, unless it is the only one
BARS = 6  # classes shown of a pixel's 21
STACK = 4  # score maps shown
GOOD = 0.9  # the IoU that sounds good


def work_out(session: Session) -> dict:
    """Everything of a session's photo and prediction, the visitor's painting aside. Plain types only, for JSON."""
    labels, scores = session.prediction.labels, session.prediction.scores
    height, width = labels.shape
    legend = describe(labels)
    things = [entry for entry in legend if entry["id"]]
    background = float((labels == 0).mean())
    blobs = count_blobs(labels)
    thing_blobs = sum(count for c, count in blobs.items() if c)
    cells = scores.shape[1:]
    conditions = {
        "found": bool(things),
        "background": background > 0,
        "mixed": bool(things) and background > 0,
        "one_blob": thing_blobs == 1,
        "blobs": thing_blobs > 1,
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
        "background_share": percent(background),
        "found_share": percent(1 - background),
        "found_names": listed([entry["name"] for entry in things]) or "nothing",
        "blobs": whole(thing_blobs),
    }
    parts = {
        "kinds": kinds(labels),
        "function": function(session),
        "losses": losses(session),
        "accuracy": accuracy(labels, legend),
        "superset": superset(labels),
        "speckles": speckles(session.photo, labels),
        "thin": thin(labels),
    }
    for part in parts.values():
        numbers |= part.get("numbers", {})
        conditions |= part.get("conditions", {})
    figures = {name: part["figure"] for name, part in parts.items()}
    return {"numbers": numbers, "conditions": [name for name, holds in conditions.items() if holds], "figures": figures}


# Section by section


def kinds(labels: np.ndarray) -> dict:
    """Blobs with their numbers, as the nearest this model gets to individuals."""
    rows, place = experiments.blobs_of(labels, NUMBERED)
    large = [row for row in rows if row["pixels"] >= SPECK * labels.size] or rows[:1]
    place[place > len(large)] = 0
    return {"figure": {"blobs": large, "place": pack(place)}}


def function(session: Session) -> dict:
    """Softmax maps of the photo's main classes on the network's grid, and the scores of two pixels."""
    labels, confidence = session.prediction.labels, session.prediction.confidence
    scores = session.prediction.scores.astype(np.float32)
    shares = softmax(scores)
    order = np.argsort(-shares.mean((1, 2)), kind="stable")[:STACK]
    maps = [{"id": int(c), "map": pack(np.rint(shares[c] * 255).astype(np.uint8))} for c in order]
    within = labels == experiments.subject(labels)
    sure = np.where(within, confidence, 0)
    pixels = [
        pixel(session, undecided_pixel(session)),
        pixel(session, np.unravel_index(sure.argmax(), sure.shape)),
    ]
    first, second = pixels[0]["bars"][:2]
    return {
        "figure": {"height": scores.shape[1], "width": scores.shape[2], "maps": maps, "pixels": pixels},
        "numbers": {
            "undecided_row": whole(pixels[0]["row"]),
            "undecided_column": whole(pixels[0]["column"]),
            "undecided_first": NAMES[first["id"]],
            "undecided_second": NAMES[second["id"]],
            "undecided_first_share": percent(first["share"]),
            "undecided_second_share": percent(second["share"]),
        },
    }


def undecided_pixel(session: Session) -> tuple[int, int]:
    """(row, column) of the least confident pixel whose half-precision scores still name its label."""
    confidence, labels = session.prediction.confidence, session.prediction.labels
    least = np.flatnonzero(confidence.ravel() == confidence.min())[:64]
    for place in least:
        row, column = np.unravel_index(place, confidence.shape)
        if at(session, row, column).argmax() == labels[row, column]:
            break
    return int(row), int(column)


def at(session: Session, row: int, column: int) -> np.ndarray:
    """The 21 logits of one pixel of the photo."""
    prediction = session.prediction
    rows, columns = np.array([row]), np.array([column])
    return experiments.scores_at(prediction.scores, *prediction.labels.shape, rows, columns, prediction.align_corners)[
        :, 0, 0
    ]


def pixel(session: Session, place: tuple[int, int]) -> dict:
    """{row, column, bars: [{id, score, share}] best first, rest: what the other classes share}."""
    row, column = map(int, place)
    scores = at(session, row, column)
    shares = softmax(scores)
    best = np.argsort(-scores, kind="stable")[:BARS]
    bars = [{"id": int(c), "score": float(scores[c]), "share": float(shares[c])} for c in best]
    return {"row": row, "column": column, "bars": bars, "rest": max(0.0, 1 - sum(bar["share"] for bar in bars))}


CANDIDATES = ("nothing", "background", "model")  # and "painting", where there is one


def losses(session: Session) -> dict:
    """Four losses of knowing nothing, of all background and of the model; maps of where each pulls."""
    logits, truth = losses_ground(session)
    empty = np.zeros_like(truth)
    table = experiments.loss_table(
        {"nothing": np.zeros_like(logits), "background": experiments.sure_logits(empty), "model": logits}, truth
    )
    value = {who: {loss: entry["value"] for loss, entry in table[who].items()} for who in table}
    fall = {loss: 1 - value["background"][loss] / value["nothing"][loss] for loss in value["nothing"]}
    found = bool(truth.any())
    share = float((truth == 0).mean())
    cheap = found and fall["cross_entropy"] > max(0, fall["dice"], fall["lovasz_softmax"])
    dear = found and fall["cross_entropy"] <= 0
    nothing = table["nothing"]
    mixed = found and share > 0
    unseen = not found and bool(session.prediction.labels.any())
    return {
        "figure": {
            "height": truth.shape[0],
            "width": truth.shape[1],
            "table": {who: {loss: drawable(entry) for loss, entry in row.items()} for who, row in table.items()},
        },
        "conditions": {
            "cheap": cheap,
            "dear": dear and share > 0,
            "foreign": dear and share == 0,
            "middling": found and not cheap and not dear,
            "pull": mixed,
            "unseen": unseen,
        },
        "numbers": {
            "grid_down": whole(truth.shape[0]),
            "grid_across": whole(truth.shape[1]),
            "ce_nothing": f"{value['nothing']['cross_entropy']:.2f}",
            "ce_background": f"{value['background']['cross_entropy']:.2f}",
            "ce_model": f"{value['model']['cross_entropy']:.3f}",
            "ce_fall": percent(abs(fall["cross_entropy"]), 0),
            "dice_nothing": f"{value['nothing']['dice']:.2f}",
            "dice_background": f"{value['background']['dice']:.2f}",
            "dice_fall": f"falls by {percent(fall['dice'], 0)} only" if fall["dice"] > 0 else "does not fall at all",
            "lovasz_nothing": f"{value['nothing']['lovasz_softmax']:.2f}",
            "lovasz_background": f"{value['background']['lovasz_softmax']:.2f}",
            "pull_ce": percent(nothing["cross_entropy"]["on_background"] or 0, 0),
            "pull_dice": percent(nothing["dice"]["on_background"] or 0, 0),
        },
    }


def losses_ground(session: Session) -> tuple[np.ndarray, np.ndarray]:
    """(21xhxw logits, hxw truth) at the photo's pixels nearest to the network's cells."""
    rows, columns, labels = loss_grid(session)
    prediction = session.prediction
    logits = experiments.scores_at(prediction.scores, *labels.shape, rows, columns, prediction.align_corners)
    return logits, labels[np.ix_(rows, columns)]


def painting_losses(session: Session, painted: np.ndarray) -> dict:
    """{loss: {value, on_background, map}} of a painted label map HxW (0 to 20), taken to be 99 % sure everywhere."""
    rows, columns, labels = loss_grid(session)
    places = np.ix_(rows, columns)
    table = experiments.loss_table({"painting": experiments.sure_logits(painted[places])}, labels[places])
    return {loss: drawable(entry) for loss, entry in table["painting"].items()}


def loss_grid(session: Session):
    prediction = session.prediction
    labels = prediction.labels
    rows, columns = experiments.grid_of(*labels.shape, *prediction.scores.shape[1:], prediction.align_corners)
    return rows, columns, labels


def drawable(entry: dict) -> dict:
    """The map as bytes: the square root of each pixel's pull over the hardest one, so that weak pulls show too."""
    top = float(entry["map"].max())
    shade = np.sqrt(entry["map"] / top) if top > 0 else entry["map"]
    return {
        "value": entry["value"],
        "on_background": entry["on_background"],
        "map": pack(np.rint(shade * 255).astype(np.uint8)),
    }


def accuracy(labels: np.ndarray, legend: list[dict]) -> dict:
    """Every class that may be answered everywhere: those in the photo, and background in any case."""
    ids = [entry["id"] for entry in legend]
    answers = [{"id": c, **experiments.trivial(labels, c)} for c in (ids if 0 in ids else [*ids, 0])]
    commonest, count = answers[0], len(ids)
    return {
        "figure": {"answers": answers, "classes": count},
        "conditions": {"one_class": count == 1, "several_classes": count > 1},
        "numbers": {
            "common_name": NAMES[commonest["id"]],
            "common_accuracy": percent(commonest["accuracy"]),
            "common_mean_iou": f"{commonest['mean_iou']:.3f}",
            "class_count": whole(count),
        },
    }


def superset(labels: np.ndarray, c: int = 0) -> dict:
    """How the objects of class c fare when they are grown: every distance, and measured points. c 0: the largest."""
    c = c or experiments.subject(labels)
    if not c:
        return {"figure": None, "conditions": {"grows": False, "mild": False, "fills": False}}
    mask = labels == c
    rows = experiments.growth(mask, GROWN)
    start = next(row for row in rows if row["n"] == START_GROWN)
    return {
        "figure": {
            "id": c,
            "pixels": int(mask.sum()),
            "points": rows,
            "distance": pack(experiments.distance_from(mask, GROWN[-1])),
            "most": GROWN[-1],
            "start": START_GROWN,
        },
        "conditions": {
            "grows": not mask.all(),
            "mild": not mask.all() and start["iou"] >= GOOD,
            "fills": bool(mask.all()),
        },
        "numbers": {
            "grown_name": NAMES[c],
            "grown_n": whole(start["n"]),
            "grown_iou": f"{start['iou']:.3f}",
            "grown_truth": counted(int(mask.sum()), "pixel"),
            "grown_pixels": counted(start["pixels"], "pixel"),
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
            "speckle_agree": percent(start["agree"]),
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
            "thin_name": NAMES[c],
            "thin_w": whole(chosen["w"]),
            "thin_iou": f"{chosen['iou']:.3f}",
            "thin_lost": counted(chosen["lost"], "pixel"),
            "thin_pieces": counted(chosen["pieces"], "place"),
            "thin_boundary": f"{chosen['boundary_iou']:.3f}",
            "thin_most": whole(THINNED[-1]),
        },
    }


OBJECT_PARTS = {"superset": superset, "thin": thin}  # the experiments on one class, which the visitor may choose


def object_part(session: Session, part: str, c: int) -> dict:
    """One of OBJECT_PARTS for class c: {part, numbers, conditions: {name: bool}, figure}. Raises ValueError where there
    is no such experiment, or the photo's mask has no pixel of c."""
    labels = session.prediction.labels
    if part not in OBJECT_PARTS:
        raise ValueError("There is no such experiment: pick one of the page.")
    if not 0 < c < COUNT or not (labels == c).any():
        raise ValueError("The model found nothing of that class in this photo: pick one of those shown.")
    return {"part": part} | OBJECT_PARTS[part](labels, c)


# Numbers as the visitor reads them; the browser's Seg.number, Seg.percent and Seg.plural write the same.


def whole(value: int) -> str:
    return f"{value:,}"


def percent(share: float, digits: int = 1) -> str:
    """ "16.1 %"; a share that rounds to nothing or to all, and is neither, as "<0.1 %" or ">99.9 %"."""
    step = 10.0**-digits
    if 0 < 100 * share < step / 2:
        return f"<{step:.{digits}f} %"
    if 100 - step / 2 <= 100 * share < 100:
        return f">{100 - step:.{digits}f} %"
    return f"{100 * share:.{digits}f} %"


def counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def listed(words: list[str]) -> str:
    """ "cow, horse and person"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Along the first axis."""
    raised = np.exp(scores - scores.max(0))
    return raised / raised.sum(0)
