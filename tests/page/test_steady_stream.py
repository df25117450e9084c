"""The stream of answers outlives its last answer for a moment, and no longer."""

import json
import time

import pytest

from seg.page.server import steady_stream
from seg.page.server.steady_stream import CROSSING, LINGER, SteadyStream
from tests.conftest import run_apart
from tests.visitor import Visitor


@pytest.fixture
def visitor(server):
    visitor = Visitor(server)
    yield visitor
    visitor.close()


def picking(visitor: Visitor, number: int) -> dict:
    """The body of a queued question: an example's labels."""
    event = visitor.events["header", "upload"]
    value = {"model": "bundled", "count": number, "example": "dog"}
    return {"data": [value, None], "fn_index": event["id"], "session_hash": visitor.session, "event_data": None}


def stream(visitor: Visitor):
    return visitor.http.stream("GET", f"{visitor.prefix}/queue/data", params={"session_hash": visitor.session})


def messages(answer):
    """What the stream says, heartbeats left out, as it comes."""
    for line in answer.iter_lines():
        if line.startswith("data: "):
            message = json.loads(line[len("data: ") :])
            if message["msg"] != "heartbeat":
                yield message


def answered(message: dict) -> bool:
    return message["msg"] == "process_completed" and message["success"]


def test_a_question_right_after_an_answer_is_answered_on_the_same_stream(visitor):
    visitor.join(picking(visitor, 1))
    with stream(visitor) as answer:
        said = messages(answer)
        for number in (2, 3, 4):
            assert any(answered(message) for message in said)
            joined = visitor.join(picking(visitor, number))
        assert any(answered(message) and message["event_id"] == joined for message in said)
        assert [message["msg"] for message in said] == ["close_stream"]


def test_an_idle_page_holds_no_stream(visitor):
    visitor.join(picking(visitor, 1))
    with stream(visitor) as answer:
        said = messages(answer)
        assert any(answered(message) for message in said)
        since = time.monotonic()
        assert [message["msg"] for message in said] == ["close_stream"]
        assert time.monotonic() - since >= 0.9 * LINGER


def test_a_stream_left_by_its_page_takes_nothing_from_the_next_one(visitor):
    for number in (1, 2, 3):
        joined = visitor.join(picking(visitor, number))
        with stream(visitor) as answer:  # left at once, while the server still holds it open
            assert any(answered(message) and message["event_id"] == joined for message in messages(answer))


def test_a_question_that_crosses_the_end_is_accepted_when_the_page_knows_of_the_end(visitor):
    """Asked the moment the stream ends, as by a page that has not read the end yet; and answered on a new stream."""
    visitor.join(picking(visitor, 1))
    with stream(visitor) as answer:
        assert [message["msg"] for message in messages(answer)][-1] == "close_stream"
        since = time.monotonic()
        joined = visitor.join(picking(visitor, 2))
    assert time.monotonic() - since > 0.6 * CROSSING
    with stream(visitor) as answer:
        assert any(answered(message) and message["event_id"] == joined for message in messages(answer))


@pytest.mark.parametrize(
    ("session", "ago", "waits"), [("mine", 0.1, 0.2), ("mine", 0.4, 0), ("other", 0.1, None), ("mine", None, None)]
)
def test_only_a_question_that_crosses_its_own_streams_end_waits(session, ago, waits, monkeypatch):
    body, slept, sent = json.dumps({"data": ["x" * 500], "session_hash": session}).encode(), [], []
    parts = [{"type": "http.request", "body": body[:510]}, {"type": "http.request", "body": body[510:]}]

    async def app(scope, receive, send):
        assert (await receive())["body"] + (await receive())["body"] == body
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"{}"})

    async def receive():
        return parts.pop(0)

    async def send(message):
        sent.append(message["type"])

    async def sleep(seconds):
        assert not sent
        slept.append(seconds)

    steady = SteadyStream(app)
    steady.ended = {} if ago is None else {"mine": time.monotonic() - ago}
    monkeypatch.setattr(steady_stream.asyncio, "sleep", sleep)
    run_apart(steady({"type": "http", "path": "/gradio_api/queue/join"}, receive, send))
    assert slept == ([] if waits is None else [pytest.approx(waits, abs=0.05)])
    assert sent == ["http.response.start", "http.response.body"]
