"""What `python app.py` says when the weights are not there or not readable."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

START = """
import dataclasses, pathlib, sys
import seg.models.registry
weights = pathlib.Path(sys.argv[1])
seg.models.registry.ZOO["bundled"] = dataclasses.replace(seg.models.registry.ZOO["bundled"], file=weights)
import app
app.main()
"""


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 half a checkpoint"])
def test_unusable_weights_are_one_sentence_and_a_failure(tmp_path, content):
    weights = tmp_path / "bundled.pt"
    if content is not None:
        weights.write_bytes(content)
    ended = subprocess.run(
        [sys.executable, "-c", START, str(weights)], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("The page cannot start: ")
    assert str(weights) in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"SEG_MODEL": "gpt"}, 'model must be one of bundled, .*; got "gpt"'),
        ({"SEG_MODEL": "lraspp_mobilenet_v3_large"}, "lraspp_mobilenet_v3_large-d234d4ea.pth could not be downloaded"),
        ({"SEG_PRELOAD": "bundled, gpt"}, 'SEG_PRELOAD must name models out of bundled, .*; got "gpt"'),
    ],
)
def test_a_model_that_cannot_be_had_is_one_sentence_and_a_failure(tmp_path, settings, reason):
    nobody = {"TORCH_HOME": str(tmp_path), "SEG_WEIGHTS_HOST": "http://127.0.0.1:9"}  # nobody listens there
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **nobody, **settings},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("The page cannot start: ")
    assert re.search(reason, ended.stderr)
    assert ended.stderr.count("\n") == 1
