"""Damaged photos by the thousand: a picture or one sentence, never a crash, a hang or memory that stays.

SEG_FUZZ=50000 makes it a long run. `python -m tests.mutants` is the same by hand.
"""

import ast
import json
import os
import subprocess
import sys

import pytest

from seg.photo import decode as photo
from seg.photo.decode import load_photo
from tests.mutants import mutants, originals
from tests.serving import ROOT

COUNT = int(os.environ.get("SEG_FUZZ", 3600))
GROWN = 60  # MB: a leak of one decoded mutant in ten would be over it in the short run already


@pytest.fixture(scope="module")
def outcome():
    """What `tests.mutants` says at the end of its process."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.mutants", "--count", str(COUNT)], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.stdout, f"the process ended with {ran.returncode}:\n{ran.stderr[-3000:]}"
    return json.loads(ran.stdout)


def test_every_mutant_is_a_photo_or_a_sentence(outcome):
    assert not outcome["complaints"]
    assert outcome["wrong"] == 0
    assert outcome["read"] + outcome["refused"] == COUNT


def test_mutants_reach_the_decoders_and_the_refusals(outcome):
    assert outcome["read"] > COUNT / 10
    assert outcome["refused"] > COUNT / 10


def test_memory_comes_back_to_its_level(outcome):
    assert outcome["grown_mb"] < GROWN


@pytest.mark.parametrize("kind", originals())
def test_the_originals_are_good(kind):
    assert min(load_photo(originals()[kind]).shape[:2]) >= 64


def test_a_seed_gives_the_same_files_again_and_another_seed_others():
    first, again, other = (list(mutants(40, seed)) for seed in (1, 1, 2))
    assert first == again
    assert sum(a == b for a, b in zip(first, other, strict=True)) < 4


# Who opens files

OPENERS = {
    "Image.open": {"seg/photo/pixels.py"},  # a rebuilt PNG, and no other format
    "torchvision.io": {"seg/photo/decoders.py"},
    "torch.ops.image": {"seg/photo/decoders.py"},
    "decode_image": set(),
    "read_image": set(),
    "imread": set(),
    "plt.imread": set(),
}


def called(tree: ast.AST) -> set[str]:
    """The dotted names that a file of Python calls or imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            names.add(ast.unparse(node))
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("opener", OPENERS)
def test_one_file_alone_calls_image_decoders(opener):
    """Training reads its own data sets; everything else that is served goes through `seg.photo.decode` or
    `seg.label_png`."""
    found = set()
    for path in [ROOT / "app.py", *(ROOT / "seg").rglob("*.py")]:
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("seg/training/"):
            names = called(ast.parse(path.read_text("utf-8")))
            if any(each == opener or each.endswith("." + opener) or each.startswith(opener + ".") for each in names):
                found.add(name)
    assert found <= OPENERS[opener]


def test_large_photos_are_decoded_one_by_one(monkeypatch):
    """Six visitors with 40 megapixels each would need gigabytes at once."""
    held = []
    decode = photo.decode
    monkeypatch.setattr(photo, "LARGE", 1000)
    monkeypatch.setattr(photo, "decode", lambda *each: held.append(photo._large.locked()) or decode(*each))
    load_photo(originals()["jpeg"])
    assert held == [True]
    monkeypatch.setattr(photo, "LARGE", 10**9)
    load_photo(originals()["jpeg"])
    assert held == [True, False]


def test_a_decoder_out_of_memory_is_one_sentence(monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(photo, "decode", fail)
    with pytest.raises(ValueError, match=r"^This photo needs more memory .*\.$"):
        load_photo(originals()["png"])
