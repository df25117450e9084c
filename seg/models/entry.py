"""One model on offer: how to build it, where its weights are, what was measured with it. The list is in registry.py."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import torch
from torch import nn

from seg.models.trunk import fit_size
from seg.models.weights import DownloadJob, Progress, download

TRAINING_ONLY = "aux_classifier."  # in torchvision's files: the head that helps the deep layers to learn
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One model, and what is known of it before it is loaded.

    name, title   for programs, and for people
    build         makes the network, with random weights
    file          of the weights; None: `url`'s, in torch's own cache
    url, sha256   where they come from, and the first hexadecimal digits of their SHA-256; "" when they need no download
    megabytes     of the file, 10**6 bytes each
    parameters    training-only heads included
    gflops        multiply-adds of one run, in 10**9, as torchvision counts them, for a square photo
    score         in %, of its makers: `measure` on the data set `score_on`. Other data, other scale: never compare
                  scores on different data sets
    licence       of the weights
    long_side     the photo is scaled to at most this many pixels on its long side before the network sees it,
    short_side    and to this many on its short side, where the long side allows; None: only the long side decides
    trunk         name of the entry whose trunk's features the network reads; "": it reads the photo itself
    align_corners how the logits lie under the photo: True: the first and last cells are its corners; False: all cells
                  cover equal parts of it
    """

    name: str
    title: str
    build: Callable[[], nn.Module]
    long_side: int
    licence: str
    file: Path | None = None
    url: str | None = None
    sha256: str = ""
    megabytes: float = 0.0
    parameters: int = 0
    gflops: float = 0.0
    score: float | None = None
    score_on: str = ""
    measure: str = "mean IoU"
    short_side: int | None = None
    align_corners: bool = False
    trunk: str = ""

    @property
    def weights(self) -> Path:
        """Where the weights are, or would be."""
        return self.file or Path(torch.hub.get_dir()) / "checkpoints" / Path(urlsplit(self.url).path).name

    @property
    def ready(self) -> bool:
        """Whether the weights are on this machine: nothing has to be fetched."""
        return self.weights.is_file()

    def download(self, again: bool = True) -> DownloadJob:
        """The job that downloads the weights: see `seg.models.weights.download`.

        Raises FileNotFoundError when there is nowhere to download them from.
        """
        if not self.url:
            raise FileNotFoundError(f"the weights of {self.name} are missing: put them at {self.weights}")
        return download(mirrored(self.url), self.weights, self.sha256, again)

    def obtain(self, progress: Progress | None = None) -> Path:
        """The weights' file, downloaded first if it is not there. progress(bytes done, bytes in all).

        Raises `seg.models.weights.DownloadError`, one sentence; FileNotFoundError as `download`.
        """
        return self.weights if self.ready else self.download().wait(progress)

    def load(self) -> nn.Module:
        """The network with its weights, ready to be put on a device, in evaluation mode, in float32.

        Raises FileNotFoundError, or ValueError with the file's name, when the weights are missing or not this model's.
        """
        if not self.ready:
            raise FileNotFoundError(f"the weights of {self.name} are missing: put them at {self.weights}")
        file, remedy = self.weights.name, "delete it and choose the model again" if self.url else "fetch it again"
        network = self.build()
        try:
            state = torch.load(self.weights, map_location="cpu", weights_only=True)
            state = {key: value.float() for key, value in state.items() if not key.startswith(TRAINING_ONLY)}
            misfits = network.load_state_dict(state, strict=False)
        except Exception as error:  # torch raises half a dozen kinds for a damaged file
            log.warning("%s cannot be read", self.weights)
            raise ValueError(f"{file} is not a readable checkpoint of {self.name}: {remedy}") from error
        wrong = [key for keys in misfits for key in keys if not key.endswith("num_batches_tracked")]
        if wrong:
            log.warning("%s holds other weights", self.weights)
            raise ValueError(f"{file} does not fit {self.name} ({sorted(wrong)[0]} ...): {remedy}")
        return network.eval()

    def input_size(self, height: int, width: int, scale: float = 1.0) -> tuple[int, int]:
        """(height, width) of what the network sees of a photo; `scale` < 1 asks for a smaller run.

        >>> entry = Entry("", "", nn.Identity, long_side=1040, short_side=520, licence="")
        >>> entry.input_size(768, 1024), entry.input_size(100, 1000)
        ((520, 693), (104, 1040))
        """
        if self.short_side is None:
            return fit_size(height, width, round(self.long_side * scale))
        short, long = sorted((height, width))
        times = min(self.short_side / short, self.long_side / long) * scale
        return max(1, int(height * times + 1e-6)), max(1, int(width * times + 1e-6))  # torchvision rounds down


def mirrored(url: str) -> str:
    """`url` at the host that SEG_WEIGHTS_HOST names ("https://mirror.example/torch"), else as it is."""
    host = os.environ.get("SEG_WEIGHTS_HOST", "").rstrip("/")
    return host + urlsplit(url).path if host else url
