"""The models on offer. An entry says how to build one, where its weights are and what was measured with them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from seg.network import DeepLabV3Plus

WEIGHTS = Path(__file__).with_name("weights")


@dataclass(frozen=True)
class Entry:
    """One model. `load()` returns it ready to be put on a device, in evaluation mode, in float32."""

    name: str
    title: str
    build: Callable[[], nn.Module]
    weights: Path
    long_side: int  # the photo is scaled to this many pixels on its long side before the network sees it
    licence: str

    def load(self) -> nn.Module:
        """Raises FileNotFoundError or ValueError, naming the file, when the weights are missing or not this model's."""
        if not self.weights.exists():
            raise FileNotFoundError(f"the weights of {self.name} are missing: put them at {self.weights}")
        network = self.build()
        try:
            state = torch.load(self.weights, map_location="cpu", weights_only=True)
            network.load_state_dict({name: value.float() for name, value in state.items()}, strict=False)
            missing = {n for n in network.state_dict() if not n.endswith("num_batches_tracked")} ^ set(state)
        except Exception as error:  # torch raises half a dozen kinds for a damaged file
            raise ValueError(f"{self.weights} is not a readable checkpoint of {self.name}: fetch it again") from error
        if missing:
            raise ValueError(f"{self.weights} does not fit {self.name} ({sorted(missing)[0]} ...): fetch it again")
        return network.eval()


ZOO = {
    entry.name: entry
    for entry in (
        Entry(
            name="bundled",
            title="DeepLabV3+ EfficientNet-Lite0",
            build=DeepLabV3Plus,
            weights=WEIGHTS / "bundled.pt",
            long_side=417,
            licence="Apache-2.0",
        ),
    )
}
