"""Downloads against a host that behaves well and badly: the file or one sentence, fetched once, gone on with."""

import errno
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from seg.models import weights as download
from seg.models.weights import ATTEMPTS, DownloadError, fetch
from tests.mirror import Mirror

ROOT = Path(__file__).parents[2]
CONTENT = np.random.default_rng(1).bytes(1_000_000)
HASH = hashlib.sha256(CONTENT).hexdigest()[:8]
NAME = "network-1234.pth"
PATH = f"/models/{NAME}"


@pytest.fixture
def mirror():
    with Mirror() as mirror:
        mirror.files[PATH] = CONTENT
        yield mirror


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "hub" / "checkpoints" / NAME


def part(target: Path) -> Path:
    return target.with_name(NAME + ".part")


def get(mirror: Mirror, target: Path, progress=None) -> Path:
    return fetch(mirror.address + PATH, target, HASH, progress)


def sentence(mirror: Mirror, target: Path) -> str:
    """The sentence a failing download ends in; it names the file, and where to put it by hand."""
    with pytest.raises(DownloadError) as caught:
        get(mirror, target)
    text = str(caught.value)
    assert NAME in text
    assert str(target.parent) in text
    assert "\n" not in text
    assert not target.exists()
    return text


def nothing_else(target: Path) -> bool:
    return [path.name for path in target.parent.iterdir()] == [NAME]


def test_a_file_arrives_whole_with_its_progress_and_nothing_beside_it(mirror, target):
    seen = []
    assert get(mirror, target, lambda *numbers: seen.append(numbers)) == target
    assert target.read_bytes() == CONTENT
    assert nothing_else(target)
    assert seen == sorted(seen)
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert mirror.requests == [(PATH, None)]


def test_a_part_that_is_there_is_gone_on_with(mirror, target):
    target.parent.mkdir(parents=True)
    part(target).write_bytes(CONTENT[:700_000])
    seen = []
    get(mirror, target, lambda *numbers: seen.append(numbers))
    assert target.read_bytes() == CONTENT
    assert mirror.requests == [(PATH, 700_000)]
    assert seen[0][0] >= 700_000
    assert nothing_else(target)


def test_a_host_that_ignores_the_range_is_believed_from_the_start(mirror, target):
    mirror.mode = "whole"
    target.parent.mkdir(parents=True)
    part(target).write_bytes(CONTENT[:700_000])
    get(mirror, target)
    assert target.read_bytes() == CONTENT
    assert len(mirror.requests) == 1


@pytest.mark.parametrize("old", [CONTENT + b"more", b"\0" * 400_000], ids=["longer", "of something else"])
def test_a_part_that_does_not_fit_costs_a_second_request_and_no_wrong_file(mirror, target, old):
    target.parent.mkdir(parents=True)
    part(target).write_bytes(old)
    get(mirror, target)
    assert target.read_bytes() == CONTENT
    assert mirror.requests == [(PATH, len(old)), (PATH, None)]
    assert nothing_else(target)


def test_a_part_that_is_complete_is_not_fetched_again(mirror, target):
    """The process was ended between the last byte and the new name."""
    target.parent.mkdir(parents=True)
    part(target).write_bytes(CONTENT)
    get(mirror, target)
    assert mirror.requests == []
    assert target.read_bytes() == CONTENT
    assert nothing_else(target)


def test_a_broken_connection_is_taken_up_again(mirror, target):
    mirror.mode, mirror.bite = "truncate", 400_000
    get(mirror, target)
    assert target.read_bytes() == CONTENT
    assert mirror.requests == [(PATH, None), (PATH, 400_000), (PATH, 800_000)]


def test_a_connection_that_keeps_breaking_ends_in_a_sentence_and_the_next_try_goes_on(mirror, target):
    mirror.mode = "truncate"
    assert "broke off after 0.3 of 1.0 MB" in sentence(mirror, target)
    assert len(mirror.requests) == ATTEMPTS
    assert part(target).stat().st_size == 300_000
    mirror.mode = "well"
    get(mirror, target)
    assert target.read_bytes() == CONTENT
    assert mirror.requests[-1] == (PATH, 300_000)


def test_a_wrong_hash_is_thrown_away(mirror, target):
    mirror.mode = "corrupt"
    assert "SHA-256" in sentence(mirror, target)
    assert list(target.parent.iterdir()) == []
    assert len(mirror.requests) == 1


@pytest.mark.parametrize(("mode", "words"), [("stall", "nothing more"), ("drip", "next to nothing")])
def test_a_host_that_stalls_ends_in_a_sentence(mirror, target, monkeypatch, mode, words):
    monkeypatch.setattr(download, "PATIENCE", 0.5)
    mirror.mode = mode
    assert words in sentence(mirror, target)
    assert part(target).stat().st_size >= mirror.bite
    mirror.mode = "well"
    get(mirror, target)
    assert target.read_bytes() == CONTENT


def test_a_host_that_accepts_and_says_nothing_ends_in_a_sentence(target, monkeypatch):
    monkeypatch.setattr(download, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}{PATH}"
        with pytest.raises(DownloadError, match=r"did not answer within 0\.5 seconds"):
            fetch(url, target, HASH)


@pytest.mark.parametrize(("mode", "words"), [("refuse", "503"), ("well", "404")])
def test_an_answer_that_is_not_the_file_is_named(mirror, target, mode, words):
    mirror.mode = mode
    if mode == "well":
        del mirror.files[PATH]
    assert words in sentence(mirror, target)
    assert list(target.parent.iterdir()) == []


