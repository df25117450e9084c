"""What visitors send lies on the disk for as short as possible, and nothing else is taken for it."""

import os
from pathlib import Path

import gradio as gr
import pytest

from seg.page.server import uploads


def test_an_upload_leaves_the_disk_as_it_is_read(received):
    path = received(content=b"the photo")
    assert uploads.take_upload(path) == b"the photo"
    assert not Path(path).exists()
    assert not Path(path).parent.exists()
    with pytest.raises(ValueError, match="did not arrive"):
        uploads.take_upload(path)


def test_the_same_photo_of_somebody_else_stays(received):
    mine, theirs = received("one"), received("two")
    uploads.take_upload(mine)
    assert Path(theirs).read_bytes() == b"a photo"


def test_nothing_but_an_upload_is_taken(received, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("kept")
    link = Path(received()).with_name("link")
    link.symlink_to(secret)
    for path in (str(secret), str(link), "/etc/passwd", "", "\0", "..", str(tmp_path), "http://example.org"):
        with pytest.raises(ValueError, match="did not arrive"):
            uploads.take_upload(path)
    assert secret.read_text() == "kept"


def test_a_heavy_upload_is_not_read_whole(received, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)
    assert len(uploads.take_upload(received(content=b"x" * 1000))) == 11


def test_gradio_gets_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "new"))
    folder = uploads.make_upload_folder()
    assert folder.parent == tmp_path / "new"
    assert folder.stat().st_mode & 0o077 == 0
    assert gr.utils.get_upload_folder() == str(uploads.folder()) == os.environ["GRADIO_TEMP_DIR"] == str(folder)
