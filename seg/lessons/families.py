"""Every family's head on one photo: its labels, the stages of FCN, the masks of MaskFormer.

    answers(photo) -> {heads: [...], stages: [...], masks: [...]}

All heads read the same features of the same trunk, so what differs is the family's key move.
"""

import numpy as np
from torch import Tensor, nn

from seg.classes import TITLES
from seg.labels.codec import pack
from seg.models import predictor as predictor_module
from seg.models.families import FAMILIES, OWN
from seg.models.heads.fcn import STAGES
from seg.models.heads.maskformer import NOTHING
from seg.models.label_map import labels_of
from seg.models.predictor import Predictor, load_predictor
from seg.models.registry import ZOO, measured
from seg.models.trunk import Features, resized

MASKS = 8  # shown at most
LEAST = 0.001  # of the photo that a shown mask covers at least


def answers(photo: np.ndarray) -> dict:
    """What a photo HxWx3 uint8 looks like to every head that is here. Plain types only, for JSON.

    heads   [{name, title, key_move, labels, milliseconds, parameters, mean_iou, boundary_iou}], DeepLabV3+ first;
            labels packed, HxW; parameters: of the head alone; the scores as measured with its training
    stages  [{title, labels}] of FCN, each with the finer features added; [] without FCN
    masks   [{name, label, score, mask}] of MaskFormer, the surest first: class, how sure its query is, HxW of 0 and 1
    """
    found = [head(name, photo) for name in ("bundled", *FAMILIES) if name in ZOO]
    return {"heads": found, "stages": stages(photo), "masks": masks(photo)}


def head(name: str, photo: np.ndarray) -> dict:
    prediction, figures = ready(name)(photo), measured("heads").get(name, {})
    family = FAMILIES.get(name, OWN)
    return {
        "name": name,
        "title": family.title,
        "key_move": family.key_move,
        "labels": pack(prediction.labels),
        "milliseconds": prediction.milliseconds,
        "parameters": figures.get("head_parameters"),
        "mean_iou": figures.get("mean_iou"),
        "boundary_iou": figures.get("boundary_iou"),
    }


def stages(photo: np.ndarray) -> list[dict]:
    """FCN's 32s, 16s and 8s."""
    if "fcn" not in ZOO:
        return []

    def look(fcn: nn.Module, features: Features) -> list[Tensor]:
        return [each[0].half().cpu() for each in fcn.stages(features)]

    found = ready("fcn").inside(photo, look)
    labels = [labels_of(each.numpy(), *photo.shape[:2])[0] for each in found]
    return [{"title": title, "labels": pack(each)} for title, each in zip(STAGES, labels, strict=True)]


def masks(photo: np.ndarray) -> list[dict]:
    """The masks of the queries that found a thing, the surest first."""
    if "maskformer" not in ZOO:
        return []

    def look(maskformer: nn.Module, features: Features) -> tuple[Tensor, Tensor]:
        said = maskformer.masks(features)[-1]
        return said.classes[0].float().softmax(-1).cpu(), said.masks.float().cpu()

    chances, logits = ready("maskformer").inside(photo, look)
    large = resized(logits, photo.shape[:2])[0] > 0
    score, label = chances.max(-1)
    found = []
    for query in score.argsort(descending=True).tolist():
        mask, class_id = large[query].numpy().astype(np.uint8), int(label[query])
        if class_id != NOTHING and mask.mean() >= LEAST and len(found) < MASKS:
            name, sure = TITLES[class_id], float(score[query])
            found.append({"name": name, "label": class_id, "score": sure, "mask": pack(mask)})
    return found


def ready(name: str) -> Predictor:
    """A head's predictor; on the CPU where a GPU is lent to one function only."""
    return load_predictor(name, "cpu" if predictor_module.elsewhere else "auto")
