"""A real server with GRADIO_MCP_SERVER=True, asked by a real MCP client: four tools, and nothing else to reach."""

import ast
import base64
from pathlib import Path

import numpy as np
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

from seg.growing.regions import grow
from seg.label_png import decode_png, encode_png
from seg.models.predictor import load_predictor
from seg.photo.decode import load_photo
from seg.scoring.metrics import grade
from tests.conftest import run_apart, serving

DOG = "examples/dog.jpg"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving(tmp_path_factory, GRADIO_MCP_SERVER="True") as running:
        yield running


def conversation(address, talk):
    """What `talk(session)` returns, told to the server's MCP endpoint."""

    async def run():
        async with (
            streamablehttp_client(address + "/gradio_api/mcp/") as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            return await talk(session)

    return run_apart(run())


def call(address, tool, **arguments):
    """(whether it failed, the text of the answer)"""
    result = conversation(address, lambda session: session.call_tool(tool, arguments))
    return result.isError, result.content[0].text


def answer(address, tool, **arguments):
    failed, text = call(address, tool, **arguments)
    assert not failed, text
    return ast.literal_eval(text)


def data_url(data: bytes, kind: str) -> str:
    return f"data:{kind};base64," + base64.b64encode(data).decode("ascii")


@pytest.fixture(scope="module")
def dog():
    return data_url(Path(DOG).read_bytes(), "image/jpeg")


def test_the_tools_have_descriptions(address):
    tools = {tool.name: tool for tool in conversation(address, lambda session: session.list_tools()).tools}
    assert set(tools) == {"segment", "individuals", "grade", "grow", "click"}
    assert tools["segment"].description.startswith(
        "Label every pixel of a photo with one of the 21 Pascal VOC classes."
    )
    for tool in tools.values():
        assert "Returns: " in tool.description
        assert all(len(each["description"]) > 20 for each in tool.inputSchema["properties"].values())
    assert set(tools["grade"].inputSchema["required"]) == {"truth", "painted"}
    assert not conversation(address, lambda session: session.list_resources()).resources
    assert not conversation(address, lambda session: session.list_prompts()).prompts


def test_segment_says_what_the_predictor_says(address, dog):
    found, mask = answer(address, "segment", photo=dog)
    labels = load_predictor("bundled")(load_photo(DOG)).labels
    assert (found["height"], found["width"]) == labels.shape
    assert [entry["name"] for entry in found["classes"]] == ["background", "dog"]
    assert mask["url"].startswith(address)
    assert (decode_png(Path(mask["path"]).read_bytes()) == labels).mean() > 0.9999


def test_individuals_says_what_the_predictor_says(address, dog):
    found, picture = answer(address, "individuals", photo=dog)
    expected = load_predictor("bundled").individuals(load_photo(DOG))
    assert [each["class"] for each in found["individuals"]] == [one.name for one in expected]
    assert picture["url"].endswith("individuals.png")


def test_grow_says_what_seg_regions_says(address, dog):
    found, _ = answer(address, "grow", photo=dog, row=300, column=300, threshold=30, rule="mean")
    assert found["pixels"] == grow(load_photo(DOG), (300, 300), 30, "mean").area


def test_click_says_what_the_predictor_says(address, dog):
    found, _ = answer(address, "click", photo=dog, row=300, column=300)
    assert found["pixels"] == pytest.approx(
        load_predictor("bundled").click(load_photo(DOG), (300, 300)).pixels, rel=0.01
    )


def test_grade_says_what_seg_metrics_says(address):
    truth, painted = np.zeros((40, 60), np.uint8), np.zeros((40, 60), np.uint8)
    truth[10:30, 10:40] = 12
    painted[12:30, 10:44] = 12
    urls = {"truth": data_url(encode_png(truth), "image/png"), "painted": data_url(encode_png(painted), "image/png")}
    assert answer(address, "grade", **urls)["mean_iou"] == pytest.approx(grade(truth, painted).mean_iou)


def test_errors_are_sentences_and_files_of_the_server_stay_there(address, dog):
    failed, text = call(address, "grade", truth=dog, painted=dog)
    assert failed
    assert text.startswith("The truth mask: This mask is not a PNG file")
    failed, text = call(
        address, "segment", photo=dog, model="gpt"
    )  # the schema names the choices, so MCP itself refuses
    assert failed
    assert "'gpt' is not one of ['bundled', " in text
    for place in ("/etc/passwd", "file:///etc/passwd", DOG, address + "/preview.png"):  # loopback: not fetched either
        failed, text = call(address, "segment", photo=place)
        assert failed, place
        assert "root:" not in text
        assert "Traceback" not in text
