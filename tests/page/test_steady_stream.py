"""The stream of answers outlives its last answer for a moment, and no longer."""

import json
import time

import pytest

from seg.page.server.steady_stream import LINGER
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
