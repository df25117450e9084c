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

from torch import nn
from torchvision.models import get_model_weights
from torchvision.models.detection import maskrcnn_resnet50_fpn

from seg.models.entry import Entry
from seg.models.families import FAMILIES
from seg.models.heads import click, panoptic
from seg.models.heads.deeplab import DeepLabV3Plus
from seg.models.torchvision import semantic_network

WEIGHTS = Path(__file__).parents[1] / "weights"
BYTES_PER_MIB = 1 << 20


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
        semantic("lraspp_mobilenet_v3_large", "LR-ASPP MobileNetV3-Large"),
        semantic("deeplabv3_mobilenet_v3_large", "DeepLabV3 MobileNetV3-Large"),
        semantic("fcn_resnet50", "FCN ResNet-50"),
        semantic("deeplabv3_resnet50", "DeepLabV3 ResNet-50"),
        semantic("deeplabv3_resnet101", "DeepLabV3 ResNet-101"),
    )
}

# Heads on the bundled trunk that give no label map: individuals, and the thing under a click.
OTHER_HEADS = {
    "panoptic": head("panoptic", "Panoptic-DeepLab", panoptic.Head),
    "click": head("click", "One click", click.Head),
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
