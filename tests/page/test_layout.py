"""The whole page as it is launched: limits, concurrency, and what is public."""

import os
import re

import httpx
from gradio.route_utils import API_PREFIX

from seg.page.server.firewall import UPLOAD_LIMIT, Firewall, is_open
from tests.serving import free_port


def test_the_settings_of_the_server(monkeypatch):
    """What `launch` and `queue` are given, by the names of gradio's own parameters."""
    import app
    from seg.page import layout

    settings_of = {}

    class Page:
        mcp_error = None

        def block_thread(self):
            pass

        def queue(self, **settings):
            settings_of.update(settings)

        def launch(self, **settings):
            settings_of.update(settings)

    monkeypatch.setattr(layout, "build_page", Page)
    monkeypatch.setattr(app.signal, "signal", lambda *_: None)
    for name in ("GRADIO_TEMP_DIR", "GRADIO_SERVER_NAME", "no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    monkeypatch.setenv("PORT", str(free_port()))
    app.main()
    assert settings_of["max_file_size"] < UPLOAD_LIMIT
    assert settings_of["max_size"] <= 64
    assert settings_of["state_session_capacity"] <= 100
    assert not settings_of["api_open"]
    assert not settings_of["allowed_paths"]
    assert not any(settings_of[name] for name in ("show_error", "run_history", "ssr_mode", "pwa"))
    assert Firewall in [each.cls for each in settings_of["app_kwargs"]["middleware"]]


def test_inference_has_a_limit_of_its_own_and_no_tab_holds_a_connection():
    from seg.page.layout import PAUSE, build_page

    page = build_page()
    assert page.queue(max_size=3) is page
    assert page._queue.sleep_when_free == PAUSE
    assert page.get_config_file()["connect_heartbeat"] is False
    assert not is_open("GET", API_PREFIX + "/heartbeat/abc")
    network = [fn for fn in page.fns.values() if fn.concurrency_id == "network"]
    assert {fn.concurrency_limit for fn in network} == {2}
    (segment,) = [fn for fn in page.fns.values() if fn.api_name == "segment"]
    assert segment not in network  # it may have to wait for a download first, and holds no place meanwhile
    assert page.delete_cache == (60, 600)
    public = {fn.api_name for fn in page.fns.values() if fn.api_visibility != "private"}
    assert public == {"segment", "individuals", "grade", "grow", "click"}


def test_the_page_asks_for_nothing_outside_its_path(server):
    """Behind a proxy that gives it a path, such addresses are somebody else's."""
    addresses = re.findall(r'\b(?:href|src)="([^"]*)"', httpx.get(server, timeout=60).text)
    assert any(address.endswith(".js") for address in addresses)
    assert not [address for address in addresses if address.startswith("/")]
