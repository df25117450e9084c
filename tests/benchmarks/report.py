"""What the benchmarks share: what is compared takes turns, medians go into a Markdown table, the machine is named.

A benchmark's `main` returns its results as Rows and ends with `report(main(...))`, which prints them. Under
`python -m tests.benchmarks` they also go, as lines of JSON, to the file that the variable BENCHMARK_ROWS names.
"""

import importlib
import json
import os
import platform
import statistics
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

ROWS = "BENCHMARK_ROWS"


@dataclass(frozen=True)
class Row:
    """One number that has a goal.

    what    what was measured: "grading two 1024x768 masks"
    here    the number, with its unit: "4.3 ms"
    goal    the bound, with its unit: "at most 10 ms"
    ratio   how much of what the goal allows was used: at most 1 where it is met, whichever way the number should go
    beside  what it was measured beside in the same run, or what else there is to know
    """

    what: str
    here: str
    goal: str
    ratio: float
    beside: str = ""

    def __str__(self) -> str:
        met = "yes" if self.ratio <= 1 else "**no**"
        return f"| {self.what} | {self.here} | {self.goal} | {self.ratio:.2f} | {met} | {self.beside} |"


HEAD = "| what | here | goal | of the goal | met | beside |\n|---|---|---|---:|---|---|"


def report(rows: Iterable[Row]) -> None:
    """Print the rows as a Markdown table, and hand them to `python -m tests.benchmarks` where it asked for them."""
    rows = list(rows)
    print("\n" + "\n".join([HEAD, *map(str, rows)]))
    if os.environ.get(ROWS):
        with open(os.environ[ROWS], "a") as file:
            file.writelines(json.dumps(asdict(row)) + "\n" for row in rows)


def median_ms(seconds: list[float]) -> float:
    """The median in milliseconds."""
    return 1000 * statistics.median(seconds)


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
