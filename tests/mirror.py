"""A download host for tests: `with Mirror() as mirror` serves `mirror.files` on 127.0.0.1, as well or as badly as told.

mirror.files["/models/x.pth"] = b"..."      # or the Path of a file
mirror.mode = "truncate"                    # see MODES
mirror.requests                             # (path, start of the range asked for or None), in order
"""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODES = {
    "well": "serves files, and parts of them",
    "whole": "ignores Range: always the whole file",
    "truncate": "promises everything, closes the connection after `bite` bytes",
    "stall": "sends `bite` bytes, then nothing until the test ends",
    "drip": "sends `bite` bytes, then single bytes, slowly",
    "corrupt": "flips one bit in the middle",
    "refuse": "answers 503",
    "move": "redirects to `elsewhere`",
}
PIECE = 1 << 16


class Mirror:
    """The server, in threads of its own. `gate`: while it is cleared, nothing is sent beyond `bite` bytes."""

    def __init__(self):
        self.files: dict[str, bytes | Path] = {}
        self.mode, self.bite, self.elsewhere = "well", 100_000, ""
        self.requests: list[tuple[str, int | None]] = []
        self.gate, self.over = threading.Event(), threading.Event()
        self.gate.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"mirror": self}))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Mirror":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    mirror: Mirror

    def log_message(self, *_) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        mirror, span = self.mirror, self.headers.get("Range")
        asked = int(span.removeprefix("bytes=").removesuffix("-")) if span else None
        mirror.requests.append((self.path, asked))
        if mirror.mode == "move" and self.path in mirror.files:
            self.send_response(302)
            self.send_header("Location", mirror.elsewhere)
            self.end_headers()
        elif mirror.mode == "refuse" or self.path not in mirror.files:
            self.send_error(503 if mirror.mode == "refuse" else 404)
        else:
            content = mirror.files[self.path]
            self.answer(content if isinstance(content, bytes) else content.read_bytes(), asked)

    def answer(self, content: bytes, asked: int | None) -> None:
        mirror, size = self.mirror, len(content)
        start = asked if asked and mirror.mode != "whole" else 0
        if start >= size:
            self.send_error(416)
            return
        if mirror.mode == "corrupt":
            content = bytearray(content)
            content[size // 2] ^= 1
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(size - start))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the client may leave
            self.pour(memoryview(content)[start:])

    def pour(self, body: memoryview) -> None:
        mirror = self.mirror
        self.wfile.write(body[: mirror.bite])
        if mirror.mode == "truncate":
            return
        if mirror.mode == "stall":
            mirror.over.wait()
            return
        at = mirror.bite
        while mirror.mode == "drip" and at < len(body) and not mirror.over.wait(0.01):
            self.wfile.write(body[at : at + 1])
            at += 1
        mirror.gate.wait()
        for place in range(at, len(body), PIECE):
            self.wfile.write(body[place : place + PIECE])
