"""The picture of failures: each photo with its mask and the network's labels, in the order asked for."""

import numpy as np
from PIL import Image

from seg.classes import PALETTE
from seg.training import sheet

CAT = 8


def test_a_row_shows_photo_mask_and_labels(tmp_path):
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    for name, grey, label in (("a", 40, CAT), ("b", 200, 255)):
        Image.new("RGB", (150, 118), (grey,) * 3).save(tmp_path / "images" / f"{name}.png")
        Image.new("L", (150, 118), label).save(tmp_path / "labels" / f"{name}.png")
    out = tmp_path / "failures.png"
    sheet.main(["b", "a", "--data", str(tmp_path), "--out", str(out)])
    picture = np.asarray(Image.open(out))
    middles = [picture[59, 75 + 152 * k + 2 * (k > 2)].tolist() for k in range(6)]
    assert middles[0] == [200] * 3
    assert middles[1] == [160] * 3
    assert middles[3] == [40] * 3
    assert middles[4] == PALETTE[CAT].tolist()
    assert middles[2] == middles[5] == PALETTE[0].tolist()  # the network finds nothing on a plain photo
