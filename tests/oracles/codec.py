"""What the browser does with a `pack_smooth` payload, in numpy."""

import numpy as np

from seg.labels.codec import unpack


def unpack_smooth(text: str, height: int, width: int) -> np.ndarray:
    """The HxW uint8 array in a `seg.labels.codec.pack_smooth` payload: the sums that its docstring describes."""
    differences = unpack(text, height, width)
    return differences.cumsum(axis=1, dtype=np.uint8).cumsum(axis=0, dtype=np.uint8)
