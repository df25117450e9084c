"""A server process of our own for tests and benchmarks: started as the README says, stopped by its process id.

While pytest runs, most of them are forks of a process that has imported the libraries: see `tests.fork_server`.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What `python -c` runs in place of app.py where few heads are asked: none is loaded ahead of time, a third of a start's
# work. More may stand between this and `app.main()`.
COLD = "import app\nfrom seg.models import warm_up\nwarm_up.warm_up_heads = lambda: None\n"
COLD_APP = ("-c", COLD + "app.main()")
FORK_SERVER = "TESTS_FORK_SERVER"  # the variable with its socket's path
START_LIMIT = 300  # seconds; a busy machine is slow, a dead server is noticed at once


@dataclass
class Server:
    """address: where it answers; log: the file with what it printed; seconds: from its start to its first page."""

    address: str
    process: "subprocess.Popen | Forked"
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


class Forked:
    """A process of the fork server, used like a `subprocess.Popen`. How it ended is not known: 0."""

    def __init__(self, line: socket.socket, pid: int):
        self._line, self.pid = line, pid

    def poll(self) -> int | None:
        return 0 if select.select([self._line], [], [], 0)[0] else None

    def wait(self, timeout: float | None = None) -> int:
        if not select.select([self._line], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
        return 0

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(
    command: Sequence[str], environment: dict[str, str], log: Path, alone: bool = False
) -> subprocess.Popen | Forked:
    """`python *command` with these variables besides those there are; what it prints goes to the end of the log.

    alone: whether it shares nothing with anybody, as where a visitor starts it.
    """
    every = {**os.environ, **environment}
    if FORK_SERVER in os.environ and not alone:
        return _forked({"command": list(command), "environment": every, "log": str(log)})
    with open(log, "a") as file:
        return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=every, stdout=file, stderr=file)


def _forked(request: dict) -> Forked:
    line, deadline = socket.socket(socket.AF_UNIX), time.monotonic() + START_LIMIT
    while True:
        try:
            line.connect(os.environ[FORK_SERVER])
            break
        except OSError:  # it is still importing
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    line.sendall(json.dumps(request).encode() + b"\n")
    return Forked(line, int(line.makefile().readline()))


def fork_server(socket_path: Path) -> subprocess.Popen:
    """Start it: from now on `start` forks. It ends with its standard input."""
    os.environ[FORK_SERVER] = str(socket_path)
    command = [sys.executable, "-m", "tests.fork_server", socket_path]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, env={"OMP_WAIT_POLICY": "PASSIVE", **os.environ})


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
    folder: Path,
    *command: str,
    environment: dict[str, str] | None = None,
    host: str = "127.0.0.1",
    alone: bool = False,
) -> Iterator[Server]:
    """A running `python app.py`, or `python *command` that reads PORT as app.py does. `folder` takes log and uploads;
    `host` is where it is asked; `alone` as for `start`.

    Raises RuntimeError with the log when it ends, or does not answer within START_LIMIT.
    """
    port = free_port()
    log = folder / f"server-{port}.log"
    variables = {"PORT": str(port), "GRADIO_TEMP_DIR": str(folder / f"uploads-{port}")}
    began = time.monotonic()
    process = start(command or ("app.py",), variables | (environment or {}), log, alone)
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
