"""torchvision's JPEG and WebP decoders, without the rest of torchvision.

`import torchvision` imports torch's compiler as well (torch._dynamo, by way of torchvision.ops): 150 MB and a fifth of
the page's start, for nothing. The decoders lie in a library beside it, which torch can load alone. A torchvision built
in another way is imported whole.
"""

import importlib.util
from pathlib import Path

import torch
from torch import Tensor

LIBRARIES = ("image_stable.so", "image.so", "image_stable.pyd", "image.pyd")  # older ones: the shorter names
UNCHANGED, RGB = 0, 3  # torchvision.io.ImageReadMode


def load_library() -> None:
    """Make torch know `torch.ops.image`. Raises ImportError without torchvision."""
    found = importlib.util.find_spec("torchvision")
    folder = Path(found.origin).parent if found and found.origin else Path()
    for name in LIBRARIES:
        if (folder / name).exists():
            torch.ops.load_library(str(folder / name))
            return
    import torchvision.io  # noqa: F401


def decode_jpeg(data: Tensor) -> Tensor:
    """N bytes uint8 -> 3xHxW uint8 RGB, not turned upright. Raises RuntimeError."""
    return torch.ops.image.decode_jpeg(data, RGB, False)


def decode_webp(data: Tensor) -> Tensor:
    """N bytes uint8 -> 3xHxW or 4xHxW uint8, as stored. Raises RuntimeError."""
    return torch.ops.image.decode_webp(data, UNCHANGED)


load_library()
