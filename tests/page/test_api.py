"""/segment on a running server, called as a gradio_client user calls it."""

import asyncio
import dataclasses
import hashlib
import json
import re
from pathlib import Path

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from seg.classes import NAMES, PALETTE
from seg.growing.regions import MAX_THRESHOLD, RULES
from seg.labels.components import describe
from seg.models.predictor import load_predictor
from seg.models.registry import ZOO
from seg.page.api import mask_file, segment
from seg.page.api_components import NO_FILE
from seg.page.server.firewall import is_open
from seg.photo.decode import LONG_SIDE, load_photo
from tests.conftest import run_apart
from tests.mirror import Mirror

DOG = "examples/dog.jpg"
HENS = "examples/hens.jpg"
SPECKLED = "examples/horses.jpg"


@pytest.fixture(scope="module")
def client(server):
    return Client(server, verbose=False)


@pytest.mark.parametrize("endpoint", ["segment", "individuals", "grade", "grow"])
@pytest.mark.parametrize("form", ["no meta", "another meta", "a path", "a number", "a list"])
def test_a_file_that_is_not_sent_as_one_is_a_sentence(server, endpoint, form):
    with httpx.Client(base_url=server + "/gradio_api", timeout=60) as http:
        (path,) = http.post("/upload", files={"files": ("dog.jpg", Path(DOG).read_bytes())}).json()
        value = {
            "no meta": {"path": path},
            "another meta": {"path": path, "meta": {"_type": "file"}},
            "a path": path,
            "a number": 7,
            "a list": [{"path": path}],
        }[form]
        data = {"segment": ["bundled"], "individuals": [], "grade": [value], "grow": [1, 1, 30, "seed"]}[endpoint]
        event = http.post(f"/call/{endpoint}", json={"data": [value, *data]}).json()["event_id"]
        said = http.get(f"/call/{endpoint}/{event}").text
    kind, answer = re.fullmatch(r"event: (\w+)\ndata: (.*)\s*", said).groups()
    assert kind == "error"
    assert json.loads(answer)["error"] == NO_FILE


def test_segment_answers_what_the_predictor_says(client):
    found, mask = client.predict(photo=handle_file(DOG), api_name="/segment")
    prediction = load_predictor("bundled")(load_photo(DOG))
    assert set(found) == {"model", "device", "milliseconds", "height", "width", "classes"}
    assert (found["height"], found["width"]) == prediction.labels.shape
    assert found["model"] == "bundled"
    assert found["milliseconds"] > 0
    with Image.open(mask) as picture:
        assert picture.mode == "P"
        np.testing.assert_array_equal(np.reshape(picture.getpalette(), (-1, 3))[:21], PALETTE[:21])
        labels = np.asarray(picture)
    # Another process may run the network with other threads: a tie may fall the other way.
    assert (labels == prediction.labels).mean() > 0.9999
    assert found["classes"] == describe(labels)
    for entry in found["classes"]:
        assert entry["name"] == NAMES[entry["id"]]
        assert entry["pixels"] == (labels == entry["id"]).sum()
        assert entry["share"] == pytest.approx(entry["pixels"] / labels.size)


def test_the_model_may_be_named(client):
    found, _ = client.predict(photo=handle_file(DOG), model="bundled", api_name="/segment")
    assert found["model"] == "bundled"


def test_specks_may_be_kept(client):
    prediction = load_predictor("bundled")(load_photo(SPECKLED))
    plain = prediction.argmax()
    assert (plain != prediction.labels).any()
    answers = [client.predict(handle_file(SPECKLED), specks=specks, api_name="/segment")[1] for specks in (True, False)]
    kept, absorbed = (np.asarray(Image.open(mask)) for mask in answers)
    assert (kept == plain).mean() > 0.9999
    assert (kept != absorbed).any()