def test_no_network_is_told_as_such(target):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(DownloadError, match="refused the connection"):
        fetch(f"http://127.0.0.1:{port}{PATH}", target, HASH)
    with pytest.raises(DownloadError, match="host was not found"):
        fetch(f"http://no-such-host.invalid{PATH}", target, HASH)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x.pth", "/etc/hostname"])
def test_only_the_web_is_asked(target, url):
    with pytest.raises(DownloadError, match="not an http address"):
        fetch(url, target, HASH)


def test_a_redirection_is_followed_on_the_web_only(mirror, target):
    mirror.mode = "move"
    for elsewhere in ("file:///etc/hostname", "ftp://127.0.0.1/x.pth"):
        mirror.elsewhere = elsewhere
        assert "could not be downloaded" in sentence(mirror, target)
    with Mirror() as other:
        other.files["/elsewhere"] = CONTENT
        mirror.elsewhere = other.address + "/elsewhere"
        get(mirror, target)
    assert target.read_bytes() == CONTENT


def test_a_redirection_never_gives_up_encryption():
    request = urllib.request.Request("https://one.example/x")
    with pytest.raises(download._BrokenError, match="encryption"):
        download._Redirects().redirect_request(request, None, 302, "Found", {}, "http://one.example/x")
    there = download._Redirects().redirect_request(request, None, 302, "Found", {}, "https://two.example/x")
    assert there.full_url == "https://two.example/x"


def test_a_disk_without_room_is_noticed_before_anything_is_written(mirror, target, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 50_500_000))
    assert "the disk has 50 MB free, and 51 MB are needed" in sentence(mirror, target)
    assert list(target.parent.iterdir()) == []


def test_a_disk_that_fills_up_is_told_and_given_its_room_back(mirror, target, monkeypatch):
    def full(self, answer, file, *_):
        file.write(answer.read1(10))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(download._Download, "_pour", full)
    assert "the disk is full" in sentence(mirror, target)
    assert list(target.parent.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(mirror, tmp_path):
    (tmp_path / "hub").write_text("a file where the folder should be")
    assert "could not be written here" in sentence(mirror, tmp_path / "hub" / "checkpoints" / NAME)


def test_two_threads_fetch_once_and_both_see_the_progress(mirror, target):
    mirror.gate.clear()
    seen, started = ([], []), threading.Barrier(3)

    def visit(mine: list) -> None:
        started.wait()
        get(mirror, target, lambda *numbers: mine.append(numbers))

    def both_wait() -> bool:
        return all(mine and mine[-1][0] > 0 for mine in seen)

    visitors = [threading.Thread(target=visit, args=(mine,)) for mine in seen]
    for visitor in visitors:
        visitor.start()
    started.wait()
    while not both_wait() and any(visitor.is_alive() for visitor in visitors):
        visitors[0].join(0.01)
    mirror.gate.set()
    for visitor in visitors:
        visitor.join()
    assert mirror.requests == [(PATH, None)]
    assert target.read_bytes() == CONTENT
    for mine in seen:
        assert mine[0][0] < len(CONTENT)
        assert mine[-1] == (len(CONTENT), len(CONTENT))


def test_two_threads_share_a_failure_too(mirror, target):
    mirror.gate.clear()
    mirror.mode = "corrupt"
    reasons = []

    def visit() -> None:
        try:
            get(mirror, target)
        except DownloadError as error:
            reasons.append(str(error))

    visitors = [threading.Thread(target=visit) for _ in range(2)]
    for visitor in visitors:
        visitor.start()
    mirror.gate.set()
    for visitor in visitors:
        visitor.join()
    assert len(reasons) == 2
    assert len(set(reasons)) == 1


def test_who_stops_waiting_does_not_stop_the_others(mirror, target):
    mirror.gate.clear()

    def leave(done: int, total: int) -> None:
        raise KeyError("this visitor has left")

    with pytest.raises(KeyError):
        get(mirror, target, leave)
    mirror.gate.set()
    get(mirror, target)
    assert target.read_bytes() == CONTENT
    assert len(mirror.requests) == 1


FETCH = """
import sys
from pathlib import Path
from seg.models.weights import fetch
fetch(sys.argv[1], Path(sys.argv[2]), sys.argv[3], lambda done, total: print(done, total, flush=True))
print("done", flush=True)
"""


def process(mirror: Mirror, target: Path) -> subprocess.Popen:
    """Another server on this machine that wants the same file; every line it prints is a progress report."""
    command = [sys.executable, "-c", FETCH, mirror.address + PATH, str(target), HASH]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_processes_fetch_once_and_both_see_the_progress(mirror, target):
    mirror.gate.clear()
    both = [process(mirror, target) for _ in range(2)]
    first = [one.stdout.readline().split() for one in both]
    assert all(int(done) < int(total) == len(CONTENT) for done, total in first)
    mirror.gate.set()
    rest = [one.communicate(timeout=120)[0].split("\n") for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert all(lines[-2] == "done" for lines in rest)
    assert mirror.requests == [(PATH, None)]
    assert target.read_bytes() == CONTENT
    assert nothing_else(target)


def test_what_a_killed_process_leaves_is_gone_on_with(mirror, target):
    mirror.gate.clear()
    killed = process(mirror, target)
    while int(killed.stdout.readline().split()[0]) < mirror.bite:
        pass
    killed.kill()
    killed.communicate()
    mirror.gate.set()
    start = part(target).stat().st_size
    get(mirror, target)
    assert target.read_bytes() == CONTENT
    assert mirror.requests[-1] == (PATH, start or None)
    assert nothing_else(target)
