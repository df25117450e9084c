"""What breaks around the page: the disk, memory, a full line, a visitor who leaves. The page goes on."""

import io
import itertools
import resource
import socket
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.benchmarks.load import photo
from tests.serving import serving
from tests.visitor import RefusedError, Visitor

# `python app.py` with a network that waits for a file to appear, and room for one in the line.
HELD = """
import os, pathlib, time
import app
from seg.models.predictor import Predictor
real, signal = Predictor._attempt, pathlib.Path(os.environ["SIGNAL"])
def held(self, *arguments):
    while not signal.exists():
        time.sleep(0.02)
    return real(self, *arguments)
app.WAITING = 1
signal.touch()
Predictor._attempt = held
app.main()
"""


numbers = itertools.count(100)  # of photos that no test has sent before: the server keeps predictions


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A server of its own, to be hurt, and its visitor."""
    with serving(tmp_path_factory.mktemp("faults")) as server:
        visitor = Visitor(server.address)
        visitor.pick(example="cat")
        yield server, visitor
        visitor.close()


@contextmanager
def limited(server, kind: int, most: int):
    """The server under a limit of the operating system; lifted at the end."""
    before = resource.prlimit(server.process.pid, kind)
    resource.prlimit(server.process.pid, kind, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, kind, before)


# Disk and memory


def test_an_upload_that_does_not_fit_on_the_disk_is_refused_and_the_page_goes_on(running):
    """The limit on file size makes every write beyond it fail, as a full disk would."""
    server, _ = running
    visitor = Visitor(server.address)
    data = np.random.default_rng(0).bytes(3_000_000)
    with limited(server, resource.RLIMIT_FSIZE, 100_000):
        with pytest.raises(RefusedError) as refusal:
            visitor.send(data)
        assert "Traceback" not in str(refusal.value)
        after = Visitor(server.address)  # the first one's connection may be closed
        assert after.pick(example="dog")["example"] == "dog"
    assert after.pick(path=after.send(photo(1)), name="mine.jpg")["name"] == "mine.jpg"
    after.close()


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_photo_for_which_there_is_no_memory_is_one_sentence_and_the_page_goes_on(running, format):
    """39 megapixels, 117 MB decoded, while the server may take half of that from the system."""
    server, visitor = running
    file = io.BytesIO()
    Image.new("RGB", (6500, 6000), (90, 120, 40)).save(file, format)
    path = visitor.send(file.getvalue())
    in_use = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[0]) * resource.getpagesize()
    with (
        limited(server, resource.RLIMIT_AS, in_use + 64_000_000),
        pytest.raises(RefusedError, match="This photo needs more memory than the server has left"),
    ):
        visitor.pick(path=path, name="large.jpg")
    assert visitor.pick(path=visitor.send(photo(4)), name="after.jpg")["name"] == "after.jpg"


# A full line, and visitors who leave


@pytest.fixture(scope="module")
def holding(tmp_path_factory):
    """(server, signal): predictions wait until the file `signal` is there; two run, one waits in line, no more."""
    folder = tmp_path_factory.mktemp("held")
    signal = folder / "signal"
    with serving(folder, "-c", HELD, environment={"SIGNAL": str(signal)}) as server:
        yield server, signal
        signal.touch()


@pytest.fixture
def held(holding):
    """The same with nobody in it and predictions held."""
    server, signal = holding
    visitor = Visitor(server.address)
    signal.unlink()
    yield server, signal
    signal.touch()
    until(lambda: in_line(visitor) == 0)
    visitor.pick(path=visitor.send(photo(next(numbers))), name="last.jpg")  # answered when those before it are
    visitor.close()


def question(visitor: Visitor) -> dict:
    """The header's queued question for a new photo, not asked yet."""
    event = visitor.events["header", "upload"]
    number = next(numbers)
    value = {"model": "bundled", "count": number, "path": visitor.send(photo(number)), "name": f"{number}.jpg"}
    return {"data": [value, None], "fn_index": event["id"], "session_hash": visitor.session, "event_data": None}


def in_line(visitor: Visitor) -> int:
    return visitor.http.get(f"{visitor.prefix}/queue/status").json()["queue_size"]


def until(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def fill(server) -> list[Visitor]:
    """Two visitors whose photos are being labelled, and one in line."""
    visitors = [Visitor(server.address) for _ in range(3)]
    for number, visitor in enumerate(visitors):
        visitor.join(question(visitor))
        until(lambda room=number < 2: in_line(visitors[0]) == (0 if room else 1))
    return visitors


def test_a_full_line_refuses_and_drains(held):
    server, signal = held
    fill(server)
    late = Visitor(server.address)
    with pytest.raises(RefusedError, match="Queue is full"):
        late.queued(question(late))
    signal.touch()
    until(lambda: in_line(late) == 0)
    assert late.pick(path=late.send(photo(next(numbers))), name="late.jpg")["name"] == "late.jpg"


def test_visitors_who_leave_while_they_wait_leave_the_server_free(held):
    """Streams and uploads broken off in the middle: nothing waits for them, no file of theirs stays."""
    server, signal = held
    for visitor in fill(server):
        stream = visitor.http.build_request(
            "GET", f"{visitor.prefix}/queue/data", params={"session_hash": visitor.session}
        )
        visitor.http.send(stream, stream=True).close()  # the browser is closed
        visitor.close()
    stayed = Visitor(server.address)
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as half:  # an upload that ends after its first part
        head = f"POST {stayed.prefix}/upload HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5000000\r\n"
        half.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode())
        half.sendall(b'--b\r\nContent-Disposition: form-data; name="files"; filename="half"\r\n\r\n' + bytes(2_000_000))
    signal.touch()
    until(lambda: in_line(stayed) == 0)
    assert stayed.pick(path=stayed.send(photo(next(numbers))), name="stayed.jpg")["name"] == "stayed.jpg"
    assert stayed.grade(stayed.pick(example="cat"), np.zeros((1, 1), np.uint8)).get("problem")


def test_many_answers_at_once_do_not_hold_up_a_stroke(held):
    """While every place of the network is taken, a visitor who paints is still scored."""
    server, _ = held
    painter = Visitor(server.address)
    fill(server)
    shown = painter.first
    painted = np.zeros((shown["height"], shown["width"]), np.uint8)
    assert "scores" in painter.grade(shown, painted)
    assert httpx.get(server.address).status_code == 200
