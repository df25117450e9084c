"""The models on offer. An entry says how to build one, where its weights are and what was measured with them.

    entry = ZOO["deeplabv3_resnet50"]
    entry.ready                     # are its weights on this machine?
    entry.obtain()                  # fetches them if not
    network = entry.load()          # in evaluation mode, in float32

    python -m seg.models.registry               # the table of the README

Adding a model is one more entry. Weights that are not part of the repository live where torchvision itself looks for
them: `torch.hub.get_dir()/checkpoints`, so TORCH_HOME moves them, and a file copied there by hand is found.
"""

import json
import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import torch
from torch import nn
from torchvision.models import get_model_weights
from torchvision.models.detection import maskrcnn_resnet50_fpn

from seg.models.families import FAMILIES
from seg.models.heads.deeplab import DeepLabV3Plus
from seg.models.torchvision import semantic_network
from seg.models.trunk import fit_size
from seg.models.weights import DownloadJob, Progress, download

WEIGHTS = Path(__file__).parents[1] / "weights"
TRAINING_ONLY = "aux_classifier."  # in torchvision's files: the head that helps the deep layers to learn
BYTES_PER_MIB = 1 << 20
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

        >>> ZOO["deeplabv3_resnet50"].input_size(768, 1024), ZOO["deeplabv3_resnet50"].input_size(100, 1000)
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


def from_torchvision(name: str, title: str, version: str, data: str, metric: str, **more) -> Entry:
    """The entry of one of torchvision's models: what is known of its weights is read from torchvision itself.

    version: the member of its weights enum. data, metric: the names of the score there.
    """
    weights = get_model_weights(name)[version]
    meta = weights.meta
    return Entry(
        name=name,
        title=title,
        url=weights.url,
        sha256=re.search(r"-([0-9a-f]{8,})\.pth$", weights.url)[1],
        megabytes=meta["_file_size"] * BYTES_PER_MIB / 1e6,
        parameters=meta["num_params"],
        gflops=meta["_ops"],
        score=meta["_metrics"][data][metric],
        licence="BSD-3-Clause",
        **more,
    )


def semantic(name: str, title: str) -> Entry:
    """One of torchvision's segmentation networks, trained on the part of COCO that has VOC's classes."""
    version, data = "COCO_WITH_VOC_LABELS_V1", "COCO-val2017-VOC-labels"
    short = get_model_weights(name)[version].transforms.keywords["resize_size"]
    return from_torchvision(
        name,
        title,
        version,
        data,
        "miou",
        build=semantic_network(name),
        short_side=short,
        long_side=2 * short,  # a 20:1 strip at 520 px high would be 10,400 px long
        score_on="COCO val2017, VOC's classes",
    )


@cache
def measured(name: str) -> dict:
    """What was measured with bundled weights, as their training wrote it beside them; {} where that file is missing.

    "bundled": {mean_iou, reference_mean_iou: 0 to 1, photos: how many, ...}. "heads": {head: {mean_iou, ...}}.
    """
    file = WEIGHTS / f"{name}.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


MEASURED = measured("bundled")
MEASURED_ON = f"{MEASURED.get('photos', 'some')} photos with human masks"
LONG_SIDE = 417  # of the bundled trunk's input


def heads(folder: Path = WEIGHTS / "heads") -> dict[str, Entry]:
    """The families' heads on the bundled trunk, as far as their weights are in this folder."""
    found = {}
    for name, family in FAMILIES.items():
        file, figures = folder / f"{name}.pt", measured("heads").get(name, {})
        if file.exists():
            found[name] = Entry(
                name=name,
                title=family.title,
                build=family.build,
                file=file,
                megabytes=file.stat().st_size / 1e6,
                parameters=figures.get("parameters", 0),
                gflops=figures.get("gflops", 0.0),
                score=100 * figures["mean_iou"] if figures else None,
                score_on=MEASURED_ON,
                long_side=LONG_SIDE,
                licence="Apache-2.0",
                align_corners=True,
                trunk="bundled",
            )
    return found


ZOO = {
    entry.name: entry
    for entry in (
        Entry(
            name="bundled",
            title="DeepLabV3+ EfficientNet-Lite0",
            build=DeepLabV3Plus,
            file=WEIGHTS / "bundled.pt",
            megabytes=6.8,
            parameters=3_288_181,
            gflops=3.023,
            score=100 * MEASURED["mean_iou"] if MEASURED else None,
            score_on=MEASURED_ON,
            long_side=LONG_SIDE,
            licence="Apache-2.0",
            align_corners=True,
        ),
        *heads().values(),
        semantic("lraspp_mobilenet_v3_large", "LR-ASPP MobileNetV3-Large"),
        semantic("deeplabv3_mobilenet_v3_large", "DeepLabV3 MobileNetV3-Large"),
        semantic("fcn_resnet50", "FCN ResNet-50"),
        semantic("deeplabv3_resnet50", "DeepLabV3 ResNet-50"),
        semantic("deeplabv3_resnet101", "DeepLabV3 ResNet-101"),
    )
}

# Networks that find boxes first: `seg.models.mask_rcnn` runs them.
INSTANCES = {
    entry.name: entry
    for entry in (
        from_torchvision(
            "maskrcnn_resnet50_fpn",
            "Mask R-CNN ResNet-50 FPN",
            "COCO_V1",
            "COCO-val2017",
            "mask_map",
            build=lambda: maskrcnn_resnet50_fpn(weights=None, weights_backbone=None),
            short_side=800,
            long_side=1333,
            score_on="COCO val2017",
            measure="mask AP",
        ),
    )
}


def start_model() -> str:
    """Name of the model the page opens with: SEG_MODEL, else "bundled"."""
    return os.environ.get("SEG_MODEL") or "bundled"


def names() -> list[str]:
    """Names of the models, the one the page opens with first."""
    return sorted(ZOO, key=lambda name: name != start_model())


def table() -> str:
    """The zoo in Markdown, as the README shows it (there with the times measured here in one more column)."""
    lines = [
        "| model | parameters | file | GFLOPs | published score | on | licence |",
        "|---|---:|---:|---:|---:|---|---|",
    ]
    for entry in (*ZOO.values(), *INSTANCES.values()):
        score = f"{entry.measure} {entry.score:.1f}" if entry.score is not None else "n/a"
        lines.append(
            f"| `{entry.name}` | {entry.parameters / 1e6:.1f} M | {entry.megabytes:,.1f} MB | {entry.gflops:,.1f} | "
            f"{score} | {entry.score_on} | {entry.licence} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
