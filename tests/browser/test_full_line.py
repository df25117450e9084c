"""More visitors than the line has room for: whoever comes too late is told to wait, and loses nothing."""

import itertools
import socket
import time

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.benchmarks.load import photo
from tests.serving import COLD, serving
from tests.visitor import RefusedError, Visitor

NOTICE = "#notice .notice"

# `python app.py` with a network that waits for a file to appear, and room for one in the line.
HELD = (
    COLD
    + """
import os, pathlib, time
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
)

numbers = itertools.count(100)  # of photos that no test has sent before: the server keeps predictions


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


@pytest.fixture
def page(held, chromium):
    """The page on a server with one place in line. Its console may complain: the refusal is an answer 503."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(held[0].address)
    page.wait_for_function("window.seg && seg.page.revision > 0")
    page.wait_for_selector("#segment-view [data-ready='1']", state="attached")
    yield page
    context.close()


def test_who_comes_to_a_full_line_is_told_to_wait_and_keeps_the_photo(page, held):
    server, gate = held
    first = page.evaluate("seg.page.current.example")
    others = fill(server)
    page.set_input_files("#header input[type=file]", "examples/coffee.jpg")
    expect(page.locator(f"{NOTICE} .text")).to_have_text(
        "Many people are asking at this moment and the line is full: please wait a minute, then try again."
    )
    expect(page.locator(".toast-body.error")).to_be_hidden()  # gradio's words for the same
    assert page.evaluate("[seg.page.working, seg.page.revision, seg.page.current.example]") == ["", 1, first]
    gate.touch()
    until(lambda: in_line(others[0]) == 0)
    page.set_input_files("#header input[type=file]", "examples/coffee.jpg")
    page.wait_for_function("seg.page.revision === 2 && seg.page.current.name === 'coffee.jpg'")
    expect(page.locator(NOTICE)).to_be_hidden()
