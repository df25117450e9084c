"""An upload, for the tests that need one."""

import pytest


@pytest.fixture
def received(tmp_path, monkeypatch):
    """received(name) -> the path of a file as gradio keeps an upload."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))

    def made(name="photo.jpg", content=b"a photo"):
        path = tmp_path / ("ab" * 32) / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return str(path)

    return made
