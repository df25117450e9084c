"""A download host for tests: `with Mirror() as mirror` serves `mirror.files` on 127.0.0.1, as well or as badly as told.

mirror.files["/models/x.pth"] = b"..."      # or the Path of a file
mirror.mode = "truncate"                    # see MODES
mirror.requests                             # paths, in order
"""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODES = {
    "well": "serves files",
    "truncate": "promises everything, closes the connection after `bite` bytes",
    "stall": "sends `bite` bytes, then nothing until the test ends",
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
        self.requests: list[str] = []
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
        mirror = self.mirror
        mirror.requests.append(self.path)
        if mirror.mode == "move" and self.path in mirror.files:
            self.send_response(302)
            self.send_header("Location", mirror.elsewhere)
            self.end_headers()
        elif mirror.mode == "refuse" or self.path not in mirror.files:
            self.send_error(503 if mirror.mode == "refuse" else 404)
        else:
            content = mirror.files[self.path]
            self.answer(content if isinstance(content, bytes) else content.read_bytes())

    def answer(self, content: bytes) -> None:
        mirror, size = self.mirror, len(content)
        if mirror.mode == "corrupt":
            content = bytearray(content)
            content[size // 2] ^= 1
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the client may leave
            self.pour(memoryview(content))

    def pour(self, body: memoryview) -> None:
        mirror = self.mirror
        self.wfile.write(body[: mirror.bite])
        if mirror.mode == "truncate":
            return
        if mirror.mode == "stall":
            mirror.over.wait()
            return
        mirror.gate.wait()
        for place in range(mirror.bite, len(body), PIECE):
            self.wfile.write(body[place : place + PIECE])
