"""Mask R-CNN, torchvision's: it finds a box for each individual first, then the mask in it.

    load_instances()(photo)         # HxWx3 uint8 RGB or a PIL image -> `seg.models.individuals.Individuals`

Source: He et al., "Mask R-CNN", ICCV 2017, section 3. Trained on COCO: 80 classes, of which VOC has 20. Masks may
overlap, and a pixel may be in none: unlike a label map, this is no function from pixels to labels.
"""

import threading
import time
from dataclasses import replace

import numpy as np
import torch

from seg.classes import NAMES
from seg.models.cache import Cache
from seg.models.device import choose_device, name_of, out_of_memory
from seg.models.individuals import Individual, Individuals, cut_out
from seg.models.predictor import NOTE_CPU
from seg.models.registry import INSTANCES, Entry
from seg.models.torchvision import coco_categories
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

    def __call__(self, image) -> Individuals:
        """HxWx3 uint8 RGB or PIL image -> the individuals in the working photo (long side at most 1024).

        Raises ValueError for anything `seg.photo.decode.load_photo` refuses.
        """
        photo = load_photo(image)

        def find(keys: list) -> list[tuple]:
            with self._lock:
                found = self._find(photo)
            return [(keys[0], found, not found.note)]

        return self._answers.get_many([content_key(photo)], find)[0]

    def _find(self, photo: np.ndarray) -> Individuals:
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
        found = individuals(answer, photo.shape[:2])
        return Individuals(*photo.shape[:2], found, milliseconds, name_of(self.device), self.entry.name)

    def _run(self, photo: np.ndarray) -> dict[str, np.ndarray]:
        """The network's answer: boxes Nx4 (x0, y0, x1, y1), labels N, scores N, masks NxHxW bool."""
        with torch.inference_mode(), torch.autocast(self.device.type, enabled=self.device.type == "cuda"):
            image = torch.from_numpy(photo).to(self.device).permute(2, 0, 1).float() / 255
            answer = self._network([image])[0]
            answer["masks"] = answer["masks"][:, 0] >= INSIDE
            return {key: value.cpu().numpy() for key, value in answer.items()}


def individuals(answer: dict[str, np.ndarray], size: tuple[int, int]) -> tuple[Individual, ...]:
    """What torchvision's network says of one photo of this size -> individuals, most certain first, but empty masks."""
    found = []
    for i in np.argsort(-answer["scores"], kind="stable"):
        cut = cut_out(answer["masks"][i])
        if cut:
            coco = coco_categories()[int(answer["labels"][i])]
            name = VOC_NAMES.get(coco, coco)
            class_id = NAMES.index(name) if name in NAMES else None
            found.append(Individual(len(found) + 1, name, class_id, float(answer["scores"][i]), *cut, tuple(size)))
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
