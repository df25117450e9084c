"""What the privacy note says, checked: what is kept, for how long, and that nothing is told to other hosts."""

import asyncio
import datetime
import gc
import json
import os
import socket
import subprocess
import sys
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import httpx
import numpy as np
import pytest
from gradio.state_holder import StateHolder

from seg.models.cache import Cache, forget_photos
from seg.page.server import retention
from seg.page.server.retention import (
    FILES_KEPT,
    PHOTO_KEPT,
    PRIVACY,
    delete_old_files,
    drop_component_values,
    drop_sessions,
)
from tests.serving import ROOT

WATCHED = """
import ast, json, os, socket, sys, threading
asked, parsed = set(), []
cut_out = ast.get_source_segment
ast.get_source_segment = lambda *source: parsed.append(source) or cut_out(*source)
resolve, connect = socket.getaddrinfo, socket.socket.connect
def getaddrinfo(host, *rest, **more):
    asked.add(str(host))
    return resolve(host, *rest, **more)
def connecting(self, address):
    asked.add(str(address[0]) if isinstance(address, tuple) else "a socket of this machine")
    return connect(self, address)
socket.getaddrinfo, socket.socket.connect = getaddrinfo, connecting

import app
before = "gradio" in sys.modules, "huggingface_hub" in sys.modules
opened, import_gradio = [], app.import_gradio
def imported():
    import_gradio()
    from gradio import Blocks
    launch = Blocks.launch
    Blocks.launch = lambda self, **settings: opened.append(launch(self, **settings))
    Blocks.block_thread = lambda self: None
app.import_gradio = imported
app.main()
from gradio import analytics
address = opened[0][1]
needless = [name for name in ("torchvision", "torch._dynamo", "sympy", "matplotlib") if name in sys.modules]
from gradio_client import Client, handle_file
found, mask = Client(address, verbose=False, analytics_enabled=False).predict(
    handle_file("examples/dog.jpg"), "bundled", api_name="/segment")
print(json.dumps({"before": before, "needless": needless, "parsed": len(parsed), "asked": sorted(asked),
                  "analytics": analytics.analytics_enabled(), "folder": os.environ["GRADIO_TEMP_DIR"],
                  "classes": [each["name"] for each in found["classes"]]}))
sys.stdout.flush()
sys.exit(0)
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """One start of the page and one photo through it, in a process whose every connection is written down."""
    environment = {
        **os.environ,
        "PORT": "",
        "GRADIO_SERVER_PORT": "0",
        "GRADIO_TEMP_DIR": str(tmp_path_factory.mktemp("up")),
    }
    environment.pop("GRADIO_ANALYTICS_ENABLED", None)
    environment["GRADIO_SERVER_PORT"] = str(free_port())
    ran = subprocess.run([sys.executable, "-c", WATCHED], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout.splitlines()[-1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_nobody_else_is_asked_anything(watched):
    assert watched["classes"] == ["background", "dog"]
    assert set(watched["asked"]) <= {"127.0.0.1", "localhost", "::1", "0.0.0.0", "None", "", "a socket of this machine"}


def test_analytics_are_off_before_gradio_is_there(watched):
    assert watched["before"] == [False, False]
    assert watched["analytics"] is False


def test_what_the_first_page_does_not_need_is_not_imported(watched):
    assert watched["needless"] == []


def test_gradio_parses_no_source_to_write_stubs(watched):
    assert watched["parsed"] == 0


def test_the_folder_of_uploads_goes_with_the_server(watched):
    assert not os.path.exists(watched["folder"])


def test_no_cookies(server):
    with httpx.Client(base_url=server, timeout=60) as visitor:
        for path in ("/", "/config", "/gradio_api/info"):
            assert "set-cookie" not in visitor.get(path).headers
        visitor.post("/gradio_api/upload", files={"files": ("x", b"x")})
        assert not visitor.cookies


# Retention


def test_the_session_of_somebody_who_is_gone_is_dropped_with_all_it_held():
    with gr.Blocks(analytics_enabled=False) as page:
        state, view = gr.State(), gr.JSON()
    holder = StateHolder()
    holder.capacity = 10
    holder.blocks = page
    photo = np.zeros((10, 10, 3), np.uint8)
    watch = weakref.ref(photo)
    holder["gone"][state._id] = photo
    holder["gone"]._update_value_in_config(view._id, {"photo": "data:image/jpeg;base64,AAAA"})
    holder["here"][state._id] = 1
    del photo
    holder.time_last_used["gone"] -= datetime.timedelta(seconds=PHOTO_KEPT + 1)
    holder.time_last_used["here"] -= datetime.timedelta(seconds=PHOTO_KEPT - 60)
    drop_sessions(holder)
    gc.collect()
    assert list(holder.session_data) == list(holder.time_last_used) == ["here"]
    assert watch() is None


def test_what_components_showed_is_let_go_while_the_visitor_stays():
    with gr.Blocks(analytics_enabled=False) as page:
        state, view, name = gr.State(), gr.JSON(), gr.Textbox("kept")
    holder = StateHolder()
    holder.capacity = 10
    holder.blocks = page
    holder["here"][state._id] = {"photo": 1}
    holder["here"]._update_value_in_config(view._id, {"photo": "data:image/jpeg;base64,AAAA"})
    drop_component_values(holder)
    assert "base64" not in json.dumps(list(holder["here"].components), default=str)
    assert holder["here"][state._id] == {"photo": 1}
    assert holder["here"].config_values[name._id]["props"]["value"] == "kept"


def test_predictions_are_forgotten_too(monkeypatch):
    answers = Cache(4, photos=True)
    answers.get("old", lambda: 1)
    later = time.monotonic() + PHOTO_KEPT + 1
    monkeypatch.setattr("seg.models.cache.time.monotonic", lambda: later)
    answers.get("new", lambda: 2)
    forget_photos(PHOTO_KEPT)
    assert ("old" in answers, "new" in answers) == (False, True)


def test_old_files_go_and_new_ones_stay(tmp_path):
    old, new, half = tmp_path / "a" / "old.jpg", tmp_path / "b" / "new.png", tmp_path / "tmphalf"
    outside = tmp_path.parent / "outside"
    for path in (old, new, half, outside):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "link").symlink_to(outside)
    past = time.time() - FILES_KEPT - 5
    for path in (old, half, outside):
        os.utime(path, (past, past))
    os.utime(tmp_path / "link", (past, past), follow_symlinks=False)
    delete_old_files(tmp_path, FILES_KEPT)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "new.png"]
    assert outside.exists()
    os.utime(old.parent, (past, past))
    delete_old_files(tmp_path, FILES_KEPT)
    assert not old.parent.exists()


def test_a_folder_that_goes_away_while_it_is_looked_at_stops_nothing(tmp_path, monkeypatch):
    """Somebody else, gradio for instance, deletes between listing a folder and looking into it."""
    places = [tmp_path / name for name in ("a", "b", "c")]
    past = time.time() - FILES_KEPT - 5
    for place in places:
        place.mkdir()
        (place / "old.jpg").write_bytes(b"x")
        os.utime(place / "old.jpg", (past, past))
    scandir = os.scandir

    def racing(path="."):
        if str(path) == str(places[1]):
            (places[1] / "old.jpg").unlink()
            places[1].rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", racing)
    delete_old_files(tmp_path, FILES_KEPT)
    monkeypatch.undo()
    assert sorted(tmp_path.rglob("*")) == [places[0], places[2]]


def test_an_exception_is_logged_and_ends_neither_the_round_nor_the_rounds_to_come(monkeypatch, caplog, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(retention, "CLEAN_UP_EVERY", 0)
    old = tmp_path / "old.jpg"
    rounds = []

    class Server:
        """Whose sessions cannot be listed."""

        @property
        def state_holder(self):
            rounds.append(old.exists())
            old.write_bytes(b"x")
            os.utime(old, (1, 1))
            raise RuntimeError("dictionary changed size during iteration")

        def get_blocks(self):
            raise RuntimeError("and this one as well")

    async def three_rounds():
        async with retention.retention(Server()):
            while len(rounds) < 6:  # a round looks twice
                await asyncio.sleep(0.01)

    with ThreadPoolExecutor(1) as apart:  # this thread may hold the loop of the browser tests
        apart.submit(asyncio.run, asyncio.wait_for(three_rounds(), 30)).result()
    assert rounds[::2] == [False] * len(rounds[::2])  # each round deleted the file that the one before had left
    assert "dictionary changed size" in caplog.text
    assert "and this one as well" in caplog.text


def test_a_round_does_all_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with gr.Blocks(analytics_enabled=False) as page:
        gr.State()
    page.upload_file_set.update({str(tmp_path / "gone"), __file__})
    app = gr.routes.App.create_app(page)
    app.state_holder["visitor"]
    app.state_holder.time_last_used["visitor"] -= datetime.timedelta(days=1)
    retention.clean_up(app)
    assert not app.state_holder.session_data
    assert page.upload_file_set == {__file__}


def test_the_note_and_the_readme_have_the_numbers_of_the_code():
    import app

    text = " ".join(PRIVACY)
    readme = (ROOT / "README.md").read_text("utf-8").split("\n## Privacy\n")[1].split("\n## ")[0]
    for words in (text, readme):
        assert f"{FILES_KEPT // 60} minutes" in words
        assert f"{PHOTO_KEPT // 60} minutes" in words
    assert f"{app.VISITORS_KEPT} visitors" in " ".join(readme.split())
