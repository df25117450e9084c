"""The 21 classes of Pascal VOC 2012: id, name, colour. One table; everything else derives from it.

Order and names: Everingham et al., "The Pascal Visual Object Classes Challenge: A Retrospective", IJCV 2015.
Colours: the palette of the challenge's development kit, made by `voc_color` below.
"""

from typing import NamedTuple

import numpy as np

IGNORE = 255  # "unsure" or unlabelled: never a class, never graded


class SegClass(NamedTuple):
    """One class: its id (the value of a pixel in a label map), its name and its RGB colour (0 to 255 each)."""

    id: int
    name: str
    color: tuple[int, int, int]


def voc_color(index: int) -> tuple[int, int, int]:
    """The VOC palette's RGB colour of a label value, 0 to 255.

    The bits of `index` are dealt out to red, green and blue in turn, each landing in the highest free bit.

    >>> voc_color(0), voc_color(1), voc_color(15), voc_color(255)
    ((0, 0, 0), (128, 0, 0), (192, 128, 128), (224, 224, 192))
    """
    color = [0, 0, 0]
    for step in range(8):
        for channel in range(3):
            color[channel] |= (index >> (3 * step + channel) & 1) << (7 - step)
    return tuple(color)


_NAMES = (
    "background aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person "
    "pottedplant sheep sofa train tvmonitor"
).split()

CLASSES = tuple(SegClass(i, name, voc_color(i)) for i, name in enumerate(_NAMES))
NAMES = tuple(c.name for c in CLASSES)
COUNT = len(CLASSES)  # 21

# 256x3 uint8: the colour of every value a label map may hold. Ids 21 to 254 are unused, 255 is IGNORE.
PALETTE = np.array([voc_color(i) for i in range(256)], np.uint8)
