"""Two replicas behind nginx, configured as the README says: one ends, and its visitor goes on with the other."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.painting import across, drag, wait_scored
from tests.serving import COLD_APP, ROOT, free_port, serving

NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
# What the machine's own nginx.conf says around a file of conf.d; here everything lies in a folder of the test.
AROUND = """
{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
    log_format replica "$cookie_visitor $upstream_addr";
    access_log {folder}/access.log replica;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Site:
    """nginx and its two replicas. `access` is its log: a line with cookie and replica for every request."""

    def __init__(self, address: str, replicas: dict, access: Path):
        self.address, self.replicas, self.access = address, replicas, access

    def newcomer(self) -> tuple[str, str]:
        """(cookie, address of the replica) of somebody who comes for the first time."""
        cookie = httpx.get(self.address + "/config").cookies["visitor"]
        return cookie, self.replica_of(cookie)

    def replica_of(self, cookie: str) -> str:
        """Who answered this visitor last; the first to answer where nginx had to try several."""
        before = len(self.lines_of(cookie))
        httpx.get(self.address + "/theme.css", cookies={"visitor": cookie})
        began = time.monotonic()
        while len(lines := self.lines_of(cookie)) == before:  # nginx writes its log after it has answered
            assert time.monotonic() - began < 20
        return lines[-1].split(", ")[-1]

    def lines_of(self, cookie: str) -> list[str]:
        """Who was tried for each of this visitor's requests."""
        lines = self.access.read_text().splitlines()
        return [line.split(" ", 1)[1] for line in lines if line.startswith(cookie + " ")]


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    assert NGINX, "this test needs nginx: tests/run.sh installs it"
    with ExitStack() as servers, ThreadPoolExecutor(2) as both:  # they start side by side
        one, two = both.map(lambda _: servers.enter_context(serving(tmp_path, *COLD_APP)), range(2))
        replicas = {server.address.removeprefix("http://"): server for server in (one, two)}
        port = free_port()
        snippet = re.search(r"```nginx\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)[1]
        for old, new in zip(("127.0.0.1:7861", "127.0.0.1:7862"), replicas, strict=True):
            assert snippet.count(old) == 1
            snippet = snippet.replace(old, new)
        assert snippet.count("listen 8080;") == 1
        (tmp_path / "site.conf").write_text(snippet.replace("listen 8080;", f"listen 127.0.0.1:{port};"))
        user = "user root;" if os.geteuid() == 0 else ""  # else its workers could not write to the test's folder
        (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path, user=user))
        nginx = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", "stderr"])
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(200):
                try:
                    httpx.get(address + "/theme.css", timeout=30)
                    break
                except httpx.TransportError:
                    assert nginx.poll() is None, "nginx did not start"
                    time.sleep(0.05)
            yield Site(address, replicas, tmp_path / "access.log")
        finally:
            nginx.terminate()
            nginx.wait(20)


def open_page(browser, site: Site, cookie: str, query: str) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": "visitor", "value": cookie, "url": site.address}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{site.address}/?{query}")
    page.wait_for_selector("#segment-view [data-ready]", state="attached")
    return page


def paint(page: Page, y: float) -> dict:
    """A stroke; returns the panel when its score is there."""
    page.get_by_role("tab", name="Paint and grade").click()
    page.wait_for_function("document.querySelector('#paint-view [data-ready]')?.dataset.ready == seg.page.revision")
    page.wait_for_function("document.querySelector('#paint-view .paper').getBoundingClientRect().width > 50")
    drag(page, across(page, y=y))
    return wait_scored(page)


def test_visitors_of_a_replica_that_ends_go_on_with_the_other(site, chromium, tmp_path):
    mine, my_replica = site.newcomer()
    other, other_replica = site.newcomer()
    while other_replica == my_replica:
        other, other_replica = site.newcomer()
    assert {my_replica, other_replica} == set(site.replicas)

    page = open_page(chromium, site, mine, "photo=cat&tab=region")
    neighbour = open_page(chromium, site, other, "photo=owl&tab=segment")
    complaints = []
    neighbour.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    neighbour.on("pageerror", lambda error: complaints.append(str(error)))
    for each, example in ((page, "cat"), (neighbour, "owl")):
        each.wait_for_function(f"seg.page.current.example === '{example}'")
    page.wait_for_selector("#grow-view .frame[data-area]")
    paint(page, 0.5)
    paint(neighbour, 0.5)
    seen = {each: each.evaluate("seg.page.revision") for each in (page, neighbour)}

    site.replicas[my_replica].process.kill()
    site.replicas[my_replica].process.wait(20)

    # Without a reload: the next stroke finds a server that never heard of this visitor, and is scored all the same.
    paint(page, 0.6)
    assert page.evaluate("seg.page.current.example") == "cat"
    assert site.replica_of(mine) == other_replica

    # With one: the address brings photo and tab back.
    page.reload()
    page.wait_for_function("window.seg && seg.page.current && seg.page.current.example === 'cat'")
    expect(page.get_by_role("tab", name="Paint and grade")).to_have_attribute("aria-selected", "true")
    paint(page, 0.5)
    page.get_by_role("tab", name="Region growing").click()
    page.wait_for_selector("#grow-view .frame[data-area]")

    # A photo of their own goes the whole way through nginx.
    page.set_input_files("#header input[type=file]", ROOT / "examples" / "dog.jpg")
    page.wait_for_function("seg.page.current.name === 'dog.jpg'")

    # The neighbour noticed nothing.
    paint(neighbour, 0.6)
    assert neighbour.evaluate("seg.page.revision") == seen[neighbour]
    assert neighbour.evaluate("seg.page.current.example") == "owl"
    expect(neighbour.locator("#notice .notice")).to_be_hidden()
    assert complaints == []
    for each in (page, neighbour):
        each.context.close()
