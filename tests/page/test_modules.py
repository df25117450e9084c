"""The page's modules: one address each that stands for their content, nothing else, whole and under a root path too."""

import hashlib
import os
import re
from pathlib import PurePosixPath

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from seg.labels.components import TINY_SHARE
from seg.page import modules
from seg.page.components import TABS, on_load
from seg.page.server.firewall import Firewall, is_open


@pytest.fixture
def client():
    return TestClient(Firewall(Starlette(routes=[modules.route])))


def test_every_module_is_served_through_the_firewall(client):
    for name, content in modules.modules().items():
        answer = client.get("/" + modules.address(name))
        assert answer.status_code == 200, name
        assert answer.content == content
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_behind_a_root_path_they_are_there_with_and_without_it():
    client = TestClient(Starlette(routes=[modules.route]), root_path="/pixels")
    for prefix in ("", "/pixels"):
        assert client.get(f"{prefix}/{modules.address('shared/page.js')}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "shared/page.css",
        "shared/none.js",
        "shared/types.d.ts",
        "../components.py",
        "shared/..%2f..%2fapi.py",
        "tabs/learn/text/1-kinds.md",
    ],
)
def test_nothing_but_modules_is_served(client, path):
    assert client.get("/" + modules.address(path)).status_code == 404


def test_another_version_is_not_this_one(client):
    other = "/" + modules.address("shared/page.js").replace(modules.version(), "0" * 12)
    assert is_open("GET", other)
    assert client.get(other).status_code == 404


def test_the_version_follows_the_content(monkeypatch):
    changed = dict(modules.modules())
    changed["shared/page.js"] += b"\n"
    before = modules.version()
    monkeypatch.setattr(modules, "modules", lambda: changed)
    after = modules.version.__wrapped__()
    assert re.fullmatch("[0-9a-f]{12}", before)
    assert hashlib.sha256(b"").hexdigest()[:12] != after != before


def test_every_import_names_a_module_and_something_it_exports():
    served = {name: content.decode() for name, content in modules.modules().items()}
    for name, text in served.items():
        for names, source in re.findall(r'^import (?:\{([^}]*)\} from )?"([^"]+)";', text, re.M):
            target = os.path.normpath(PurePosixPath(name).parent / source)
            assert target in served, (name, source)
            for each in re.findall(r"\w+", names):
                assert re.search(rf"^export (async )?(function\*?|const|let) {each}\b", served[target], re.M), each


def test_every_component_has_one_entry():
    for folder in (path.name for path in TABS.iterdir() if (path / "script.js").exists()):
        assert "export function mount({" in modules.modules()[f"tabs/{folder}/script.js"].decode()
        assert modules.address(f"tabs/{folder}/script.js") in on_load(folder)
        assert "\n" not in on_load(folder)


def test_the_page_and_the_lessons_share_one_threshold_for_a_tiny_class():
    assert f"export const TINY_SHARE = {TINY_SHARE};" in modules.data()
