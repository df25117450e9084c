"""Photo in; labels, confidence and scores out. One network run per photo and model, remembered for later questions.

predictor = load_predictor("bundled")
prediction = predictor(photo)          # HxWx3 uint8 RGB or a PIL image
prediction.labels[row, column]         # class id

On a GPU the network runs in half precision and in channels-last order, on a CPU in float32, even where it has bfloat16:
a photo then has the same labels on every processor, for a tenth more time. A GPU whose memory is full is asked again
for a smaller photo, then the CPU answers, and the prediction's `note` says so.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seg.labels.grid import check_pixel
from seg.models import postprocess
from seg.models.cache import Cache
from seg.models.click import Click, answer_click
from seg.models.device import choose_device, finish, fold_batch_norms, name_of, on_device, out_of_memory
from seg.models.heads import click, panoptic
from seg.models.heads.click import Found, View
from seg.models.individuals import Individuals
from seg.models.label_map import labels_of
from seg.models.panoptic import MODEL as PANOPTIC
from seg.models.panoptic import find_individuals
from seg.models.prediction import Prediction
from seg.models.registry import OTHER_HEADS, ZOO, Entry, start_model
from seg.models.trunk import Features, Network, WithFeatures, empty_features, kept_features
from seg.models.weights import Progress
from seg.photo.decode import content_key, load_photo

T = TypeVar("T")
PREDICTIONS_KEPT = 32  # per model, about 3.5 MB each
HEAD_PREDICTIONS_KEPT = 4  # per head: it answers in milliseconds again
INDIVIDUALS_KEPT = 16  # per model: masks are cut to their boxes
MODELS_KEPT = 2  # in memory beside the bundled ones: the two largest take 430 MB, a run 80 MB more
BATCH = 8  # photos in one run at most
QUICKER = ("deeplabv3", "maskformer", "unet")  # families in OpenVINO: a third to two thirds; the others gain nothing
SMALLER = 0.5  # of the usual input size, when the graphics card's memory is full
NOTE_SMALLER = "The graphics card's memory was full, so the model saw this photo at half its usual size."
NOTE_CPU = "The graphics card's memory was full, so the CPU answered; that takes longer."


class Predictor:
    """A model on a device. Calling it is thread-safe; equal photos are answered from memory."""

    def __init__(self, entry: Entry, device: str = "auto"):
        """Raises what `Entry.load` and `choose_device` raise."""
        self.entry, self.device = entry, choose_device(device)
        self.note = ""
        try:
            self._network, self.dtype = on_device(fold_batch_norms(entry.load()), self.device)
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            self.device, self.note = torch.device("cpu"), NOTE_CPU
            self._network, self.dtype = on_device(fold_batch_norms(entry.load()), self.device)
        self._runtime = None  # the same network in OpenVINO, once `quicken` was asked for
        self._individuals = Cache(INDIVIDUALS_KEPT, photos=True)
        self._predictions = Cache(HEAD_PREDICTIONS_KEPT if entry.trunk else PREDICTIONS_KEPT, photos=True)
        self._lock, self._spare_lock = threading.Lock(), threading.Lock()
        self._spare: Predictor | None = None  # the same model on the CPU, once it was needed
        self.runs = 0  # how often the network really ran; a batch is one run

    @property
    def device_name(self) -> str:
        return name_of(self.device)

    def __call__(self, image) -> Prediction:
        """HxWx3 uint8 RGB or PIL image -> Prediction at the size of the working photo (long side at most 1024).

        Raises ValueError for anything `seg.photo.decode.load_photo` refuses.
        """
        return self.predict_many([image])[0]

    def predict_many(self, images: Sequence) -> list[Prediction]:
        """The Predictions of several photos, in their order. Those of equal input size go through the network together,
        at most BATCH at a time; a photo that is known, or under way for someone else, is not run again.

        Raises ValueError for anything `seg.photo.decode.load_photo` refuses.
        """
        photos = [load_photo(image) for image in images]
        keys = [content_key(photo) for photo in photos]
        by_key = dict(zip(keys, photos, strict=True))

        def run(missing: list[str]) -> Iterator[tuple[str, Prediction, bool]]:
            for batch in self._batches({key: by_key[key] for key in missing}):
                for key, prediction in zip(batch, self._run([by_key[key] for key in batch]), strict=True):
                    yield key, prediction, prediction.note == self.note  # an unusual answer is not kept

        return self._predictions.get_many(keys, run)

    def _batches(self, photos: dict[str, np.ndarray]) -> list[list[str]]:
        """Keys of photos that can run together."""
        sizes: dict[tuple[int, int], list[str]] = {}
        for key, photo in photos.items():
            sizes.setdefault(self.entry.input_size(*photo.shape[:2]), []).append(key)
        return [keys[i : i + BATCH] for keys in sizes.values() for i in range(0, len(keys), BATCH)]

    def scores(self, photo: np.ndarray) -> Tensor:
        """HxWx3 uint8 -> 21xhxw float logits on the device, h and w at the network's stride."""
        return self.scores_of([photo], self.entry.input_size(*photo.shape[:2]))[0]

    def scores_of(self, photos: list[np.ndarray], size: tuple[int, int]) -> Tensor:
        """B photos HxWx3 uint8, scaled to the input size (height, width) -> Bx21xhxw logits on the device."""
        return self._logits(self.inputs_of(photos, size))[0]

    @torch.inference_mode()
    def _logits(self, inputs: Tensor | Features) -> tuple[Tensor, Features | None]:
        """(logits, what the network's own trunk found on the way; None: it has none)"""
        if not isinstance(self._network, Network):
            return (self._runtime or self._network)(inputs), None
        run = self._runtime or WithFeatures(self._network)
        logits, *features = run(inputs)
        return logits, Features(*features)

    @torch.inference_mode()
    def inputs_of(self, photos: list[np.ndarray], size: tuple[int, int], known=None) -> Tensor | Features:
        """What the network reads, on the device: the scaled photos Bx3xhxw, or what its trunk found in them. That is
        kept with the trunk's own predictions, so that a head asked about a known photo has its inputs at once; known:
        those of these photos, where they are at hand.
        """
        if not self.entry.trunk:
            batch = torch.cat([self._scaled(photo, size) for photo in photos])
            return batch.to(self.device, self.dtype, memory_format=torch.channels_last)
        trunk, usual = load_predictor(self.entry.trunk, str(self.device)), self.entry.input_size(*photos[0].shape[:2])
        ask = trunk.predict_many if elsewhere is None else trunk._predict  # where a GPU is lent, this runs on it
        found = [prediction.features for prediction in known or ask(photos)] if size == usual else [None]
        if not all(found):  # another size, or a device whose memory was full
            return trunk._logits(trunk.inputs_of(photos, size))[1]
        maps = found[0] if len(found) == 1 else map(torch.cat, zip(*found, strict=True))  # one photo's: no copy
        return Features(*(each.to(self.device, self.dtype) for each in maps))

    def inside(self, photo: np.ndarray, look: Callable[[nn.Module, Features], T]) -> T:
        """look(head, features): what lies behind a head's answer to a photo HxWx3 uint8. For entries with a `trunk`."""
        return self.inside_of(self.inputs_of([photo], self.entry.input_size(*photo.shape[:2])), look)

    @torch.inference_mode()
    def inside_of(self, features: Features | None, look: Callable[[nn.Module, Features | None], T]) -> T:
        """look(head, features)"""
        return look(self._network, features)

    def individuals(self, image) -> Individuals:
        """HxWx3 uint8 RGB or PIL image -> the individuals in the working photo, of this model's label map. From memory
        for equal photos.

        Raises ValueError for anything `seg.photo.decode.load_photo` refuses, and for a model on another trunk.
        """
        photo, head = load_photo(image), self.other_head(PANOPTIC)
        key = content_key(photo)
        return self._individuals.get(key, lambda: find_individuals(head, photo, self(photo)))

    def click(self, image, place: tuple[int, int]) -> Click:
        """HxWx3 uint8 RGB or PIL image and (row, column) in the working photo -> the thing there, without a class.

        Raises ValueError for anything `seg.photo.decode.load_photo` refuses, a place outside the photo, and a model on
        another trunk.
        """
        photo, head = load_photo(image), self.other_head("click")
        place = check_pixel(place, *photo.shape[:2], "a click", "photo", "row, column")
        return answer_click(head.seen, photo, place)

    @torch.inference_mode()
    def seen(self, view: View) -> Found:
        """What the click head finds in a view. For that head's own Predictor."""
        found = self._network(View(*(each.to(self.device) for each in view)))
        return Found(*(each.cpu() for each in found))

    def other_head(self, name: str) -> "Predictor":
        """A head on this model's trunk that gives no label map. Raises ValueError where there is none."""
        entry = OTHER_HEADS.get(name)
        if not entry or entry.trunk not in (self.entry.name, self.entry.trunk):
            raise ValueError(f'{self.entry.name} has no "{name}" head: use load_predictor("bundled")')
        key = (entry, self.device)
        return _loaded.get(key, lambda: Predictor(entry, str(self.device)), stays=True)

    def _scaled(self, photo: np.ndarray, size: tuple[int, int]) -> Tensor:
        # torch warns of arrays it must not write to, as the examples' are.
        image = torch.from_numpy(photo if photo.flags.writeable else photo.copy())
        if self.device.type == "cuda":  # MPS lacks the antialiased filter
            image = image.to(self.device)
        image = image.permute(2, 0, 1)[None].float()  # on bytes it is quicker, but 0.6 % of a photo's labels may change
        return F.interpolate(image, size=size, mode="bilinear", antialias=True)

    def quicken(self) -> None:
        """From now on a CPU runs this network, a trunk and its head, or a head that gains by it, in OpenVINO; building
        that takes a second or two. On a GPU and for other networks nothing changes.

        Raises ImportError or RuntimeError where OpenVINO cannot do it; PyTorch goes on.
        """
        if self.device.type != "cpu":
            return
        from seg.models.runtime import Runtime

        if isinstance(self._network, Network):
            self._runtime = self._runtime or Runtime(WithFeatures(self._network), torch.zeros(1, 3, 65, 97))
        elif isinstance(self._network, click.Head):
            self._network = Runtime(self._network, click.empty_view(), fixed=True)
        elif isinstance(self._network, panoptic.Head):
            self._network = Runtime(self._network, empty_features(65, 97))
        elif self.entry.name in QUICKER:
            self._runtime = self._runtime or Runtime(self._network, empty_features(65, 97))

    def warm_up(self) -> None:
        """Run once on grey, so that the first visitor does not wait for lazy set-up."""
        postprocess.warm_up()
        self.scores(np.full((384, 512, 3), 127, np.uint8))

    def _run(self, photos: list[np.ndarray]) -> list[Prediction]:
        """`_predict`, on the GPU that `elsewhere` lends."""
        lent = elsewhere if self.device.type == "cuda" else None
        return lent(self.entry.name, photos) if lent else self._predict(photos)

    def _predict(self, photos: list[np.ndarray]) -> list[Prediction]:
        """The answers to photos of one input size: together; when the memory is full one by one, then each of them
        smaller, then on the CPU.
        """
        height, width = photos[0].shape[:2]
        answers = self._attempt(photos, self.entry.input_size(height, width), self.note)
        if answers:
            return answers
        if len(photos) > 1:
            return [self._predict([photo])[0] for photo in photos]
        answers = self._attempt(photos, self.entry.input_size(height, width, SMALLER), NOTE_SMALLER)
        if answers:
            return answers
        with self._spare_lock:
            if self._spare is None:
                self._spare = Predictor(self.entry, "cpu")
        return [replace(self._spare(photos[0]), note=NOTE_CPU)]

    def _attempt(self, photos: list[np.ndarray], size: tuple[int, int], note: str) -> list[Prediction] | None:
        """One network run and what follows from it; None when the device's memory was full."""
        try:
            began = time.perf_counter()
            inputs = self.inputs_of(photos, size)
            if self.entry.trunk:
                began = time.perf_counter()
            batch, features = self._logits(inputs)
            finish(self.device)
            milliseconds = 1000 * (time.perf_counter() - began) / len(photos)
            answers = [
                self._answer(photo, scores, milliseconds, note, kept_features(features, i))
                for i, (photo, scores) in enumerate(zip(photos, batch, strict=True))
            ]
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            return None
        with self._lock:
            self.runs += 1
        return answers

    def _answer(self, photo: np.ndarray, scores: Tensor, milliseconds: float, note: str, features=None) -> Prediction:
        """Labels, confidence and the rest, from a photo's logits 21xhxw on any device."""
        kept = scores.half().cpu().numpy()  # labels come from what is kept: they can be found again from `scores`
        corners = self.entry.align_corners
        labels, confidence = labels_of(kept, *photo.shape[:2], corners)
        name = self.entry.name
        return Prediction(labels, confidence, kept, milliseconds, self.device_name, name, corners, note, features)


