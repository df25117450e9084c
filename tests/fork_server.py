"""Servers that need not wait for their imports: one process imports the libraries, and every server is a fork of it.

    python -m tests.fork_server SOCKET       # until its standard input ends

Who connects sends one line of JSON, {"command": ["app.py"], ["-m", module, ...] or ["-c", code], "environment": {...},
"log": path}, and hears the process id in a line; the connection stays open for as long as that server runs. What reads
its settings while it is imported (gradio, and all of ours) is imported after the fork. Half of a server's start, and
there are fifteen of them. That `python app.py` starts by itself as well is tested in tests/page/test_start.py.
"""

import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
from importlib import import_module

LIBRARIES = (
    *("torch", "torchvision", "torchvision.io", "torch.nn.functional", "numba", "openvino", "PIL.Image", "pandas"),
    *(
        "scipy.ndimage",
        "scipy.special",
        "fastapi",
        "uvicorn",
        "httpx",
        "jinja2",
        "huggingface_hub",
        "starlette.routing",
    ),
    *("aiofiles", "orjson", "yaml", "pydantic", "mcp"),
)


def wait_for_request(door: socket.socket) -> tuple[dict, socket.socket]:
    """In a fork: what was asked for, and the connection that tells how long it runs. Exits where nobody is left who
    could ask.
    """
    while True:
        ready, _, _ = select.select([door, sys.stdin], [], [])
        if sys.stdin in ready:
            sys.exit()
        connection = door.accept()[0]
        request = json.loads(connection.makefile().readline())
        process = os.fork()
        if not process:
            door.close()
            return request, connection
        connection.sendall(b"%d\n" % process)
        connection.close()


def run(command: list[str], environment: dict[str, str], log: str) -> None:
    """Go on as `python *command` would, with that environment and all that is printed in the log."""
    os.environ.clear()
    os.environ.update(environment)
    with open(log, "a") as file, open(os.devnull) as nothing:
        for stream, to in ((0, nothing), (1, file), (2, file)):
            os.dup2(to.fileno(), stream)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    first, *rest = command
    if first == "-c":
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    elif first == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):  # then the server imports it, or says that it cannot
            import_module(name)
    gc.freeze()  # what is imported is neither looked through nor copied by the forks
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever asked sees its connection end; nobody waits for the process
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(sys.argv[1])
        door.listen()
        request, connection = wait_for_request(door)
    run(**request)
