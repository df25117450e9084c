"""Second opinions on a photo: every other model, and the same model asked differently.

    half     the same network and weights, but the photo reaches it at half the size: cheaper, blind to small things
    mirror   the same network and weights look at the photo mirrored left to right; its scores are mirrored back

The last two need no download, so that a second opinion is always there. They are not other models: where they differ
from the first answer, the network contradicts itself, which it does along edges and wherever it is unsure. Averaging
such answers is known as multi-scale and flipped inference (Chen et al., "Rethinking Atrous Convolution for Semantic
Image Segmentation", 2017, section 4).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from seg.models import predictor as predictor_module
from seg.models.device import out_of_memory
from seg.models.families import FAMILIES
from seg.models.label_map import labels_of
from seg.models.predictor import Prediction, load_predictor
from seg.models.registry import ZOO, Entry

HALF = 0.5  # of the usual input size


@dataclass(frozen=True)
class Alternative:
    """One way to a second opinion.

    name    "half", "mirror" or a model's name; about: what it is, in a sentence for the visitor
    entry   the registry's, of the network that answers
    ask     (HxWx3 uint8) -> Prediction. Loads the model where that was not done yet; raises ValueError in a sentence
            where its weights cannot be had
    """

    name: str
    title: str
    about: str
    entry: Entry
    ask: Callable[[np.ndarray], Prediction]


def alternatives(model: str) -> dict[str, Alternative]:
    """{name: Alternative} of all that can be asked beside `model`. Raises ValueError for an unknown model.

    >>> list(alternatives("bundled"))[:2]
    ['half', 'mirror']
    """
    if model not in ZOO:
        raise ValueError(f'model must be one of {", ".join(ZOO)}; got "{model}"')
    found = [*variants(model), *(another(name) for name in ZOO if name != model)]
    return {each.name: each for each in found}


def variants(model: str) -> list[Alternative]:
    """The two ways to ask `model` differently."""
    entry = ZOO[model]
    return [
        Alternative(
            "half",
            f"{entry.title} at half size",
            f"The same network and weights, but the photo reaches it {_sides(entry)}: faster, blind to small things.",
            entry,
            partial(_ask_at_half_size, model),
        ),
        Alternative(
            "mirror",
            f"{entry.title}, photo mirrored",
            "The same network and weights, but it sees the photo mirrored left to right, and its answer is mirrored "
            "back: where the two differ, it contradicts itself.",
            entry,
            partial(_ask_mirrored, model),
        ),
    ]


def another(model: str) -> Alternative:
    """`model` as the second one."""
    entry = ZOO[model]
    if entry.trunk:
        about = f"Another head on the trunk of {ZOO[entry.trunk].title}. {FAMILIES[model].key_move}"
    else:
        about = f"Another network with weights of its own: {entry.parameters / 1e6:.1f} million parameters."
    if entry.score is not None:
        about += f" {'Mean' if entry.trunk else 'Published mean'} IoU {entry.score:.1f} % on {entry.score_on}."
    return Alternative(model, entry.title, about, entry, partial(_ask_other, model))


def _sides(entry: Entry) -> str:
    """What half the input size means for a model, in words."""
    if entry.short_side is None:
        return f"with {max(entry.input_size(1024, 1024, HALF))} pixels on the long side instead of {entry.long_side}"
    return f"with {round(HALF * entry.short_side)} pixels on the short side instead of {entry.short_side}"


def _ask_other(model: str, photo: np.ndarray) -> Prediction:
    return load_predictor(model)(photo)


def _ask_mirrored(model: str, photo: np.ndarray) -> Prediction:
    """What the model says of the mirror image, mirrored back."""
    found = load_predictor(model)(np.ascontiguousarray(photo[:, ::-1]))
    labels, confidence, scores = (
        np.ascontiguousarray(plane[..., ::-1]) for plane in (found.labels, found.confidence, found.scores)
    )
    return replace(found, labels=labels, confidence=confidence, scores=scores, features=None)


def _ask_at_half_size(model: str, photo: np.ndarray) -> Prediction:
    """What the model says when its input has half the usual sides. Raises ValueError when the memory is full."""
    lent = predictor_module.elsewhere is not None  # a GPU that is lent runs the usual size only
    predictor = load_predictor(model, device="cpu" if lent else "auto")
    entry, (height, width) = predictor.entry, photo.shape[:2]
    began = time.perf_counter()
    try:
        scores = predictor.scores_of([photo], entry.input_size(height, width, HALF))[0].cpu()  # waits for the device
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        raise ValueError("The graphics card's memory is full: please try again in a moment.") from error
    milliseconds = 1000 * (time.perf_counter() - began)
    kept = scores.half().numpy()
    labels, confidence = labels_of(kept, height, width, entry.align_corners)
    device = predictor.device_name
    return Prediction(labels, confidence, kept, milliseconds, device, model, entry.align_corners)
