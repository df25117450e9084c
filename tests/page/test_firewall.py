"""What gradio could do and this page does not need is shut, and what a visitor sent nobody can fetch."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gradio as gr
import httpx
import orjson
import pytest
from gradio.processing_utils import hash_file
from gradio.route_utils import API_PREFIX
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from seg.page.server import firewall
from seg.page.server.firewall import HEADERS, JSON_LIMIT, MAX_PARTS, UPLOAD_LIMIT, Firewall, check, is_open
from tests.serving import free_port

FILE_TYPE = {"_type": "gradio.FileData"}


# Addresses


@pytest.mark.parametrize(
    "path",
    ["/", "/preview.png", "/config", "/theme.css", "/assets/index.js", "/static/img/x.svg", "/favicon.ico"]
    + ["/modules/0123456789ab/shared/page.js", "/modules/0123456789ab/tabs/second_opinion/script.js"]
    + [API_PREFIX + end for end in ("/info", "/queue/data", "/call/segment/0a", "/startup-events")],
)
def test_what_the_page_reads_is_open(path):
    assert is_open("GET", path)
    assert is_open("HEAD", path)
    assert not is_open("POST", path)
    assert not is_open("PUT", path)


@pytest.mark.parametrize("end", ["/upload", "/queue/join", "/run/predict", "/api/predict", "/call/segment", "/cancel"])
def test_what_the_page_sends_is_open(end):
    assert is_open("POST", API_PREFIX + end)
    assert not is_open("GET", API_PREFIX + end)


def test_every_other_route_of_gradio_is_shut():
    """Listed from gradio itself, so that what a later release adds is shut as well until somebody opens it."""
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Textbox()
    app = gr.routes.App.create_app(page)
    names = {"path": "x", "path_or_url": "app.py", "url_path": "http://example.org"}
    found = set()
    for methods, path in addresses(app):
        address = re.sub(r"\{(\w+)(:\w+)?\}", lambda part: names.get(part[1], "abc"), path)
        if any(is_open(method, address) for method in methods):
            found.add(path.removeprefix(API_PREFIX).split("{")[0].rstrip("/"))
    assert found == set(
        "|/config|/favicon.ico|/theme.css|/robots.txt|/manifest.json|/assets|/static|/svelte|/info|/openapi.json|/app_id"
        "|/user|/startup-events|/upload_progress|/queue/data|/queue/status|/queue/join|/run|/api|/call"
        "|/call/v2|/upload|/cancel|/reset".split("|")
    )


def addresses(app) -> set:
    """(methods, path) of every route of a FastAPI app, those of the routers in it too."""
    found, waiting = set(), [app.routes]
    while waiting:
        for route in waiting.pop():
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            if getattr(route, "methods", None):
                found.add((frozenset(route.methods), route.path))
            elif inner is not None:
                waiting.append(inner.routes)
    return found


def test_of_files_only_results_are_open(received, tmp_path):
    fetch = API_PREFIX + "/file="
    assert is_open("GET", f"{fetch}{tmp_path}/results/0a1b/mask.png")
    for shut in (
        received(),
        f"{tmp_path}/results/../secret/mask.png",
        f"{tmp_path}/results/0a1b",
        f"{tmp_path}/results/0a1b/",
        "app.py",
        "/etc/passwd",
        "http://example.org/results/0a1b/mask.png",
        f"{tmp_path}/results/0a/b/mask.png",
    ):
        assert not is_open("GET", fetch + shut), shut


# The root path


@pytest.fixture(scope="module")
def below_a_path():
    """A client of a small gradio page under /pixels, behind the firewall."""
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Textbox()
    _, address, _ = page.launch(
        server_port=free_port(),
        root_path="/pixels",
        app_kwargs={"middleware": [Middleware(Firewall)]},
        prevent_thread_lock=True,
        quiet=True,
        ssr_mode=False,
    )
    with httpx.Client(base_url=address) as client:
        yield client
    page.close(verbose=False)


@pytest.mark.parametrize("path", ["", "/", "/config", "/theme.css", "/gradio_api/info"])
def test_a_proxy_may_keep_the_root_path_or_cut_it_off(below_a_path, path):
    kept, cut = (below_a_path.get(root + path, follow_redirects=False) for root in ("/pixels", ""))
    assert kept.status_code == cut.status_code == 200
    if path == "/config":
        assert kept.json()["root"] == cut.json()["root"] == f"{str(below_a_path.base_url).rstrip('/')}/pixels"


@pytest.mark.parametrize("path", ["/pixels/gradio_api/proxy=x", "/pixels/pixels/config", "/pixelsort", "/pixels/login"])
def test_what_is_shut_is_shut_below_the_root_path_too(below_a_path, path):
    assert below_a_path.get(path).status_code == 404


# Bodies


@pytest.fixture
def door():
    """A client of a tiny server behind the firewall that says how many bytes it was sent."""

    async def answer(request: Request):
        return JSONResponse(len(await request.body()))

    routes = [Route(API_PREFIX + end, answer, methods=["POST"]) for end in ("/upload", "/queue/join", "/run/x")]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Firewall)]))


def test_a_body_arrives_as_it_was_sent(door):
    body = json.dumps({"data": ["x" * 100_000], "fn_index": 3}).encode()
    assert door.post(API_PREFIX + "/queue/join", content=body).json() == len(body)
    assert door.post(API_PREFIX + "/upload", content=b"any bytes").json() == 9
    assert door.post(API_PREFIX + "/run/x", content=b"").json() == 0


@pytest.mark.parametrize(("end", "limit"), [("/queue/join", JSON_LIMIT), ("/upload", UPLOAD_LIMIT)])
def test_a_body_over_its_limit_is_refused_by_its_header_and_by_counting(door, end, limit):
    assert door.post(API_PREFIX + end, content=b'"' + b"x" * limit + b'"').status_code == 413

    def in_pieces():
        for _ in range(limit // 100_000 + 2):
            yield b"x" * 100_000

    answer = door.post(API_PREFIX + end, content=in_pieces())
    assert "content-length" not in answer.request.headers
    assert (answer.status_code, answer.text) == (413, firewall.TOO_LARGE)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[NaN]",
        b'{"data": Infinity}',
        b"[" * 100_000,
        b"\xff\xfe",
        b"[" + b"0," * MAX_PARTS + b"0]",
        b"--boundary",
    ],
)
def test_what_is_no_json_is_refused_in_one_sentence(door, body):
    answer = door.post(API_PREFIX + "/queue/join", content=body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["message"] == firewall.NO_JSON


@pytest.mark.parametrize(
    "path",
    [
        "http://127.0.0.1/x",
        "https://example.org/a.jpg",
        "/etc/passwd",
        "app.py",
        "",
        "\0",
        "x" * 9000,
        None,
        7,
        ["a"],
        {},
    ],
)
def test_a_file_that_was_never_received_is_refused_wherever_it_hides(received, path):
    forged = {"path": path, "meta": FILE_TYPE}
    for value in ({"data": [forged]}, {"data": [{"deep": [[{"er": forged}]]}]}, forged):
        with pytest.raises(ValueError, match="must be sent to this server first"):
            check(orjson.dumps(value))


def test_a_file_that_was_received_passes_and_its_neighbours_do_not(received, tmp_path):
    path = received()
    link = Path(path).with_name("link.jpg")
    link.symlink_to("/etc/passwd")
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(b"x")
    wrong = [
        str(link),
        str(outside),
        f"{Path(path).parent}/../{Path(path).parent.name}/photo.jpg",
        path[:-1],
    ]
    check(orjson.dumps({"data": [{"path": path, "meta": FILE_TYPE}]}))
    for other in wrong:
        with pytest.raises(ValueError, match="must be sent"):
            check(orjson.dumps({"path": other, "meta": FILE_TYPE}))


def test_every_answer_holds_the_browser_to_this_host(door):
    for answer in (door.post(API_PREFIX + "/upload", content=b"x"), door.get("/gradio_api/proxy=http://example.org")):
        for name, value in HEADERS.items():
            assert answer.headers[name] == value


# On the running page


def test_a_photo_sent_to_the_server_cannot_be_fetched_back(server):
    photo = Path("examples/dog.jpg").read_bytes()
    with httpx.Client(base_url=server, timeout=60) as visitor:
        (path,) = visitor.post("/gradio_api/upload", files={"files": ("dog.jpg", photo)}).json()
        assert hash_file("examples/dog.jpg") in path  # whoever has the photo, and knows the seed, can find the path
        for address in (f"/gradio_api/file={path}", f"/gradio_api/file/{path}", f"/file={path}"):
            assert visitor.get(address).status_code == 404


def test_only_so_many_visitors_are_kept_and_nobody_goes_round_the_queue(server):
    with httpx.Client(base_url=server, timeout=60) as visitor:
        answer = visitor.post("/gradio_api/run/segment", json={"data": [None, "bundled"]})
        assert answer.status_code == 404
        assert "queue" in answer.json()["detail"]


def test_a_visitor_who_stops_in_the_middle_of_a_body_harms_nobody():
    """The body ends with a disconnect: what was read is looked at, and nothing waits for ever."""
    messages = [{"type": "http.request", "body": b'{"da', "more_body": True}, {"type": "http.disconnect"}]
    answers = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        answers.append(message)

    scope = {"type": "http", "method": "POST", "path": "/gradio_api/queue/join", "headers": []}
    with ThreadPoolExecutor(1) as apart:  # this thread may hold the loop of the browser tests
        apart.submit(asyncio.run, asyncio.wait_for(Firewall(None)(scope, receive, send), 5)).result()
    assert answers[0]["status"] == 422
