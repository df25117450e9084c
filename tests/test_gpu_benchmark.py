"""The GPU benchmark, tried on the CPU with the smallest settings: it must work on the day a GPU is there."""

import pytest
import torch

from tests.benchmarks import gpu


def test_the_script_runs_and_names_the_device(capsys):
    models = ["bundled", "lraspp_mobilenet_v3_large"]
    tiny = ["--batches", "1", "2", "--rounds", "1", "--photos", "1", "--long-side", "97"]
    gpu.main(["--device", "cpu", "--models", *models, *tiny])
    out = capsys.readouterr().out
    assert out.startswith("CPU; ")
    table = [line.split(" | ") for line in out.splitlines() if line.startswith("|")]
    assert [line[0].strip("| ") for line in table[2:]] == models
    assert all(len(line) == len(table[0]) for line in table[2:])
    assert all(line[3:5] == ["100.00%", "0.000"] for line in table[2:])  # the CPU agrees with itself


@pytest.mark.skipif(torch.cuda.is_available() or torch.backends.mps.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so(capsys):
    gpu.main([])
    assert "No GPU at hand" in capsys.readouterr().out
