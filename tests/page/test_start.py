"""What `python app.py` says when it cannot start, and that it starts where it can. Two starts are real ones."""

import dataclasses
import errno
import os
import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

import app
from seg.models.registry import ZOO
from tests.serving import ROOT, free_port, serving

NOWHERE = "http://127.0.0.1:9"  # nobody listens there


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.fixture
def refusal(monkeypatch, tmp_path):
    """refusal(**environment) -> the sentence with which `app.main` ends."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    for name in ("no_proxy", "NO_PROXY", "GRADIO_SERVER_NAME"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    monkeypatch.setenv("PORT", str(free_port()))

    def start(**environment: str) -> str:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            app.main()
        assert ended.value.code.startswith("The page cannot start: ")
        assert "\n" not in ended.value.code
        return ended.value.code

    return start


# Port and address


def test_a_port_that_is_taken_is_one_sentence_before_torch_is_imported():
    """A real start."""
    watched = "import atexit, sys; atexit.register(lambda: print('torch' in sys.modules)); import app; app.main()"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-c", watched],
            cwd=ROOT,
            env={**os.environ, "PORT": str(port)},
            capture_output=True,
            text=True,
        )
    assert (ended.returncode, ended.stdout) == (1, "False\n")
    assert ended.stderr.startswith(
        f"The page cannot start: port {port} of 127.0.0.1 cannot be used ({os.strerror(errno.EADDRINUSE)}): "
    )
    assert f"PORT={port % 65535 + 1} python app.py" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.skipif(not has_ipv6(), reason="this system has no IPv6")
def test_a_port_that_only_gradio_finds_taken_is_one_sentence(refusal):
    """It looks at 127.0.0.1, whatever the host."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} cannot be used" in refusal(PORT=port, GRADIO_SERVER_NAME="::1")


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "80.5", "７８６０"])
def test_a_port_that_is_none_is_one_sentence(refusal, port):
    assert refusal(PORT=port) == f'The page cannot start: PORT must be a number from 1 to 65535, got "{port}".'


@pytest.mark.parametrize("host", ["no such host", "256.0.0.1", "::g", "x" * 300, "a..b"])
def test_an_address_that_is_none_is_one_sentence(refusal, host):
    assert f" of {host} cannot be used (" in refusal(GRADIO_SERVER_NAME=host)


@pytest.mark.skipif(not has_ipv6(), reason="this system has no IPv6")
@pytest.mark.parametrize(("name", "host"), [("::", "[::]"), ("[::]", "[::]"), ("::1", "[::1]"), ("[::1]", "[::1]")])
def test_ipv6_addresses_are_handed_on_in_brackets(monkeypatch, name, host):
    monkeypatch.setenv("GRADIO_SERVER_NAME", name)
    monkeypatch.setenv("PORT", str(free_port()))
    assert app.address() == (host, int(os.environ["PORT"]))
    assert "GRADIO_SERVER_NAME" not in os.environ  # gradio would read it once more


def test_the_page_starts_on_ipv6_beside_any_proxy_without_the_mcp_extra_and_advertises_no_public_link(tmp_path):
    """A real start. The proxies are not there, so that a request which went to one would fail."""
    (tmp_path / "mcp.py").write_text("raise ImportError('as where it is not installed')")
    host = "[::1]" if has_ipv6() else "127.0.0.1"
    proxies = {"ALL_PROXY": "socks5://127.0.0.1:9", "http_proxy": NOWHERE, "HTTPS_PROXY": "socks5h://127.0.0.1:9"}
    environment = {"GRADIO_SERVER_NAME": host.strip("[]"), "no_proxy": "", **proxies}
    environment |= {"GRADIO_MCP_SERVER": "True", "PYTHONPATH": str(tmp_path)}
    with serving(tmp_path, environment=environment, host=host, alone=True) as server:
        assert httpx.get(server.address, trust_env=False).status_code == 200
        while server.log.read_text().count("\n") < 2:
            assert server.process.poll() is None
            time.sleep(0.02)
        first, second = server.log.read_text().splitlines()
    assert first == f"Open {server.address}"
    assert "pip install gradio[mcp]" in second


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_only_this_machine_is_asked_past_the_proxy(monkeypatch, scheme):
    for name in (*app.PROXIES, *map(str.upper, app.PROXIES), "no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, NOWHERE if name.lower() == f"{scheme}_proxy" else "")
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    app.bypass_proxies("[fd00::2]")
    client = httpx.Client()  # fails where a socks5 proxy is named and no package for it is there
    for host in ("localhost", "127.0.0.1", "[::1]", "[fd00::2]", "example.org"):
        assert client._transport_for_url(httpx.URL(f"{scheme}://{host}:7860/")) is client._transport
    assert client._transport_for_url(httpx.URL(f"{scheme}://download.pytorch.org/")) is not client._transport


# Folders and weights


def test_a_folder_for_uploads_that_cannot_be_made_is_one_sentence(refusal, tmp_path):
    (tmp_path / "file").write_text("")
    sentence = refusal(GRADIO_TEMP_DIR=str(tmp_path / "file" / "uploads"))
    assert "no folder for uploads can be made (" in sentence
    assert "set GRADIO_TEMP_DIR to a folder that can be written" in sentence


def test_no_folder_for_temporary_files_at_all_is_one_sentence(refusal, monkeypatch):
    def none():
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", none)
    assert "No usable temporary directory found" in refusal(GRADIO_TEMP_DIR="")


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 half a checkpoint"])
def test_unusable_weights_are_one_sentence_and_the_log_says_where(refusal, tmp_path, monkeypatch, caplog, content):
    weights = tmp_path / "bundled.pt"
    if content is not None:
        weights.write_bytes(content)
    monkeypatch.setitem(ZOO, "bundled", dataclasses.replace(ZOO["bundled"], file=weights))
    said = refusal()
    assert weights.name in said
    assert str(weights) in said + caplog.text


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"SEG_MODEL": "gpt"}, 'model must be one of bundled, .*; got "gpt"'),
        ({"SEG_MODEL": "lraspp_mobilenet_v3_large"}, "lraspp_mobilenet_v3_large-d234d4ea.pth could not be downloaded"),
        ({"SEG_PRELOAD": "bundled, gpt"}, 'SEG_PRELOAD must name models out of bundled, .*; got "gpt"'),
    ],
)
def test_a_model_that_cannot_be_had_is_one_sentence(refusal, tmp_path, settings, reason):
    assert re.search(reason, refusal(TORCH_HOME=str(tmp_path), SEG_WEIGHTS_HOST=NOWHERE, **settings))
