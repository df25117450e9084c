"""A server process of our own for tests and benchmarks: started as the README says, stopped by its process id."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
START_LIMIT = 300  # seconds; a busy machine is slow, a dead server is noticed at once


@dataclass
class Server:
    """address: where it answers; log: the file with what it printed; seconds: from its start to its first page."""

    address: str
    process: subprocess.Popen
    log: Path
    seconds: float

    def resident(self) -> float:
        """Megabytes of memory it holds now. Linux only."""
        return _status(self.process.pid, "VmRSS")

    def peak(self) -> float:
        """Megabytes of memory it has held at most. Linux only."""
        return _status(self.process.pid, "VmHWM")

    def processor_seconds(self) -> float:
        """Seconds of one core that it has used so far. Linux only."""
        user, system = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _status(pid: int, key: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key + ":"))


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(
    folder: Path, *command: str, environment: dict[str, str] | None = None, host: str = "127.0.0.1"
) -> Iterator[Server]:
    """A running `python app.py`, or `python *command` that reads PORT as app.py does. `folder` takes log and uploads;
    `host` is where it is asked.

    Raises RuntimeError with the log when it ends, or does not answer within START_LIMIT.
    """
    port = free_port()
    log = folder / f"server-{port}.log"
    variables = {"PORT": str(port), "GRADIO_TEMP_DIR": str(folder / f"uploads-{port}")}
    began = time.monotonic()
    with open(log, "w") as file:
        process = subprocess.Popen(
            [sys.executable, *(command or ("app.py",))],
            cwd=ROOT,
            env={**os.environ, **variables, **(environment or {})},
            stdout=file,
            stderr=file,
        )
    address = f"http://{host}:{port}"
    try:
        while True:
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() - began > START_LIMIT:
                    raise RuntimeError(f"the server did not start:\n{log.read_text()}") from None
                time.sleep(0.05)
        yield Server(address, process, log, time.monotonic() - began)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
