"""The individuals of a photo beside its label map: who finds them, and how many share a blob."""

import numpy as np

from seg.classes import NAMES, TITLES
from seg.labels.components import count_blobs, find_blobs
from seg.labels.morphology import innermost
from seg.models.individuals import Individual, Individuals
from seg.models.predictor import Prediction, load_predictor
from seg.models.registry import ZOO

TRUNK = "bundled"  # the network whose trunk the head for individuals reads


def has_head(model: str) -> bool:
    """Whether the labels of a model of the zoo can be grouped to individuals: it is the bundled one, or another head
    on its trunk."""
    return TRUNK in (model, ZOO[model].trunk)


def individuals_beside(photo: np.ndarray, prediction: Prediction) -> Individuals:
    """The individuals of a photo HxWx3 uint8: of these very labels where the model has the head, else the bundled
    model's."""
    return load_predictor(prediction.model if has_head(prediction.model) else TRUNK).individuals(photo)


def seen_place(one: Individual, place: np.ndarray) -> dict:
    """{number, pixels: seen, row, column: a pixel well inside what is seen of it, room: its distance from the outside}.

    place: HxW, the number of the individual at each pixel, as `Individuals.map` has it. One that is wholly hidden has 0
    pixels, and its own innermost pixel.
    """
    top, left, bottom, right = one.box
    seen = place[top:bottom, left:right] == one.number
    row, column, room = innermost(seen if seen.any() else one.cut)
    return {"number": one.number, "pixels": int(seen.sum()), "row": top + row, "column": left + column, "room": room}


def blobs_and_individuals(labels: np.ndarray, found: Individuals) -> list[dict]:
    """[{name, voc, blobs, individuals, together}] for every class, background aside, that the label map or an
    individual has.

    Largest classes of the label map first. `name` is for people; `blobs` is null for a class that the semantic model
    does not have; `together`: how many individuals the fullest blob of the class holds, each counted where most of it
    is.
    """
    blobs = count_blobs(labels)
    areas = np.bincount(labels.ravel(), minlength=256)
    names = [NAMES[i] for i in sorted(blobs, key=lambda i: -areas[i]) if i]
    names += [name for name in dict.fromkeys(one.name for one in found) if name not in names]
    together = in_fullest_blob(labels, found)
    rows = []
    for name in names:
        voc = NAMES.index(name) if name in NAMES else None
        rows.append(
            {
                "name": name if voc is None else TITLES[voc],
                "voc": voc,
                "blobs": None if voc is None else blobs.get(voc, 0),
                "individuals": sum(one.name == name for one in found),
                "together": together.get(voc, 0),
            }
        )
    return rows


def in_fullest_blob(labels: np.ndarray, found: Individuals) -> dict[int, int]:
    """{class id: how many of its individuals the blob of that class with the most of them holds}."""
    _, start, end, _, blob = find_blobs(labels)
    blob_map = np.repeat(blob, end - start).reshape(labels.shape)
    fullest, holding = {}, {}
    for one in found:
        top, left, bottom, right = one.box
        box = np.s_[top:bottom, left:right]
        own = blob_map[box][one.cut & (labels[box] == one.class_id)]
        if one.class_id is not None and own.size:
            key = int(np.bincount(own).argmax())  # blobs of all classes are numbered together
            holding[key] = holding.get(key, 0) + 1
            fullest[one.class_id] = max(fullest.get(one.class_id, 0), holding[key])
    return fullest
