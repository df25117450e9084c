"""The 21 classes of Pascal VOC 2012: id, name, title, colour. One table; everything else derives from it.

Order and names: Everingham et al., "The Pascal Visual Object Classes Challenge: A Retrospective", IJCV 2015.
Colours: the palette of the challenge's development kit, made by `voc_color` below.
"""

from typing import NamedTuple

import numpy as np

IGNORE = 255  # "unsure" or unlabelled: never a class, never graded


class SegClass(NamedTuple):
    """One class: its id (the value of a pixel in a label map), its name for programs (VOC's: "diningtable"), its title
    for people ("dining table") and its RGB colour (0 to 255 each)."""

    id: int
    name: str
    title: str
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

_TITLES = {"diningtable": "dining table", "pottedplant": "potted plant", "tvmonitor": "TV"}  # elsewhere the name

CLASSES = tuple(SegClass(i, name, _TITLES.get(name, name), voc_color(i)) for i, name in enumerate(_NAMES))
NAMES = tuple(c.name for c in CLASSES)
TITLES = tuple(c.title for c in CLASSES)
COUNT = len(CLASSES)  # 21

# 256x3 uint8: the colour of every value a label map may hold. Ids 21 to 254 are unused, 255 is IGNORE.
PALETTE = np.array([voc_color(i) for i in range(256)], np.uint8)

# The same classes in colours that are easier to tell apart, colour-blind or not: found by tests/benchmarks/palette.py,
# which says how, and measures both palettes. The liveliest went to the classes that photos show most, and far ones to
# classes often seen together. Files for programs keep VOC's.
SAFE = (
    (0, 0, 0),  # background
    (207, 255, 219),  # aeroplane
    (59, 50, 83),  # bicycle
    (219, 168, 183),  # bird
    (50, 57, 255),  # boat
    (150, 69, 56),  # bottle
    (131, 136, 171),  # bus
    (251, 135, 0),  # car
    (255, 244, 0),  # cat
    (160, 160, 117),  # chair
    (109, 255, 255),  # cow
    (27, 0, 180),  # diningtable
    (97, 127, 255),  # dog
    (220, 65, 0),  # horse
    (114, 88, 96),  # motorbike
    (154, 185, 254),  # person
    (74, 48, 50),  # pottedplant
    (193, 213, 136),  # sheep
    (159, 121, 126),  # sofa
    (108, 15, 0),  # train
    (105, 93, 138),  # tvmonitor
)
PALETTES = {"voc": PALETTE, "safe": np.concatenate([np.array(SAFE, np.uint8), PALETTE[COUNT:]])}
