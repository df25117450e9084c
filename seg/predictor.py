"""Photo in; labels, confidence and scores out. One network run per photo and model, remembered for later questions.

predictor = load_predictor("bundled")
prediction = predictor(photo)          # HxWx3 uint8 RGB or a PIL image
prediction.labels[row, column]         # class id
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from seg.network import fit_size
from seg.photo import content_key, load_photo
from seg.zoo import ZOO, Entry

REMEMBERED = 32  # predictions kept, about 2.5 MB each
ROWS_AT_ONCE = 32  # of the full-size scores: 21x32x1024 floats stay in the processor's cache


@dataclass(frozen=True)
class Prediction:
    """What a model says about one photo of HxW pixels.

    labels        HxW uint8 class ids, argmax of the upsampled scores
    confidence    HxW uint8, softmax of the winner x 255
    scores        21xhxw float16, logits at the network's own stride; its first and last cells are the photo's corners
    milliseconds  the network's time alone, for this photo
    device        what it ran on, for people: "CPU", "NVIDIA A10G"
    model         name of the zoo's entry
    """

    labels: np.ndarray
    confidence: np.ndarray
    scores: np.ndarray
    milliseconds: float
    device: str
    model: str


def choose_device(wanted: str = "auto") -> torch.device:
    """ "auto" is CUDA, else MPS, else CPU. Raises ValueError for a device this machine does not have."""
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(0, device=wanted)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f'device must be "auto" or one torch finds here, got "{wanted}": use "cpu"') from error
    return torch.device(wanted)


def fold_batch_norms(network: nn.Module) -> nn.Module:
    """Merge every batch norm into the convolution before it, in place: the same function in fewer passes."""
    for part in network.modules():
        if isinstance(part, nn.Sequential):
            for i in range(len(part) - 1):
                if isinstance(part[i], nn.Conv2d) and isinstance(part[i + 1], nn.BatchNorm2d):
                    part[i], part[i + 1] = fuse_conv_bn_eval(part[i], part[i + 1]), nn.Identity()
    return network


def decide(scores: Tensor, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """21xhxw logits -> (labels, confidence), both HxW uint8: bilinear upsampling, softmax, argmax.

    The winner's softmax is 1 / sum_c exp(s_c - s_winner). Works through bands of rows, so that the full-size scores
    (66 MB for a 1024x768 photo) never exist at once.
    """
    labels = np.empty((height, width), np.uint8)
    confidence = np.empty((height, width), np.uint8)
    classes, cells = scores.shape[0], scores.shape[1]
    # Columns first, once for all rows; then each band blends two rows of cells per photo row.
    wide = F.interpolate(scores[None].float(), size=(cells, width), mode="bilinear", align_corners=True)[0]
    place = torch.linspace(0, cells - 1, height, device=scores.device)
    upper = place.floor().long().clamp(max=max(0, cells - 2))
    lower = (upper + 1).clamp(max=cells - 1)
    part = (place - upper)[None, :, None]
    for top in range(0, height, ROWS_AT_ONCE):
        band = slice(top, min(height, top + ROWS_AT_ONCE))
        full = torch.lerp(wide[:, upper[band]], wide[:, lower[band]], part[:, band])
        best, winner = full.max(0)
        chance = 1 / (full - best).exp_().sum(0)
        labels[band] = winner.to(torch.uint8).cpu().numpy()
        confidence[band] = (chance * 255).round_().to(torch.uint8).cpu().numpy()
    assert classes <= 255
    return labels, confidence


class Predictor:
    """A model on a device. Calling it is thread-safe; equal photos are answered from memory."""

    def __init__(self, entry: Entry, device: str = "auto"):
        self.entry, self.device = entry, choose_device(device)
        network = fold_batch_norms(entry.load())
        self._network = network.to(self.device, memory_format=torch.channels_last)
        self._known: OrderedDict[str, Prediction] = OrderedDict()
        self._lock, self._busy = threading.Lock(), {}
        self.runs = 0  # how often the network really ran

    @property
    def device_name(self) -> str:
        """For people: the graphics card's own name, "Apple GPU" or "CPU"."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        return "Apple GPU" if self.device.type == "mps" else "CPU"

    def __call__(self, image) -> Prediction:
        """HxWx3 uint8 RGB or PIL image -> Prediction at the size of the working photo (long side at most 1024).

        Raises ValueError for anything `seg.photo.load_photo` refuses.
        """
        photo = load_photo(image)
        key = content_key(photo)
        with self._lock:
            turn = self._busy.setdefault(key, threading.Lock())
        with turn:  # a second visitor with the same photo waits for the first one's answer
            with self._lock:
                if key in self._known:
                    self._known.move_to_end(key)
                    return self._known[key]
            prediction = self._predict(photo)
            with self._lock:
                self._known[key] = prediction
                self._busy.pop(key, None)
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return prediction

    def scores(self, photo: np.ndarray) -> Tensor:
        """HxWx3 uint8 -> 21xhxw float32 logits on the device, h and w at the network's stride."""
        size = fit_size(*photo.shape[:2], self.entry.long_side)
        with torch.inference_mode():
            image = torch.from_numpy(photo).to(self.device).permute(2, 0, 1)[None]
            image = F.interpolate(image.float(), size=size, mode="bilinear", antialias=True)
            return self._network(image.contiguous(memory_format=torch.channels_last))[0]

    def warm_up(self) -> None:
        """Run once on grey, so that the first visitor does not wait for lazy set-up."""
        self.scores(np.full((384, 512, 3), 127, np.uint8))

    def _predict(self, photo: np.ndarray) -> Prediction:
        began = time.perf_counter()
        scores = self.scores(photo)
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        milliseconds = 1000 * (time.perf_counter() - began)
        self.runs += 1
        with torch.inference_mode():
            kept = scores.half()  # labels are decided from what is kept: anyone can find them again from `scores`
            labels, confidence = decide(kept, *photo.shape[:2])
        return Prediction(labels, confidence, kept.cpu().numpy(), milliseconds, self.device_name, self.entry.name)


@lru_cache(maxsize=4)
def load_predictor(model: str = "bundled", device: str = "auto") -> Predictor:
    """The predictor of a zoo entry, loaded once per process. Raises ValueError for a name the zoo does not have."""
    if model not in ZOO:
        raise ValueError(f'model must be one of {", ".join(ZOO)}; got "{model}"')
    return Predictor(ZOO[model], device)