def test_the_schema_names_models_rules_and_ranges(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    types = {
        (endpoint, each["parameter_name"]): each["type"]
        for endpoint in ("/segment", "/grow")
        for each in endpoints[endpoint]["parameters"]
    }
    assert types["/segment", "model"] == {"type": "string", "enum": list(ZOO)}
    assert types["/grow", "rule"] == {"type": "string", "enum": list(RULES)}
    for name in ("row", "column"):
        assert types["/grow", name] == {"type": "integer", "minimum": 0, "maximum": LONG_SIDE - 1}
    assert types["/grow", "threshold"] == {"type": "number", "minimum": 0, "maximum": MAX_THRESHOLD}


def test_individuals_are_listed_and_numbered_in_a_picture_of_16_bits(client):
    """List and picture say the same, and what the predictor says."""
    found, file = client.predict(photo=handle_file(HENS), api_name="/individuals")
    expected = load_predictor("bundled").individuals(load_photo(HENS))
    assert set(found) == {"height", "width", "individuals"}
    with Image.open(file) as picture:
        assert (picture.format, picture.mode, picture.info) == ("PNG", "I;16", {})
        values = np.asarray(picture).astype(int)
    assert values.shape == (found["height"], found["width"]) == (expected.height, expected.width)
    # Another process may run the network with other threads: a tie may fall the other way.
    assert (values % 1000 == expected.map()).mean() > 0.999
    assert len(found["individuals"]) == len(expected) == len(np.unique(values)) - 1
    for number, each in enumerate(found["individuals"], 1):
        assert set(each) == {"number", "class", "score", "box", "pixels"}
        assert each["number"] == number
        inside = values == 1000 * NAMES.index(each["class"]) + number
        assert each["pixels"] == inside.sum() > 0
        top, left, bottom, right = each["box"]
        assert inside[top:bottom, left:right].sum() == inside.sum()
        assert inside[[top, bottom - 1]].any(1).all()
        assert inside[:, [left, right - 1]].any(0).all()
    scores = [each["score"] for each in found["individuals"]]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] <= scores[0] <= 1


def test_bad_input_is_refused_in_one_sentence(client, tmp_path):
    text = tmp_path / "photo.jpg"
    text.write_text("not a photo at all")
    for endpoint in ("/segment", "/individuals"):
        with pytest.raises(Exception, match="please use a JPEG, PNG, WebP or GIF"):
            client.predict(photo=handle_file(text), api_name=endpoint)
    with pytest.raises(Exception, match=r'Model must be one of bundled.*"gpt"'):
        client.predict(photo=handle_file(DOG), model="gpt", api_name="/segment")


def test_only_the_documented_endpoints_are_public(client):
    api = client.view_api(return_format="dict", print_info=False)
    assert not api["unnamed_endpoints"]
    assert set(api["named_endpoints"]) <= {"/segment", "/individuals", "/grade", "/grow", "/click"}
    assert "/segment" in api["named_endpoints"]


def test_equal_masks_have_files_of_their_own(tmp_path, monkeypatch):
    """One that is being fetched is not written anew."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    one, two = mask_file(b"png"), mask_file(b"png")
    assert one != two
    assert Path(one).read_bytes() == Path(two).read_bytes() == b"png"
    assert all(is_open("GET", f"/gradio_api/file={path}") for path in (one, two))


def test_a_download_holds_up_nobody_elses_photo(tmp_path, monkeypatch):
    """Four calls wait for weights whose host has stopped sending; a photo for the bundled model is answered."""
    name, content = "lraspp_mobilenet_v3_large", b"no checkpoint" * 100_000
    url = "https://download.pytorch.org/models/" + ZOO[name].weights.name
    digest = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(ZOO, name, dataclasses.replace(ZOO[name], url=url, sha256=digest))
    for folder in ("TORCH_HOME", "GRADIO_TEMP_DIR"):
        monkeypatch.setenv(folder, str(tmp_path))

    async def visit(mirror):
        waiting = [asyncio.create_task(segment(DOG, name)) for _ in range(4)]
        try:
            found, _ = await asyncio.wait_for(segment(DOG, "bundled"), 120)
            assert found["model"] == "bundled"
            assert not any(task.done() for task in waiting)
        finally:
            mirror.gate.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    with Mirror() as mirror:
        mirror.files["/models/" + ZOO[name].weights.name] = content
        mirror.gate.clear()
        monkeypatch.setenv("SEG_WEIGHTS_HOST", mirror.address)
        answers = run_apart(visit(mirror))
        assert len(mirror.requests) == 1
    assert all("is not a readable checkpoint" in str(answer) for answer in answers)
    assert not any(str(tmp_path) in str(answer) for answer in answers)
