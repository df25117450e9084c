"""All benchmarks, one after the other, each in a process of its own; then every number that has a goal, in one table.

    python -m tests.benchmarks [--quick] [name ...]

--quick: few rounds, to see that everything runs. What a benchmark prints is shown as it comes; how it hands its
rows over is told in `tests.benchmarks.report`. Ends with 1 when a benchmark failed; a goal that is missed is a "no" in
the table and no failure. A busy machine makes all numbers worse: its load stands under the table.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.report import HEAD, ROWS, Row, machine
from tests.serving import ROOT

# name -> arguments of a quick run. The order of PRODUCT's table: model, speed on the page, functions, server.
ALL = {
    "accuracy": ["2"],
    "network": ["5"],
    "heads": ["3"],
    "upload": ["3"],
    "families": ["1"],
    "painting": ["5"],
    "metrics": ["3"],
    "regions": ["3"],
    "startup": ["1"],
    "load": ["20", "1"],
}


def rows_of(name: str, arguments: list[str]) -> tuple[list[Row], bool]:
    """Run one benchmark: its rows, and whether it came to its end."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows"
        print(f"\n# {name}\n", flush=True)
        command = [sys.executable, "-m", f"tests.benchmarks.{name}", *arguments]
        # As `app.py` has it: threads that spin while they wait take the cores from the other runtimes measured here.
        environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ, ROWS: str(file)}
        ended = subprocess.run(command, cwd=ROOT, env=environment)
        lines = file.read_text().splitlines() if file.exists() else []
    return [Row(**json.loads(line)) for line in lines], ended.returncode == 0


def main(arguments: list[str]) -> int:
    quick = "--quick" in arguments
    names = [name for name in arguments if name != "--quick"] or list(ALL)
    unknown = set(names) - set(ALL)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    results = {name: rows_of(name, ALL[name] if quick else []) for name in names}
    failed = [name for name, (_, ended) in results.items() if not ended]
    print("\n# Every number that has a goal\n")
    print("\n".join([HEAD, *(str(row) for rows, _ in results.values() for row in rows)]))
    print(f"\n{machine()}")
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
