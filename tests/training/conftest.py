"""A tiny set of photos, and what `prepare` makes of it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.training import individuals, prepare


@pytest.fixture(scope="session")
def photos(tmp_path_factory) -> Path:
    """Eight photos: a bright square of a class each, on noise; the last row of every label map is unlabelled."""
    folder = tmp_path_factory.mktemp("train")
    rng = np.random.default_rng(0)
    (folder / "images").mkdir()
    (folder / "labels").mkdir()
    rows = ["id,labels_by,classes,source"]
    for i in range(8):
        height, width = (96, 128) if i % 2 else (128, 96)
        photo = rng.integers(0, 90, (height, width, 3), np.uint8)
        labels = np.zeros((height, width), np.uint8)
        labels[20:70, 30:80] = 8 if i < 4 else 12
        photo[20:70, 30:80] = (230, 60, 60) if i < 4 else (60, 60, 230)
        labels[-1] = 255
        Image.fromarray(photo).save(folder / "images" / f"{i:04}.avif", quality=90)
        Image.fromarray(labels).save(folder / "labels" / f"{i:04}.png")
        rows.append(f"{i:04},{'human' if i % 2 else 'reference'},{'cat' if i < 4 else 'dog'},made here")
    (folder / "index.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="session")
def prepared(photos, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("prepared")
    assert prepare.prepare(photos, out) == 8
    return out


@pytest.fixture(scope="session")
def known(photos, prepared) -> Path:
    """`prepared`, with individuals."""
    assert individuals.prepare(photos, prepared) == 4  # the four that people labelled: one animal each
    return prepared
