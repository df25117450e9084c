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
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from torch import nn

from seg.models.entry import Entry
from seg.models.families import FAMILIES
from seg.models.heads import click, panoptic
from seg.models.heads.deeplab import DeepLabV3Plus
from seg.models.torchvision import mask_rcnn, semantic_network

WEIGHTS = Path(__file__).parents[1] / "weights"


class Published(NamedTuple):
    """What torchvision says of a model's weights. It is written down here because torchvision takes seconds to import
    and the page may never need it; the tests compare it with what torchvision says.

    file    its address under HOST, the first digits of its hash in its name
    bytes   its size
    score   percent: mean IoU of VOC's classes on COCO val2017, or mask AP there
    """

    title: str
    file: str
    bytes: int
    parameters: int
    gflops: float
    score: float


HOST = "https://download.pytorch.org/models/"
PUBLISHED = {
    "lraspp_mobilenet_v3_large": Published(
        "LR-ASPP MobileNetV3-Large", "lraspp_mobilenet_v3_large-d234d4ea.pth", 13_096_714, 3_221_538, 2.086, 57.9
    ),
    "deeplabv3_mobilenet_v3_large": Published(
        "DeepLabV3 MobileNetV3-Large", "deeplabv3_mobilenet_v3_large-fc3c493d.pth", 44_355_813, 11_029_328, 10.452, 60.3
    ),
    "fcn_resnet50": Published(
        "FCN ResNet-50", "fcn_resnet50_coco-1167a1af.pth", 141_567_197, 35_322_218, 152.717, 60.5
    ),
    "deeplabv3_resnet50": Published(
        "DeepLabV3 ResNet-50", "deeplabv3_resnet50_coco-cd0a2569.pth", 168_312_177, 42_004_074, 178.722, 66.4
    ),
    "deeplabv3_resnet101": Published(
        "DeepLabV3 ResNet-101", "deeplabv3_resnet101_coco-586e9e4e.pth", 244_545_749, 60_996_202, 258.743, 67.4
    ),
    "maskrcnn_resnet50_fpn": Published(
        "Mask R-CNN ResNet-50 FPN", "maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth", 178_090_148, 44_401_393, 134.38, 34.6
    ),
}
SHORT_SIDE = 520  # of the photo that torchvision's segmentation networks were measured with


def published(name: str, **more) -> Entry:
    """The entry of one of torchvision's models."""
    facts = PUBLISHED[name]
    return Entry(
        name=name,
        title=facts.title,
        url=HOST + facts.file,
        sha256=re.search(r"-([0-9a-f]{8,})\.pth$", facts.file)[1],
        megabytes=facts.bytes / 1e6,
        parameters=facts.parameters,
        gflops=facts.gflops,
        score=facts.score,
        licence="BSD-3-Clause",
        **more,
    )


def semantic(name: str) -> Entry:
    """One of torchvision's segmentation networks, trained on the part of COCO that has VOC's classes."""
    return published(
        name,
        build=semantic_network(name),
        short_side=SHORT_SIDE,
        long_side=2 * SHORT_SIDE,  # a 20:1 strip at 520 px high would be 10,400 px long
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


HEADS = WEIGHTS / "heads"


def head(name: str, title: str, build: Callable[[], nn.Module], folder: Path = HEADS, **more) -> Entry:
    """The entry of a head on the bundled trunk, with its weights in this folder."""
    file = folder / f"{name}.pt"
    return Entry(
        name=name,
        title=title,
        build=build,
        file=file,
        megabytes=file.stat().st_size / 1e6 if file.exists() else 0.0,
        long_side=LONG_SIDE,
        licence="Apache-2.0",
        align_corners=True,
        trunk="bundled",
        **more,
    )


def heads(folder: Path = HEADS) -> dict[str, Entry]:
    """The families' heads on the bundled trunk, as far as their weights are in this folder."""
    found = {}
    for name, family in FAMILIES.items():
        figures = measured("heads").get(name, {})
        score = 100 * figures["mean_iou"] if figures else None
        counts = {key: figures.get(key, 0) for key in ("parameters", "gflops")}
        entry = head(name, family.title, family.build, folder, score=score, score_on=MEASURED_ON, **counts)
        if entry.ready:
            found[name] = entry
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
        semantic("lraspp_mobilenet_v3_large"),
        semantic("deeplabv3_mobilenet_v3_large"),
        semantic("fcn_resnet50"),
        semantic("deeplabv3_resnet50"),
        semantic("deeplabv3_resnet101"),
    )
}

# Heads on the bundled trunk that give no label map: individuals, and the thing under a click.
OTHER_HEADS = {
    "panoptic": head("panoptic", "Panoptic-DeepLab", panoptic.Head),
    "click": head("click", "One click", lambda: click.Head(ZOO["bundled"].load().trunk)),
}

# Networks that find boxes first: `seg.models.mask_rcnn` runs them.
INSTANCES = {
    entry.name: entry
    for entry in (
        published(
            "maskrcnn_resnet50_fpn",
            build=mask_rcnn,
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
