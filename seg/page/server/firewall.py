"""Every request passes here before gradio sees it. What the page and its endpoints do not need is shut.

Gradio's server can do much that this page never asks of it: fetch an address for the caller, hand out any file of its
folder, save a session under a link, run a component's server functions. And it reads a request of any size into
memory, and takes an object that looks like a file, anywhere in a value, for one. Therefore:

- only the addresses in OPEN exist, with their methods; all others are "not found";
- a request's body has a limit, counted while it arrives;
- a body of JSON is read here first: an object that says it is a file must be one that this server received, and numbers
  that JSON does not have (NaN, Infinity) and nesting without end are no JSON;
- of the files on disk only results may be fetched, never what a visitor sent;
- answers carry headers that hold the browser to this page's own host.

Addresses are those below the root path (GRADIO_ROOT_PATH): a proxy in front may cut it off or leave it on.
"""

import re
from urllib.parse import urlsplit

import orjson
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse

from seg.page.server.uploads import RESULTS, folder, is_upload
from seg.photo.decode import MAX_BYTES

UPLOAD = "/gradio_api/upload"
FILE = "/gradio_api/file="
UPLOAD_LIMIT = MAX_BYTES + 2_000_000  # a little over: the sentence about the limit is seg.photo.decode's
JSON_LIMIT = 4_000_000  # a painting of 1024 x 1024 pixels takes at most 1.4 million
MAX_PARTS = 20_000  # numbers, texts, lists and objects in one request; the page's own have about fifty

READ, SENT = ("GET", "HEAD"), ("POST",)
OPEN = tuple(
    (methods, re.compile(pattern))
    for methods, pattern in (
        (READ, r"/(preview\.png|config/?|favicon\.ico|theme\.css|robots\.txt|manifest\.json)?"),
        (READ, r"/(assets|static|svelte)/.+"),
        (READ, r"/modules/[0-9a-f]{12}/(shared|tabs/[a-z_]+)/[a-z_]+\.js"),  # see seg.page.modules
        (READ, r"/gradio_api/(info/?|openapi\.json|theme\.css|app_id/?|user/?|startup-events|upload_progress)"),
        (READ, r"/gradio_api/(queue/(data|status)|call/(v2/)?[^/]+/[^/]+)"),
        (READ, re.escape(FILE) + ".+"),
        (SENT, r"/gradio_api/(upload|queue/join|cancel|reset/?|(run|api|call|call/v2)/[^/]+/?)"),
        ((*READ, *SENT, "DELETE"), r"/gradio_api/mcp(/.*)?"),  # there only where the operator switched it on
    )
)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # A Space is shown inside other sites' frames, so who may frame it is left open.
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'",
}

NOT_RECEIVED = "A file must be sent to this server first: upload it, addresses and paths are not opened."
NO_JSON = "This request is not JSON that the server can read."
TOO_LARGE = "This request is too large."
# What still comes of such a body is not read, so the connection is of no more use.
too_large = PlainTextResponse(TOO_LARGE, 413, {"Connection": "close"})


class Firewall:
    """ASGI middleware for `launch(app_kwargs={"middleware": [Middleware(Firewall), ...]})`."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        send = with_headers(send)
        path = below_root(scope["path"], scope.get("root_path", ""))
        scope = {**scope, "path": path}
        if not is_open(scope["method"], path):
            return await PlainTextResponse("Not found", 404)(scope, receive, send)
        if scope["method"] == "POST":
            limit = UPLOAD_LIMIT if path == UPLOAD else JSON_LIMIT
            if declared_length(scope) > limit:
                return await too_large(scope, receive, send)
            receive = limited(receive, limit)
            try:
                if path == UPLOAD:
                    return await self.app(scope, receive, send)
                body = await read_body(receive)
            except TooLargeError:
                return await too_large(scope, receive, send)
            if body:
                try:
                    check(body)
                except ValueError as error:
                    return await JSONResponse(refusal(str(error)), 422)(scope, receive, send)
            receive = replayed(body, receive)
        return await self.app(scope, receive, send)


def below_root(path: str, root: str) -> str:
    """A request's path without the root path, which may be a whole address.

    >>> below_root("/pixels/config", "/pixels"), below_root("/pixels", "https://example.org/pixels/")
    ('/config', '/')
    >>> below_root("/config", "/pixels"), below_root("/pixelsort", "/pixels"), below_root("/config", "")
    ('/config', '/pixelsort', '/config')
    """
    root = urlsplit(root).path.rstrip("/")
    if root and (path + "/").startswith(root + "/"):
        return path[len(root) :] or "/"
    return path


class TooLargeError(Exception):
    """The body grew over its limit."""


def is_open(method: str, path: str) -> bool:
    """Whether this page has such an address. Of files only results are: <folder>/results/<digits>/<name>."""
    if not any(method in methods and pattern.fullmatch(path) for methods, pattern in OPEN):
        return False
    if not path.startswith(FILE):
        return True
    parts = path.removeprefix(FILE).removeprefix(str(folder()) + "/").split("/")
    return len(parts) == 3 and parts[0] == RESULTS and not {"", ".", ".."} & set(parts)


def declared_length(scope) -> int:
    """The length of the body by its header; 0 where it has none or nonsense, for it is counted anyway."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() and len(length) < 20 else 0


def limited(receive, limit: int):
    """`receive`, which raises TooLargeError once more than `limit` bytes of body have arrived."""
    arrived = 0

    async def counting():
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > limit:
            raise TooLargeError
        return message

    return counting


async def read_body(receive) -> bytes:
    """The body, all of it."""
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def replayed(body: bytes, receive):
    """A `receive` that gives the body that was read already, and after that what still comes."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving():
        return waiting.pop() if waiting else await receive()

    return receiving


def check(body: bytes) -> None:
    """Raise ValueError with a sentence where body is no JSON, or holds a file that this server never received.

    >>> check(b'{"data": [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}]}')
    Traceback (most recent call last):
    ValueError: A file must be sent to this server first: upload it, addresses and paths are not opened.
    """
    try:
        waiting = [orjson.loads(body)]  # refuses NaN and Infinity, and more than 1024 levels
    except orjson.JSONDecodeError as error:
        raise ValueError(NO_JSON) from error
    seen = 0
    while waiting:
        value, seen = waiting.pop(), seen + 1
        if seen > MAX_PARTS:
            raise ValueError(NO_JSON)
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            if (
                "meta" in value
                and "path" in value
                and not (isinstance(value["path"], str) and is_upload(value["path"]))
            ):
                raise ValueError(NOT_RECEIVED)
            waiting += value.values()


def refusal(sentence: str) -> dict:
    """The answer 422 in the form that gradio's clients show to their callers."""
    return {"detail": [{"__type__": "validate", "is_valid": False, "parameter_name": "request", "message": sentence}]}


def with_headers(send):
    """`send`, which adds HEADERS to the answer."""

    async def sending(message):
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return sending
