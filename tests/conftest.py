"""A real server for the tests that need one."""

from contextlib import contextmanager

import pytest
from hypothesis import settings

from tests import serving as processes

settings.register_profile("ours", deadline=None)  # a busy machine is no failure
settings.load_profile("ours")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of a running page, started as a visitor of the README would and stopped by its process id."""
    with serving(tmp_path_factory) as address:
        yield address


@contextmanager
def serving(tmp_path_factory, command=("app.py",), **settings: str):
    """The address of a server of its own, with more environment variables; command: what Python runs."""
    with processes.serving(tmp_path_factory.mktemp("server"), *command, environment=settings) as running:
        yield running.address
