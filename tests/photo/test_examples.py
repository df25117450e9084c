"""The example photos: credited, small, and without metadata."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.photo.decode import load_photo
from tests.photo.files import same

EXAMPLES = Path(__file__).parents[2] / "examples"
pytestmark = pytest.mark.filterwarnings("ignore:The image decoding and encoding:DeprecationWarning")


def test_examples_are_credited_small_and_bare():
    files = sorted(EXAMPLES.glob("*.jpg"))
    credits = json.loads((EXAMPLES / "credits.json").read_text(encoding="utf-8"))
    table = (EXAMPLES / "CREDITS.md").read_text(encoding="utf-8")
    assert sorted(c["file"] for c in credits) == [f.name for f in files]
    assert len(files) >= 8
    for credit in credits:
        assert set(credit) == {"file", "title", "shows", "author", "licence", "source"}
        assert all(credit.values())
        assert f"| `{credit['file']}` | {credit['shows']} |" in table
        assert credit["author"] in table
    assert sum(f.stat().st_size for f in files) < 3_000_000
    for file in files:
        with Image.open(file) as image:
            assert max(image.size) <= 1024
            assert not image.getexif()
            assert not {"icc_profile", "comment", "xmp", "photoshop"} & set(image.info)
            same(load_photo(file), np.asarray(image.convert("RGB")), within=3)
