"""Bad requests against a running server: it stays up, says nothing it should not, and the next visitor gets the right
answer. The functions behind it meet thousands of damaged files in their own tests. SEG_FUZZ=50000 makes it a long run.
"""

import json
import os
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from seg.models.predictor import load_predictor
from seg.page.server.firewall import JSON_LIMIT, UPLOAD_LIMIT
from seg.photo.decode import load_photo
from tests.mutants import mutants

COUNT = max(20, int(os.environ.get("SEG_FUZZ", 0)) // 50)
GROWN = 244  # MiB: a hundred sessions are kept, at up to 5 MB each while their visitors are there
DOG = "examples/dog.jpg"
SECRETS = re.compile(r"Traceback|File \"|site-packages|/seg/page|root:x:")
FORGED = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
VALUES = [
    None,
    0,
    -1,
    10**30,
    1e308,
    True,
    "",
    "x" * 5000,
    "\0",
    [],
    {},
    [[[]]],
    FORGED,
    {"path": "../../app.py"},
    "ä✂",
]


@pytest.fixture
def visitor(server):
    """A new connection for every request: the server closes one on which it was asked nonsense."""
    with httpx.Client(base_url=server, timeout=120, headers={"Connection": "close"}) as client:
        yield client


def looks_harmless(answer: httpx.Response) -> None:
    assert not SECRETS.search(answer.text), answer.text[:500]


def events(server) -> list[dict]:
    """The page's events as its own configuration lists them: {id, api_name, inputs: how many}."""
    config = httpx.get(server + "/config", timeout=60).json()
    return [
        {"id": each["id"], "api_name": each["api_name"], "inputs": len(each["inputs"])}
        for each in config["dependencies"]
    ]


def asked(visitor, body: dict) -> str:
    """What the queue says about one event, to its end. An answer in plain words when it is not even let in."""
    answer = visitor.post("/gradio_api/queue/join", json=body)
    looks_harmless(answer)
    if answer.status_code != 200:
        return answer.text
    said = ""
    with visitor.stream("GET", "/gradio_api/queue/data", params={"session_hash": body["session_hash"]}) as stream:
        for line in stream.iter_lines():
            said += line + "\n"
            if '"process_completed"' in line or '"close_stream"' in line or '"unexpected_error"' in line:
                break
    assert not SECRETS.search(said), said[:500]
    return said


def honest(server) -> None:
    """A visitor with a photo gets what the predictor says."""
    found, mask = Client(server, verbose=False).predict(handle_file(DOG), "bundled", api_name="/segment")
    prediction = load_predictor("bundled")(load_photo(DOG))
    with Image.open(mask) as picture:
        assert (np.asarray(picture) == prediction.labels).mean() > 0.9999
    assert [each["name"] for each in found["classes"]] == ["background", "dog"]


def test_damaged_photos_of_page_visitors(server, visitor):
    """Upload and pick, as the page does it: a new picture or a sentence."""
    pick = next(each for each in events(server) if each["api_name"] == "select_photo")

    def send(numbered):
        i, (_, data) = numbered
        (path,) = visitor.post("/gradio_api/upload", files={"files": (f"{i}.jpg", data or b"-")}).json()
        value = {"path": path, "name": f"{i}.jpg", "model": "bundled", "count": i}
        said = asked(visitor, {"data": [value, None], "fn_index": pick["id"], "session_hash": f"damaged{i % 20}"})
        assert '"success":true' in said
        assert '"labels"' in said or re.search(r'"text":"This [^"]+\."', said), said[:300]

    list(map(send, enumerate(mutants(COUNT, seed=11))))
    honest(server)


def test_forged_values_for_every_event(server, visitor):
    rng = random.Random(3)

    def send(i):
        event = rng.choice(found)
        keys = rng.sample(["ask", "asked", "count", "truth", "file", "path", "example", "model", "mask", "shown"], 3)
        value = rng.choice([*VALUES, {key: rng.choice(VALUES) for key in keys}])
        data = [value, *rng.choices(VALUES, k=max(0, event["inputs"] - 1))]
        if rng.random() < 0.1:
            data = data[:-1] or [FORGED]
        body = {"data": data, "fn_index": event["id"], "session_hash": f"forged{i % 20}"}
        if rng.random() < 0.5:
            looks_harmless(visitor.post("/gradio_api/run/predict", json=body))
        else:
            asked(visitor, body)

    found = events(server)
    list(map(send, range(COUNT)))
    honest(server)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b"[" * 200_000,
        b'{"data":' * 2000 + b"1" + b"}" * 2000,
        b'{"data":[NaN],"fn_index":0,"session_hash":"n"}',
        b'{"data":["\\ud800"],"fn_index":0,"session_hash":"n"}',
        b'{"data":[1' + b"0" * 5000 + b'],"fn_index":0,"session_hash":"n"}',
        b'{"data":[],"fn_index":99999,"session_hash":"n"}',
        b'{"data":[],"fn_index":"0","session_hash":["n"]}',
        b'{"data":[],"fn_index":-1,"session_hash":"n"}',
        b'{"data":"x","fn_index":0,"session_hash":"n","event_data":{"a":[1]},"trigger_id":"x"}',
        b'{"data":[{"__type__":"update","value":1}],"fn_index":0,"session_hash":"' + b"n" * 10_000 + b'"}',
        b"x" * (JSON_LIMIT + 1),
        random.Random(5).randbytes(2000),
    ],
    ids=lambda body: f"{len(body)} bytes",
)
@pytest.mark.parametrize("address", ["queue/join", "run/predict", "api/segment", "call/segment", "cancel", "reset"])
def test_bodies_that_no_page_sends(visitor, address, body):
    answer = visitor.post(f"/gradio_api/{address}", content=body, headers={"content-type": "application/json"})
    looks_harmless(answer)
    assert answer.status_code in (200, 400, 404, 413, 422, 500)


