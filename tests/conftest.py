"""A real server for the tests that need one."""

import asyncio
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import sync_playwright

import app
from tests import serving as processes

settings.register_profile("ours", deadline=None)  # a busy machine is no failure
settings.load_profile("ours")

# Files that take longest are tested first, so that no process is busy alone at the end: those with servers of their own
# in this order, then what needs a browser, then the rest.
LONGEST = [
    *("browser/test_models", "browser/test_replicas", "browser/test_faults_reload", "browser/test_retention"),
    *("browser/test_batch", "browser/test_full_line", "page/test_mcp", "page/test_privacy", "page/test_faults"),
    *("page/test_start", "photo/test_mutants", "browser/"),
]

BROWSER_ARGUMENTS = [
    *("--no-sandbox", "--disable-background-networking", "--no-first-run", "--disable-gpu"),
    "--force-color-profile=srgb",
]


def pytest_configure(config):
    """Have the fork server import what servers need while tests are collected: xdist's workers inherit its address. And
    where tests run, import gradio before they do, which would take twice as long.
    """
    worker = hasattr(config, "workerinput")
    if worker or not config.getoption("numprocesses", None):
        app.import_gradio()
    if not worker and not config.option.collectonly:
        folder = tempfile.mkdtemp()
        forking = processes.fork_server(Path(folder) / "fork_server")
        config.add_cleanup(lambda: (forking.communicate(), shutil.rmtree(folder)))


def pytest_collection_modifyitems(items):
    """Order whole files: see LONGEST."""

    def rank(item) -> int:
        place = item.path.as_posix()
        return next((i for i, part in enumerate(LONGEST) if f"/tests/{part}" in place), len(LONGEST))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def weights_folder(tmp_path_factory):
    """Where `server` looks for weights it has not bundled. Empty at first."""
    folder = tmp_path_factory.mktemp("torch")
    (folder / "hub" / "checkpoints").mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def running_server(tmp_path_factory, weights_folder):
    """A running page, stopped by its process id. It cannot download: nobody listens at port 9."""
    settings = {"TORCH_HOME": str(weights_folder), "SEG_WEIGHTS_HOST": "http://127.0.0.1:9"}
    with processes.serving(tmp_path_factory.mktemp("server"), environment=settings) as running:
        yield running


@pytest.fixture(scope="session")
def server(running_server):
    """The address of `running_server`."""
    return running_server.address


@contextmanager
def serving(tmp_path_factory, command=("app.py",), **settings: str):
    """The address of a server of its own, with more environment variables; command: what Python runs."""
    with processes.serving(tmp_path_factory.mktemp("server"), *command, environment=settings) as running:
        yield running.address


@pytest.fixture(scope="session")
def chromium():
    """The browser: SEG_CHROMIUM where set, else the system's Chromium, else Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("SEG_CHROMIUM") or shutil.which("chromium"), args=BROWSER_ARGUMENTS
        )
        yield browser
        browser.close()


def run_apart(coroutine):
    """What the coroutine returns, run in a thread of its own: this one may hold the loop of the browser tests."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, coroutine).result()
