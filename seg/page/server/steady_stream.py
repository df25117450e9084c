"""The stream that carries a page's answers stays open for a moment after the last one.

Gradio ends a page's event stream together with the last answer it waits for. Where the page asks again at that very
moment, its front end takes the dying stream for a living one, sees it break, and reloads the page under the visitor's
hands. Kept open for LINGER seconds more, the stream carries the next answer too; an idle page still holds none.

There is still an end, and a question may cross it on its way. The front end opens a new stream when its question was
accepted and it knows that the old one has ended; were it to hear of these in the other order, it would open none and
wait for ever. So a question that comes within CROSSING seconds of the end is accepted only when they are over.
"""

import asyncio
import re
import time
from urllib.parse import parse_qs

LINGER = 1.0  # seconds: longer than the pause between two looks at a download (shared/downloads.js)
LOOK_AGAIN = 0.01  # seconds between two looks whether the page has asked again
CROSSING = 0.3  # seconds: longer than the end of a stream takes to a page that is busy drawing
STREAM, QUESTION = "/queue/data", "/queue/join"
SESSION = re.compile(rb'"session_hash":\s*"(\w+)"')
CLOSING = b'"msg":"close_stream"'


class SteadyStream:
    """ASGI middleware inside gradio's app, whose queue it looks at."""

    def __init__(self, app):
        self.app = app
        self.ended: dict[str, float] = {}  # session -> when its stream ended; of the last moments

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http" and scope["path"].endswith(QUESTION):
            return await self.app(scope, *self._accepting(receive, send))
        if scope["type"] != "http" or not scope["path"].endswith(STREAM):
            return await self.app(scope, receive, send)
        session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        waiting = scope["app"].get_blocks()._queue.pending_event_ids_session
        started, held = False, []

        async def sending(message):
            nonlocal started
            if held or CLOSING in message.get("body", b""):
                held.append(message)
            elif message["type"] != "http.response.start" or not started:
                started = True
                await send(message)

        await self.app(dict(scope), receive, sending)
        while held and await _asked_again(waiting, session, receive):
            held.clear()
            await self.app(dict(scope), receive, sending)
        if held:  # in one piece with the end, which the page would otherwise have to break off
            now = time.monotonic()
            self.ended = {who: when for who, when in self.ended.items() if now - when < CROSSING} | {session: now}
            await send({"type": "http.response.body", "body": b"".join(message.get("body", b"") for message in held)})

    def _accepting(self, receive, send):
        """(receive, send) of a question: its answer waits until the page knows of an end that it crossed."""
        session, tail = "", b""

        async def receiving():
            nonlocal session, tail
            message = await receive()
            if self.ended and not session and message["type"] == "http.request":
                found = SESSION.search(tail + message.get("body", b""))
                session, tail = found[1].decode() if found else "", message.get("body", b"")[-100:]
            return message

        async def sending(message):
            if message["type"] == "http.response.start" and session in self.ended:
                await asyncio.sleep(max(0.0, self.ended[session] + CROSSING - time.monotonic()))
            await send(message)

        return receiving, sending


async def _asked_again(waiting: dict[str, set], session: str, receive) -> bool:
    """Whether the page, still there, asks within LINGER seconds. waiting: each session's unanswered events."""
    gone = asyncio.ensure_future(_gone(receive))
    try:
        for _ in range(round(LINGER / LOOK_AGAIN)):
            if gone.done():
                return False
            if waiting.get(session):
                return True
            await asyncio.sleep(LOOK_AGAIN)
        return False
    finally:
        gone.cancel()


async def _gone(receive) -> None:
    """Returns when the other side has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