_loaded = Cache(MODELS_KEPT)


def load_predictor(model: str | None = None, device: str = "auto", progress: Progress | None = None) -> Predictor:
    """The predictor of a zoo entry, loaded once per process and device; its weights are fetched first if need be.

    model: None is what the environment variable SEG_MODEL says, else "bundled". progress(bytes done, bytes in all) of
    the download. Raises ValueError for a name the zoo does not have, or a download that did not work (one sentence for
    the visitor); FileNotFoundError or ValueError when the weights are missing or not this model's.
    """
    model = model or start_model()
    if model not in ZOO:
        raise ValueError(f'model must be one of {", ".join(ZOO)}; got "{model}"')
    entry, where = ZOO[model], choose_device(device)
    if (entry, where) not in _loaded:
        entry.obtain(progress)
    return _loaded.get((entry, where), lambda: Predictor(entry, str(where)), stays=entry.url is None)


def predict_here(model: str, photos: list[np.ndarray]) -> list[Prediction]:
    """The answers of a model to working photos of one input size, always from the network, in this process."""
    return load_predictor(model)._predict(photos)


# Where a host lends a GPU to one function at a time: `predict_here`, wrapped so that it runs there. seg/page/zerogpu.py
elsewhere: Callable[[str, list[np.ndarray]], list[Prediction]] | None = None
