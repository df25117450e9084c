"""What a model says about one photo: the one object that the page draws, grades and grows on."""

from dataclasses import dataclass

import numpy as np

from seg.models import postprocess
from seg.models.trunk import Features


@dataclass(frozen=True)
class Prediction:
    """What a model says about one photo of HxW pixels.

    labels        HxW uint8 class ids: argmax of the upsampled scores, but that specks take the label around them
    confidence    HxW uint8, softmax of the label x 255
    scores        21xhxw float16, logits at the network's own stride
    milliseconds  the network's time alone for this photo; of a batch, this photo's share; a head's without the trunk's
    device        what it ran on, for people: "CPU", "NVIDIA A10G"
    model         name of the zoo's entry
    align_corners how `scores` lie under the photo, as in `torch.nn.functional.interpolate`: True: the first and last
                  cells are its corners (the bundled network); False: all cells cover equal parts (torchvision's)
    note          "" or a sentence for the visitor about how this answer came to be
    features      what the bundled trunk found, 1xCxhxw float16 on the CPU: the heads read it. None: another network
    """

    labels: np.ndarray
    confidence: np.ndarray
    scores: np.ndarray
    milliseconds: float
    device: str
    model: str
    align_corners: bool = True
    note: str = ""
    features: Features | None = None

    def argmax(self) -> np.ndarray:
        """HxW uint8: the labels with their specks, the plain argmax of the upsampled scores."""
        return postprocess.scores_to_labels(self.scores, *self.labels.shape, self.align_corners)[0]
