"""Fit the temperature on photos that were never trained on, and fold it into the weights.

    python -m seg.training.calibrate --weights runs/c/last.pt --data runs/data --out runs/c/calibrated.pt

One number T divides all logits: labels stay, confidence changes (Guo et al., "On Calibration of Modern Neural
Networks", ICML 2017). T makes the mean negative log-likelihood smallest over the 300 human-masked photos that
`prepare.py` set apart. Folded in, T divides the weights and biases of the last layer.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from scipy.optimize import minimize_scalar
from torch import Tensor

from seg.classes import IGNORE
from seg.models.heads.deeplab import DeepLabV3Plus
from seg.models.registry import ZOO
from seg.scoring.calibration import expected_calibration_error, reliability
from seg.training.loop import export, load_weights

STEP = 4  # every so many rows and columns of a photo is used


@torch.inference_mode()
def logits_and_truth(network: DeepLabV3Plus, data: Path, limit: int | None = None) -> tuple[Tensor, Tensor]:
    """(Nx21 logits, N class ids) at pixels of the photos set apart, interpolated as on the page."""
    index, files = (
        np.load(data / "index.npz"),
        [np.load(data / f"{n}.npy", mmap_mode="r") for n in ("pixels", "labels")],
    )
    logits, truth = [], []
    for i in np.flatnonzero(index["held_out"])[:limit]:
        start, height, width = (int(index[name][i]) for name in ("start", "height", "width"))
        photo = np.array(files[0][3 * start : 3 * (start + height * width)]).reshape(height, width, 3)
        labels = torch.from_numpy(np.array(files[1][start : start + height * width]).reshape(height, width))
        size = ZOO["bundled"].input_size(height, width)
        image = torch.from_numpy(np.array(Image.fromarray(photo).resize(size[::-1], Image.BILINEAR)))
        scores = network(image.permute(2, 0, 1)[None])
        scores = F.interpolate(scores, (height, width), mode="bilinear", align_corners=True)[0, :, ::STEP, ::STEP]
        labels = labels[::STEP, ::STEP]
        known = labels != IGNORE
        logits.append(scores[:, known].T)
        truth.append(labels[known].long())
    return torch.cat(logits), torch.cat(truth)


def fit_temperature(logits: Tensor, truth: Tensor) -> float:
    """The T with the smallest mean negative log-likelihood of truth under softmax(logits / T)."""

    def loss(log_t: float) -> float:
        return F.cross_entropy(logits / float(np.exp(log_t)), truth).item()

    return float(np.exp(minimize_scalar(loss, bounds=(-1.5, 1.5), method="bounded", options={"xatol": 1e-3}).x))


def fold_temperature(network: DeepLabV3Plus, temperature: float) -> None:
    """Divide the network's logits by `temperature`, in place."""
    last = network.head.decoder.classify
    with torch.no_grad():
        last.weight /= temperature
        last.bias /= temperature


def calibration_error(logits: Tensor, truth: Tensor) -> float:
    confidence, labels = logits.softmax(1).max(1)
    return expected_calibration_error(reliability((labels == truth).numpy(), confidence.numpy()))


def main(given: list[str] | None = None) -> float:
    """Fit, fold, export; returns the temperature."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="a run's last.pt or exported weights")
    parser.add_argument("--data", type=Path, default=Path("runs/data"), help="folder prepare.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="only the first N photos")
    args = parser.parse_args(given)
    network = DeepLabV3Plus()
    load_weights(network, torch.load(args.weights, map_location="cpu", weights_only=True))
    logits, truth = logits_and_truth(network.eval(), args.data, args.limit)
    temperature = fit_temperature(logits, truth)
    before, after = (calibration_error(logits / t, truth) for t in (1, temperature))
    print(f"temperature {temperature:.3f}; calibration error on the photos set apart {before:.4f} -> {after:.4f}")
    fold_temperature(network, temperature)
    export(network, args.out)
    return temperature


if __name__ == "__main__":
    main()
