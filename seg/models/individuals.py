"""Individuals in a photo: torchvision's Mask R-CNN, the third kind of segmentation beside semantic and panoptic.

    found = load_instances()(photo)         # HxWx3 uint8 RGB or a PIL image
    found.instances[0].name, found.instances[0].score, found.instances[0].mask      # most certain first
    found.map()                             # HxW uint8: 0 nobody, 1 the first, 2 the second ...

Source: He et al., "Mask R-CNN", ICCV 2017, section 3. Trained on COCO: 80 classes, of which VOC has 20. Masks may
overlap, and a pixel may be in none: unlike a label map, this is no function from pixels to labels.
"""

import threading
import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torchvision.models import get_model_weights

from seg.classes import NAMES
from seg.models.cache import Cache
from seg.models.device import choose_device, name_of, out_of_memory
from seg.models.predictor import NOTE_CPU
from seg.models.registry import INSTANCES, Entry
from seg.models.weights import Progress
from seg.photo.decode import content_key, load_photo

SURE = 0.5  # at least this score: what is less certain is mostly wrong
MOST = 50  # individuals in a photo; 255 would be the limit of `map`
INSIDE = 0.5  # a pixel belongs to the mask from this probability on (He et al. 2017, section 3.1)
ANSWERS_KEPT = 16  # masks are cut to their boxes: a megabyte each at most, in practice
MODELS_KEPT = 1

# COCO's names of VOC's classes, where they differ (Lin et al., "Microsoft COCO", ECCV 2014, appendix).
VOC_NAMES = {
    "airplane": "aeroplane",
    "motorcycle": "motorbike",
    "couch": "sofa",
    "potted plant": "pottedplant",
    "dining table": "diningtable",
    "tv": "tvmonitor",
}
CATEGORIES = tuple(get_model_weights("maskrcnn_resnet50_fpn")["COCO_V1"].meta["categories"])  # by the network's label


@dataclass(frozen=True)
class Instance:
    """One individual.

    name    its class in VOC's words where VOC has it, else in COCO's
    voc     its id among the 21 classes; None: VOC does not have it
    score   0 to 1, how sure the network is
    box     (top, left, bottom, right) in pixels of the photo, bottom and right exclusive
    mask    bool, the size of the box: the pixels of the box that are it
    """

    name: str
    voc: int | None
    score: float
    box: tuple[int, int, int, int]
    mask: np.ndarray


@dataclass(frozen=True)
class Instances:
    """The individuals of one photo of HxW pixels, most certain first; and, as in `Prediction`, how they were found."""

    height: int
    width: int
    instances: tuple[Instance, ...]
    milliseconds: float
    device: str
    model: str
    note: str = ""

    def map(self) -> np.ndarray:
        """HxW uint8: 0 where nobody is, else 1 + the index of the most certain individual there."""
        ids = np.zeros((self.height, self.width), np.uint8)
        for i in reversed(range(len(self.instances))):
            top, left, bottom, right = self.instances[i].box
            ids[top:bottom, left:right][self.instances[i].mask] = i + 1
        return ids


class InstancePredictor:
    """Mask R-CNN on a device. Calling it is thread-safe; equal photos are answered from memory."""

    def __init__(self, entry: Entry, device: str = "auto"):
        """Raises what `Entry.load` and `seg.models.device.choose_device` raise."""
        self.entry, self.device = entry, choose_device(device)
        self._network = entry.load().to(self.device)
        self._network.roi_heads.score_thresh = SURE
        self._network.roi_heads.detections_per_img = MOST
        self._answers = Cache(ANSWERS_KEPT, photos=True)
        self._lock = threading.Lock()  # one photo at a time: a run takes all cores, and gigabytes for its layers
        self.runs = 0

    def __call__(self, image) -> Instances:
        """HxWx3 uint8 RGB or PIL image -> the individuals in the working photo (long side at most 1024).

        Raises ValueError for anything `seg.photo.decode.load_photo` refuses.
        """
        photo = load_photo(image)

        def find(keys: list) -> list[tuple]:
            with self._lock:
                found = self._find(photo)
            return [(keys[0], found, not found.note)]

        return self._answers.get_many([content_key(photo)], find)[0]

    def _find(self, photo: np.ndarray) -> Instances:
        began = time.perf_counter()
        try:
            answer = self._run(photo)
        except RuntimeError as error:
            if self.device.type == "cpu" or not out_of_memory(error):
                raise
            answer = None
        if answer is None:
            return replace(InstancePredictor(self.entry, "cpu")(photo), note=NOTE_CPU)
        self.runs += 1
        milliseconds = 1000 * (time.perf_counter() - began)
        found = individuals(answer)
        return Instances(*photo.shape[:2], found, milliseconds, name_of(self.device), self.entry.name)

    def _run(self, photo: np.ndarray) -> dict[str, np.ndarray]:
        """The network's answer: boxes Nx4 (x0, y0, x1, y1), labels N, scores N, masks NxHxW bool."""
        with torch.inference_mode(), torch.autocast(self.device.type, enabled=self.device.type == "cuda"):
            image = torch.from_numpy(photo).to(self.device).permute(2, 0, 1).float() / 255
            answer = self._network([image])[0]
            answer["masks"] = answer["masks"][:, 0] >= INSIDE
            return {key: value.cpu().numpy() for key, value in answer.items()}


def individuals(answer: dict[str, np.ndarray]) -> tuple[Instance, ...]:
    """What torchvision's network says of one photo -> Instances, most certain first; empty masks are left out."""
    found = []
    for i in np.argsort(-answer["scores"], kind="stable"):
        mask = answer["masks"][i]
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not len(rows):
            continue
        top, left, bottom, right = (int(n) for n in (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1))
        coco = CATEGORIES[int(answer["labels"][i])]
        name = VOC_NAMES.get(coco, coco)
        voc = NAMES.index(name) if name in NAMES else None
        cut = mask[top:bottom, left:right].copy()  # a copy: the full-size masks must not stay in memory
        found.append(Instance(name, voc, float(answer["scores"][i]), (top, left, bottom, right), cut))
    return tuple(found)


_loaded = Cache(MODELS_KEPT)


def load_instances(
    model: str = "maskrcnn_resnet50_fpn", device: str = "auto", progress: Progress | None = None
) -> InstancePredictor:
    """The predictor of an entry of `seg.models.registry.INSTANCES`; arguments and errors as for
    `seg.models.predictor.load_predictor`."""
    if model not in INSTANCES:
        raise ValueError(f'model must be one of {", ".join(INSTANCES)}; got "{model}"')
    entry, where = INSTANCES[model], choose_device(device)
    if (entry, where) not in _loaded:
        entry.obtain(progress)
    return _loaded.get((entry, where), lambda: InstancePredictor(entry, str(where)))
