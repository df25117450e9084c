"""A host of weights that behaves as it is told, and weights whose answer is known."""

import contextlib
import hashlib
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import torch
from torch import nn

from seg.classes import COUNT
from seg.zoo import ZOO

PIECE = 1 << 16  # bytes


def write_weights(name: str, folder: Path, answer: int) -> dict:
    """Weights of a zoo entry that call every pixel `answer`: {name, file, sha256, megabytes}. In half precision.

    Every bias of the scores is 0 but that class's, and all their weights are 0: the network runs as it always does, and
    what it says is known.
    """
    torch.manual_seed(answer)
    network = ZOO[name].build()
    last = [part for part in network.modules() if isinstance(part, nn.Conv2d) and part.out_channels == COUNT]
    for part in last:
        nn.init.zeros_(part.weight)
        nn.init.zeros_(part.bias)
        part.bias.data[answer] = 4
    path = folder / f"{name}-stand-in.pth"
    torch.save({key: value.half() for key, value in network.state_dict().items()}, path)
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()[:8]
    path.rename(folder / f"{name}-{sha256}.pth")
    return {"name": name, "file": f"{name}-{sha256}.pth", "sha256": sha256, "megabytes": len(content) / 1e6}


class WeightsHost:
    """Serves the files of a folder. `manner`: "serve", "refuse" (503), "corrupt", "truncate", or "stall": half of it,
    then nothing until `release`. `requests` counts what was asked for, by file name."""

    def __init__(self, folder: Path):
        self.folder, self.manner, self.requests = folder, "serve", Counter()
        self._go_on = threading.Event()
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                with contextlib.suppress(ConnectionError):
                    host.answer(self)

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def behave(self, manner: str) -> None:
        """From the next request on."""
        self.manner = manner
        self._go_on.clear()

    def release(self) -> None:
        """Let stalled answers go on, and later ones pass."""
        self.manner = "serve"
        self._go_on.set()

    def close(self) -> None:
        self._go_on.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        name, manner = Path(handler.path).name, self.manner
        self.requests[name] += 1
        if manner == "refuse":
            return handler.send_error(503)
        content = (self.folder / name).read_bytes()
        if manner == "corrupt":
            content = content[: len(content) // 2] + bytes(len(content) - len(content) // 2)
        start = 0
        if (wanted := handler.headers.get("Range", "")).startswith("bytes="):
            start = int(wanted[6:].split("-")[0])
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            handler.send_response(200)
        handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        half = len(content) // 2
        if manner == "truncate":
            content = content[:half]
        for place in range(start, len(content), PIECE):
            if manner == "stall" and place + PIECE > half:
                self._go_on.wait()
            handler.wfile.write(content[place : place + PIECE])
