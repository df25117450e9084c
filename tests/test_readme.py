"""The README's snippets for programs, run as printed against a running server; only the address is replaced. And what
"Use via API" and an MCP client are told: these endpoints, every parameter described."""

import os
import re
import subprocess
import sys

from gradio_client import Client

from tests.serving import ROOT

PRINTED = "http://127.0.0.1:7860"
ENDPOINTS = {
    "/segment": ["photo", "model", "specks"],
    "/individuals": ["photo"],
    "/grade": ["truth", "painted"],
    "/grow": ["photo", "row", "column", "threshold", "rule"],
    "/click": ["photo", "row", "column"],
}


def snippets() -> list[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.split("\n## Ask it from a program\n")[1].split("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def test_there_is_a_snippet_for_each_endpoint():
    for endpoint in ENDPOINTS:
        assert sum(f'api_name="{endpoint}"' in snippet for snippet in snippets()) == 1


def test_the_snippets_run_as_printed(server, tmp_path):
    code = "\n".join(snippets())
    assert code.count(PRINTED) == 1
    script = tmp_path / "snippets.py"
    script.write_text(code.replace(PRINTED, server), "utf-8")
    ran = subprocess.run(
        [sys.executable, script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"\d+ x \d+ in \d+ ms on \w+", ran.stdout)
    assert re.search(r"^dog +\d+\.\d%  blobs: \d+$", ran.stdout, re.MULTILINE)
    assert re.search(r"^1 bird +\d+% \[\d+, \d+, \d+, \d+\]$", ran.stdout, re.MULTILINE)
    assert re.search(r"^1\.0 \{", ran.stdout, re.MULTILINE)
    assert re.search(r"^[\d,]+ pixels, \d+\.\d% of the photo$", ran.stdout, re.MULTILINE)
    assert re.search(r"^[\d,]+ pixels in \[\d+, \d+, \d+, \d+\]$", ran.stdout, re.MULTILINE)


def test_only_these_endpoints_are_public(server):
    found = Client(server, verbose=False).view_api(return_format="dict")
    assert not found["unnamed_endpoints"]
    named = {
        name: [each["parameter_name"] for each in info["parameters"]] for name, info in found["named_endpoints"].items()
    }
    assert named == ENDPOINTS


def test_an_mcp_client_gets_the_same_as_described_tools():
    from gradio.mcp import GradioMCPServer

    from seg.page.layout import build_page

    tools = GradioMCPServer(build_page())
    assert set(tools.tool_to_endpoint.values()) == set(ENDPOINTS)
    for name, endpoint in tools.tool_to_endpoint.items():
        assert name == endpoint[1:]
        function = tools.get_block_fn_from_endpoint_name(endpoint)
        description, parameters = tools.get_fn_description(function, name)
        assert "Returns: " in description
        assert "\n" not in description
        described = tools.get_input_schema(name, parameters)[0]["properties"]
        assert list(described) == ENDPOINTS[endpoint]
        assert all(len(each["description"]) > 20 for each in described.values())


def test_the_python_snippet_runs_as_printed():
    text = (ROOT / "README.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text.split("\n## From Python\n")[1].split("\n## ")[0], re.DOTALL)
    code = code.replace("examples/", f"{ROOT}/examples/")
    found = {}
    exec(code, found)
    assert found["prediction"].labels.shape == found["photo"].shape[:2]
    assert found["region"].mask[300, 500]
