"""What the benchmarks share: contenders take turns, medians go into a Markdown table, the machine is named."""

import importlib
import os
import platform
import statistics
import time
from pathlib import Path


def load(module: str, package: str):
    """The module, or None after saying which package is missing."""
    try:
        return importlib.import_module(module)
    except ImportError as reason:
        print(f"MISSING: {package} ({reason}); its rows are left empty\n")
        return None


def race(runs: dict, rounds: int) -> tuple[dict, dict]:
    """Call everyone twice to warm up, then once a round, in turn. Returns seconds per name, and the last answers.

    A run that is None (its library is missing) gets no times.
    """
    there = {name: run for name, run in runs.items() if run}
    for run in there.values():
        run()
        run()
    times = {name: [] for name in runs}
    answers = {}
    for _ in range(rounds):
        for name, run in there.items():
            start = time.perf_counter()
            answers[name] = run()
            times[name].append(time.perf_counter() - start)
    return times, answers


def print_table(times: dict, reference: str) -> None:
    """Median, best and the ratio of the medians to the reference's."""
    unit = statistics.median(times[reference])
    print("| name | median, ms | best, ms | ratio |\n|---|---:|---:|---:|")
    for name, seconds in times.items():
        if seconds:
            middle = statistics.median(seconds)
            print(f"| {name} | {1e3 * middle:.2f} | {1e3 * min(seconds):.2f} | {middle / unit:.2f} |")
        else:
            print(f"| {name} | not installed | | |")


def machine() -> str:
    """CPU, cores, torch threads, versions and how busy the machine is: what a time means nothing without."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        name = next(
            (line.split(":")[1].strip() for line in info.read_text().splitlines() if "model name" in line), name
        )
    try:
        import torch

        threads = f"torch {torch.__version__} with {torch.get_num_threads()} threads"
    except ImportError:
        threads = "no torch"
    busy = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, {threads}{busy}"
