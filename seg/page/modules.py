"""The page's JavaScript, as ES modules from one route: /modules/<version>/tabs/<tab>/script.js, .../shared/<name>.js.

The version is a hash of all of them, so that relative imports keep it, replicas agree on it, and a browser may keep
every file for ever. What Python knows (the classes, the examples, the models, how small a tiny class is) is a module of
its own, shared/data.js.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from seg.classes import CLASSES, SAFE
from seg.labels.components import TINY_SHARE
from seg.models.registry import names
from seg.page.examples import examples

FOLDER = Path(__file__).parent
PATH = "/modules"


@cache
def modules() -> dict[str, bytes]:
    """{"tabs/feed/script.js": its text in UTF-8, ...}: all there are, read once."""
    found = sorted(FOLDER.glob("*/**/*.js"))
    files = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in found}
    return files | {"shared/data.js": data().encode()}


@cache
def version() -> str:
    """12 hexadecimal digits that stand for the content of all modules."""
    hashed = hashlib.sha256()
    for name, content in modules().items():
        hashed.update(f"{name}\n{len(content)}\n".encode() + content)
    return hashed.hexdigest()[:12]


def data() -> str:
    """The module of what Python knows: CLASSES (index = id, with the names for people), EXAMPLES and MODELS, the names
    of both, default first, and TINY_SHARE."""
    classes = [
        {"id": c.id, "name": c.title, "color": c.color, "colors": {"voc": c.color, "safe": SAFE[c.id]}} for c in CLASSES
    ]
    known = {"CLASSES": classes, "EXAMPLES": list(examples()), "MODELS": names(), "TINY_SHARE": TINY_SHARE}
    return "".join(f"export const {name} = {json.dumps(value)};\n" for name, value in known.items())


def address(name: str) -> str:
    """Where the page finds a module, relative to its own address."""
    return f"{PATH[1:]}/{version()}/{name}"


def preload_tags() -> str:
    """Tags that have the browser fetch all modules at once, rather than one after the other as imports name them."""
    return "".join(f'<link rel="modulepreload" href="{address(name)}">' for name in modules())


def serve(request: Request) -> Response:
    """One module. 404 for any other version: a page of before must not run half of this one."""
    content = modules().get(request.path_params["name"])
    if content is None or request.path_params["version"] != version():
        return PlainTextResponse("Not found", 404)
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, media_type="text/javascript; charset=utf-8", headers=kept)


route = Route(PATH + "/{version}/{name:path}", serve)  # for launch(app_kwargs={"routes": [...]}): before gradio's own
