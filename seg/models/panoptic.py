"""Individuals by Panoptic-DeepLab: its head on the trunk's features, then `seg.models.grouping`."""

import time

import numpy as np

from seg.models.grouping import group
from seg.models.individuals import Individuals

MODEL = "panoptic"


def find_individuals(head, photo: np.ndarray, prediction) -> Individuals:
    """The individuals of a working photo, HxWx3 uint8. head: the head's `Predictor`. prediction: of the same photo.

    milliseconds: head and grouping, on top of the trunk.
    """
    size = head.entry.input_size(*photo.shape[:2])
    features = head.inputs_of([photo], size, [prediction] if prediction.features else None)
    began = time.perf_counter()
    said = head.inside_of(features, lambda network, given: network(given))
    heat, offsets = (each[0].float().cpu().numpy() for each in said)
    # Pixels of the network's input -> of the photo: first and last pixels lie on each other.
    scale = [(pixels - 1) / (side - 1) for pixels, side in zip(photo.shape[:2], size, strict=True)]
    offsets = offsets * np.array(scale, np.float32)[:, None, None]
    found = group(prediction.labels, prediction.confidence, heat[0], offsets)
    milliseconds = 1000 * (time.perf_counter() - began)
    kept = offsets.astype(np.float16)
    return Individuals(*photo.shape[:2], tuple(found), milliseconds, head.device_name, MODEL, "", kept)