def test_uploads_that_no_page_sends(server, visitor):
    edge = "multipart/form-data; boundary=x"
    for kind, body in (
        (edge, b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--"),
        (edge, b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\nno file\r\n--x--'),
        (edge, b'--x\r\nContent-Disposition: form-data; name="files"; filename="../../x"\r\n\r\nx\r\n--x--'),
        (edge, b"--x\r\n" + b"A" * 100_000),
        ("multipart/form-data", b"--x--"),
        ("text/plain", b"x"),
        ("multipart/form-data; boundary=" + "x" * 5000, b"--x--"),
        (edge, random.Random(6).randbytes(5000)),
    ):
        answer = visitor.post("/gradio_api/upload", content=body, headers={"content-type": kind})
        looks_harmless(answer)
        if answer.status_code == 200:
            assert all(".." not in path for path in answer.json())
    answer = visitor.post("/gradio_api/upload", files={"files": ("big.jpg", b"\0" * (UPLOAD_LIMIT + 1))})
    assert answer.status_code == 413
    honest(server)


def test_somebody_elses_session_is_not_told_to_those_who_guess(server, visitor):
    for guess in ("", "0", "a" * 5000, "../x", "damaged1/../damaged2"):
        with visitor.stream("GET", "/gradio_api/queue/data", params={"session_hash": guess}) as stream:
            said = next(stream.iter_lines(), "")
            assert "unexpected_error" in said or stream.status_code >= 400, said
            assert not SECRETS.search(said)


def test_bad_and_honest_visitors_at_the_same_time_and_memory_comes_back(running_server, visitor):
    server = running_server.address
    honest(server)
    before = running_server.resident()
    with ThreadPoolExecutor(6) as crowd:
        honest_ones = [crowd.submit(honest, server) for _ in range(4)]
        for _, data in mutants(COUNT, seed=12):
            crowd.submit(visitor.post, "/gradio_api/upload", files={"files": ("x.jpg", data or b"-")})
            body = json.dumps({"data": [{"mask": "x" * 1_000_000}, None], "fn_index": 1, "session_hash": "loud"})
            crowd.submit(visitor.post, "/gradio_api/run/predict", content=body)
        for each in honest_ones:
            each.result()
    deadline = time.monotonic() + 60
    while running_server.resident() > before + GROWN and time.monotonic() < deadline:
        time.sleep(0.5)
    assert running_server.resident() < before + GROWN
