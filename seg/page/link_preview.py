"""What a chat or a search engine shows of a link to this page: title, sentence and picture in the page's own HTML.

Gradio fills `launch(head=...)` in with JavaScript, which link previews do not run, and writes its own name and picture
into the HTML. So this small layer of the server (ASGI) replaces those meta tags, and answers /preview.png with the
result card of the example photo in the link; the picture comes from this server, wherever it runs.

The same layer puts `seg/page/clock.js` there, which has to run before gradio does.

On Hugging Face a link to the Space's page shows the Space's own preview; this one is for the app's direct address.
"""

import html
import re
import threading
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from seg.models.registry import ZOO
from seg.page.examples import FIRST_EXAMPLE, examples
from seg.page.export.card import segment_card
from seg.page.export.sheet import SIZE
from seg.page.server import zerogpu

TITLE = "Every pixel, labelled"
DESCRIPTION = "What is image segmentation? A neural network labels every pixel of your photo: ask it, compete with it."
PATH = "/preview.png"
# Gradio's own preview, and its manifest, which lies outside the page's path and is for pages that can be installed.
GRADIO_META = re.compile(r"<(?:meta\s+(?:property|name)=\"(?:og|twitter):|link rel=\"manifest\")[^>]*>\s*")
CLOCK = f"<script>{(Path(__file__).parent / 'clock.js').read_text('utf-8')}</script>\n"
_one_at_a_time = threading.Lock()


class LinkPreview:
    """ASGI middleware for `launch(app_kwargs={"middleware": [Middleware(LinkPreview)]})`."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or path not in ("/", PATH):
            return await self.app(scope, receive, send)
        photo = example_in(scope["query_string"].decode("latin-1"))
        if path == PATH and photo:
            answer = Response(await run_in_threadpool(picture, photo), media_type="image/png")
            return await answer(scope, receive, send)
        return await self.app(scope, receive, rewriting(send, meta_tags(address_of(Request(scope)), photo) + CLOCK))


def example_in(query: str) -> str | None:
    """The example photo a link names, else the first one; None where there are none."""
    wanted = parse_qs(query).get("photo", [""])[0]
    names = examples()
    return wanted if wanted in names else next((name for name in (FIRST_EXAMPLE, *names) if name in names), None)


@cache
def card(photo: str) -> bytes:
    """The result card of an example photo, PNG. At most one per example is ever kept."""
    example, predictor = examples()[photo], zerogpu.page_predictor("bundled")
    prediction = predictor(example.photo)
    return segment_card(
        example.photo,
        prediction.labels,
        title=example.title,
        credit=example.credit,
        model=f"{ZOO[prediction.model].title} ({prediction.model})",
        device=prediction.device,
        milliseconds=prediction.milliseconds,
    )


def picture(photo: str) -> bytes:
    """`card`, made once even when many ask at the same time."""
    with _one_at_a_time:
        return card(photo)


def address_of(request: Request) -> str:
    """Where this page is for the one who asked, without a slash at the end; a proxy in front says so in its headers."""
    first = lambda name, usual: request.headers.get(name, usual).split(",")[0].strip()  # noqa: E731
    host = first("x-forwarded-host", request.headers.get("host", ""))
    scheme = first("x-forwarded-proto", request.url.scheme)
    return f"{scheme}://{host}{request.scope.get('root_path', '')}".rstrip("/")


def meta_tags(address: str, photo: str | None) -> str:
    """The meta tags of the page at `address`."""
    tags = {
        "og:type": "website",
        "og:title": TITLE,
        "og:description": DESCRIPTION,
        "og:url": f"{address}/" + (f"?photo={photo}" if photo and photo != FIRST_EXAMPLE else ""),
        "twitter:card": "summary_large_image",
        "twitter:title": TITLE,
        "twitter:description": DESCRIPTION,
    }
    if photo:
        image = f"{address}{PATH}?photo={photo}"
        words = f"A photo with a label for every pixel, and the classes found in it: {examples()[photo].title}"
        tags |= {"og:image": image, "og:image:width": SIZE[0], "og:image:height": SIZE[1], "og:image:alt": words}
        tags |= {"twitter:image": image}
    lines = [f'<meta name="description" content="{html.escape(DESCRIPTION)}" />']
    for name, value in tags.items():
        kind = "property" if name.startswith("og:") else "name"
        lines.append(f'<meta {kind}="{name}" content="{html.escape(str(value))}" />')
    return "\n".join(lines) + "\n"


def rewriting(send, tags: str):
    """`send`, with gradio's meta tags in an HTML answer replaced. Other answers pass as they are."""
    held = []  # the start of an HTML answer, and then its body, until it is whole

    async def rewritten(message):
        if message["type"] == "http.response.start":
            kind = dict(message["headers"]).get(b"content-type", b"")
            if not kind.startswith(b"text/html") or dict(message["headers"]).get(b"content-encoding"):
                return await send(message)
            held.append(message)
        elif not held:
            await send(message)
        else:
            held.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body = GRADIO_META.sub("", b"".join(held[1:]).decode("utf-8"))
            body = body.replace("</head>", tags + "</head>", 1).encode("utf-8")
            kept = [(name, value) for name, value in held[0]["headers"] if name.lower() != b"content-length"]
            await send({**held[0], "headers": [*kept, (b"content-length", str(len(body)).encode())]})
            await send({"type": "http.response.body", "body": body})

    return rewritten
