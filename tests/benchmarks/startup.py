"""From `python app.py` to the first answered /segment, and the server's memory at rest and with photos in it.

    python -m tests.benchmarks.startup [starts]

The first answer includes making the gradio_client call, as a program would. Memory is the resident set of the server's
process; the visitors whose photos are there stay. Then the slowest imports, as `python -X importtime` has them.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gradio_client import Client, handle_file

from tests.benchmarks.load import photo
from tests.benchmarks.report import Row, machine, report
from tests.serving import ROOT, Server, serving
from tests.visitor import Visitor

SECONDS, MEGABYTES = 6, 1000
PHOTOS = 4, 20


def first_answer(folder: Path) -> tuple[float, float]:
    """(seconds from the start to the first page, to the first answered /segment) of a fresh server."""
    began = time.perf_counter()
    with serving(folder) as server:
        Client(server.address, verbose=False, download_files=str(folder)).predict(
            handle_file(ROOT / "examples" / "dog.jpg"), "bundled", api_name="/segment"
        )
        return server.seconds, time.perf_counter() - began


def memory(server: Server) -> dict[int, float]:
    """{photos of visitors who are there: megabytes}."""
    found, visitors = {0: server.resident()}, []
    for number in range(max(PHOTOS)):
        visitors.append(Visitor(server.address))
        shown = visitors[-1].pick(path=visitors[-1].send(photo(number)), name=f"{number}.jpg")
        visitors[-1].colours(shown)
        if number + 1 in PHOTOS:
            found[number + 1] = server.resident()
    for visitor in visitors:
        visitor.close()
    return found


def slowest_imports(count: int = 8) -> list[tuple[float, str]]:
    """(seconds with all it imports, module) of what `app.py` imports before it listens, the slowest first."""
    command = [sys.executable, "-X", "importtime", "-c", "import app, seg.page.layout"]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr.splitlines()
    parts = [line.removeprefix("import time:").split("|") for line in lines if line.count("|") == 2]
    times = [(int(total) / 1e6, name.strip()) for _, total, name in parts if total.strip().isdigit()]
    return sorted(times, reverse=True)[:count]


def main(starts: int = 3) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        pages, answers = zip(*(first_answer(Path(name)) for _ in range(starts)), strict=True)
        with serving(Path(name)) as server:
            megabytes, peak = memory(server), server.peak()
    print(machine() + "\n")
    print(f"{starts} starts: first page after {statistics.median(pages):.1f} s (median), ", end="")
    print("first answer after " + ", ".join(f"{seconds:.1f}" for seconds in answers) + " s")
    print("memory: " + ", ".join(f"{value:,.0f} MB with {count} photos" for count, value in megabytes.items()))
    print("\nslowest imports, each with all that it imports:")
    for seconds, module in slowest_imports():
        print(f"  {seconds:.2f} s  {module}")
    first, most, rest = statistics.median(answers), max(*megabytes.values(), peak), megabytes[0]
    count = max(PHOTOS)
    return [
        Row("server start to first answer", f"{first:.1f} s", f"at most {SECONDS} s", first / SECONDS,
            f"first page after {statistics.median(pages):.1f} s"),
        Row("server's memory at rest, all heads loaded", f"{rest:,.0f} MB", f"at most {MEGABYTES:,} MB",
            rest / MEGABYTES, f"{most:,.0f} MB at most with {count} visitors' photos"),
    ]  # fmt: skip


if __name__ == "__main__":
    report(main(*map(int, sys.argv[1:2])))
