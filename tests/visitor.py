"""A visitor without a browser: asks the page's own questions over HTTP, the way gradio's script in the page does.

    visitor = Visitor("http://127.0.0.1:7860")
    shown = visitor.pick(path=visitor.send(data), name="dog.jpg")  # what the header does with an uploaded photo
    answer = visitor.grade(shown, painted)  # what the painting tab does after a stroke

An event is found in the page's /config by its component's elem_id and its trigger. Queued ones are joined and their
answer is read from the session's event stream; the others are answered on the request itself.
"""

import json
import secrets
import zlib
from itertools import count

import httpx
import numpy as np

from seg.labels.codec import pack, unpack


class RefusedError(Exception):
    """The server did not take a question; the text is what it said."""


# The server closes a connection that was idle for 5 s. A browser that asks just then tries again by itself.
FRESH = httpx.Limits(keepalive_expiry=4)


class Visitor:
    """One visit: one session of the server. Not for several threads at once."""

    def __init__(self, address: str, patience: float = 300):
        self.http = httpx.Client(base_url=address, timeout=patience, limits=FRESH)
        config = self.http.get("/config").raise_for_status().json()
        self.prefix = config["api_prefix"]
        self.session = secrets.token_hex(6)
        self.names = {part["id"]: part["props"].get("elem_id") for part in config["components"]}
        self.events = {
            (self.names.get(part), trigger): event
            for event in config["dependencies"]
            for part, trigger in event["targets"]
        }
        self.first = next(part for part in config["components"] if self.names[part["id"]] == "feed")["props"]["value"]
        self.counter = count(1)

    def close(self) -> None:
        self.http.close()

    def send(self, data: bytes) -> str:
        """Upload a file under a name of dice, as the page does; returns its path there. Raises RefusedError."""
        try:
            answer = self.http.post(f"{self.prefix}/upload", files={"files": (secrets.token_hex(16), data)})
        except httpx.TransportError as error:  # the server answers and hangs up while the file is still being sent
            raise RefusedError(f"The connection broke: {error}") from error
        if answer.status_code != 200:
            raise RefusedError(answer.text)
        return answer.json()[0]

    def ask(self, element: str, trigger: str, value: dict) -> dict:
        """Raise the event with `value` in the component; returns {elem_id: its new value}. Raises RefusedError."""
        event = self.events[element, trigger]
        inputs = [value if self.names.get(part) == element else None for part in event["inputs"]]
        body = {"data": inputs, "fn_index": event["id"], "session_hash": self.session, "event_data": None}
        answer = self.queued(body) if event["queue"] else self.at_once(body)
        return dict(zip((self.names.get(part) for part in event["outputs"]), answer, strict=True))

    def at_once(self, body: dict) -> list:
        answer = self.http.post(f"{self.prefix}/run/predict", json=body)
        if answer.status_code != 200:
            raise RefusedError(answer.text)
        return answer.json()["data"]

    def join(self, body: dict) -> str:
        """Wait in the queue; returns the event's number. Raises RefusedError where the queue is full."""
        joined = self.http.post(f"{self.prefix}/queue/join", json=body)
        if joined.status_code != 200:
            raise RefusedError(joined.json()["detail"])
        return joined.json()["event_id"]

    def queued(self, body: dict) -> list:
        event = self.join(body)
        with self.http.stream("GET", f"{self.prefix}/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                message = json.loads(line[len("data: ") :]) if line.startswith("data: ") else {}
                if message.get("msg") == "process_completed" and message["event_id"] == event:
                    if not message["success"]:
                        raise RefusedError(str(message["output"].get("error")))
                    return message["output"]["data"]
                if message.get("msg") == "unexpected_error":
                    raise RefusedError(message["message"])
        raise RefusedError("The stream of answers ended too early.")

    # The page's own questions

    def pick(self, **choice) -> dict:
        """What the header asks: `example` or `path` and `name`. Returns the payload. Raises RefusedError."""
        told = self.ask("header", "upload", {"model": "bundled", "count": next(self.counter), **choice})
        if (told["notice"] or {}).get("text"):
            raise RefusedError(told["notice"]["text"])
        return told["feed"]

    def about(self, shown: dict) -> dict:
        """What a tab says of the photo in front of it."""
        labels = unpack(shown["labels"], shown["height"], shown["width"])
        size = {"height": shown["height"], "width": shown["width"]}
        return {"count": next(self.counter), "truth": zlib.crc32(labels), **size}

    def grade(self, shown: dict, painted: np.ndarray) -> dict:
        """What the painting tab asks after a stroke. Returns its answer: scores, or `stale`, or a `problem`."""
        request = {"ask": "grade", "sequence": next(self.counter), "mask": pack(painted), "one_click": None}
        return self.ask("paint-view", "submit", request | self.about(shown))["paint-view"]

    def colours(self, shown: dict) -> dict:
        """What the tab of regions asks when it is looked at."""
        request = {"asked": next(self.counter), "colours": True} | self.about(shown)
        return self.ask("grow-view", "select", request)["grow-view"]
