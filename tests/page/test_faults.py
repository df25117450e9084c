"""What breaks around the page: the disk, memory. The page goes on."""

import io
import resource
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.benchmarks.load import photo
from tests.serving import COLD_APP, serving
from tests.visitor import RefusedError, Visitor


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A server of its own, to be hurt, and its visitor."""
    with serving(tmp_path_factory.mktemp("faults"), *COLD_APP) as server:
        visitor = Visitor(server.address)
        visitor.pick(example="cat")
        yield server, visitor
        visitor.close()


@contextmanager
def limited(server, kind: int, most: int):
    """The server under a limit of the operating system; lifted at the end."""
    before = resource.prlimit(server.process.pid, kind)
    resource.prlimit(server.process.pid, kind, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, kind, before)


# Disk and memory


def test_an_upload_that_does_not_fit_on_the_disk_is_refused_and_the_page_goes_on(running):
    """The limit on file size makes every write beyond it fail, as a full disk would."""
    server, _ = running
    visitor = Visitor(server.address)
    data = np.random.default_rng(0).bytes(3_000_000)
    with limited(server, resource.RLIMIT_FSIZE, 100_000):
        with pytest.raises(RefusedError) as refusal:
            visitor.send(data)
        assert "Traceback" not in str(refusal.value)
        after = Visitor(server.address)  # the first one's connection may be closed
        assert after.pick(example="dog")["example"] == "dog"
    assert after.pick(path=after.send(photo(1)), name="mine.jpg")["name"] == "mine.jpg"
    after.close()


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_photo_for_which_there_is_no_memory_is_one_sentence_and_the_page_goes_on(running, format):
    """39 megapixels, 117 MB decoded, while the server may take less than that from the system."""
    server, visitor = running
    file = io.BytesIO()
    Image.new("RGB", (6500, 6000), (90, 120, 40)).save(file, format)
    path = visitor.send(file.getvalue())
    in_use = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[0]) * resource.getpagesize()
    with (
        limited(server, resource.RLIMIT_AS, in_use + 96_000_000),
        pytest.raises(RefusedError, match="This photo needs more memory than the server has left"),
    ):
        visitor.pick(path=path, name="large.jpg")
    assert visitor.pick(path=visitor.send(photo(4)), name="after.jpg")["name"] == "after.jpg"
