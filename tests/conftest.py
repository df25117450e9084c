"""A real server for the tests that need one."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
START_LIMIT = 120  # seconds; a busy machine is slow, a dead server is noticed at once


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of a running page, started as a visitor of the README would and stopped by its process id."""
    with serving(tmp_path_factory) as address:
        yield address


@contextmanager
def serving(tmp_path_factory, command=("app.py",), **settings: str):
    """A server of its own, with more environment variables; command: what Python runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log_path = tmp_path_factory.mktemp("server") / "log"
    uploads = str(tmp_path_factory.mktemp("uploads"))
    environment = {**os.environ, "PORT": str(port), "GRADIO_TEMP_DIR": uploads, **settings}
    with open(log_path, "w") as log:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_LIMIT
        while True:
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"the server did not start:\n{log_path.read_text()}")
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)
