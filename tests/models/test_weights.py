"""Downloads against a host that behaves well and badly: the file or one sentence, downloaded once for all who ask."""

import errno
import hashlib
import os
import shutil
import socket
import threading
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from seg.models import weights as module
from seg.models.weights import DownloadError, DownloadJob, download
from tests.mirror import Mirror

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


def get(mirror: Mirror, target: Path, progress=None) -> Path:
    return download(mirror.address + PATH, target, HASH).wait(progress)


def sentence(mirror: Mirror, target: Path) -> str:
    """The sentence a failing download ends in; it names the file and no folder, and leaves nothing behind."""
    with pytest.raises(DownloadError) as caught:
        get(mirror, target)
    text = str(caught.value)
    assert NAME in text
    assert str(target.parent) not in text
    assert "\n" not in text
    assert not target.parent.is_dir() or list(target.parent.iterdir()) == []
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
    assert mirror.requests == [PATH]


def test_a_part_that_a_killed_process_left_goes_and_one_being_written_stays(mirror, target):
    target.parent.mkdir(parents=True)
    old, young, other = (target.with_name(name) for name in (f"{NAME}.a.part", f"{NAME}.b.part", "other.pth.c.part"))
    for path in (old, young, other):
        path.write_bytes(b"x")
    for path in (old, other):
        os.utime(path, (1, 1))
    get(mirror, target)
    assert sorted(path.name for path in target.parent.iterdir()) == sorted([NAME, young.name, other.name])


def test_a_broken_connection_is_a_sentence_and_the_next_try_works(mirror, target):
    mirror.mode, mirror.bite = "truncate", 400_000
    assert "broke off after 0.4 of 1.0 MB" in sentence(mirror, target)
    mirror.mode = "well"
    get(mirror, target)
    assert target.read_bytes() == CONTENT
    assert nothing_else(target)


def test_the_log_says_where_the_file_can_be_put(mirror, target, caplog):
    mirror.mode = "refuse"
    sentence(mirror, target)
    assert f"put into {target.parent} by hand" in caplog.text


def test_a_wrong_hash_is_thrown_away(mirror, target):
    mirror.mode = "corrupt"
    assert "SHA-256" in sentence(mirror, target)
    assert len(mirror.requests) == 1


def test_a_host_that_stalls_ends_in_a_sentence(mirror, target, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    mirror.mode = "stall"
    assert "nothing more for 0.5 seconds after 0.1 MB" in sentence(mirror, target)
    mirror.mode = "well"
    get(mirror, target)
    assert target.read_bytes() == CONTENT


def test_a_host_that_accepts_and_says_nothing_ends_in_a_sentence(target, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}{PATH}"
        with pytest.raises(DownloadError, match=r"did not answer within 0\.5 seconds"):
            download(url, target, HASH).wait()


@pytest.mark.parametrize(("mode", "words"), [("refuse", "503"), ("well", "404")])
def test_an_answer_that_is_not_the_file_is_named(mirror, target, mode, words):
    mirror.mode = mode
    if mode == "well":
        del mirror.files[PATH]
    assert words in sentence(mirror, target)


def test_no_network_is_told_as_such(target):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(DownloadError, match="refused the connection"):
        download(f"http://127.0.0.1:{port}{PATH}", target, HASH).wait()
    with pytest.raises(DownloadError, match="host was not found"):
        download(f"http://no-such-host.invalid{PATH}", target, HASH).wait()


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x.pth", "/etc/hostname"])
def test_only_the_web_is_asked(target, url):
    with pytest.raises(DownloadError, match="not an http address"):
        download(url, target, HASH).wait()


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
    with pytest.raises(module._FailedError, match="encryption"):
        module._Redirects().redirect_request(request, None, 302, "Found", {}, "http://one.example/x")
    there = module._Redirects().redirect_request(request, None, 302, "Found", {}, "https://two.example/x")
    assert there.full_url == "https://two.example/x"


def test_a_disk_without_room_is_noticed_before_anything_is_written(mirror, target, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 50_500_000))
    assert "the disk has 50 MB free, and 51 MB are needed" in sentence(mirror, target)


def test_a_disk_that_fills_up_is_told_and_given_its_room_back(mirror, target, monkeypatch):
    def full(self, answer, part):
        part.write(answer.read1(10))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(DownloadJob, "_save", full)
    assert "the disk is full" in sentence(mirror, target)


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
    assert mirror.requests == [PATH]
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


def test_a_second_download_of_the_same_file_does_not_disturb_the_first(mirror, target):
    """Two processes have no job in common: their parts must not be the same file."""
    mirror.gate.clear()
    both = [DownloadJob(mirror.address + PATH, target, HASH) for _ in range(2)]
    for job in both:
        while job.done < mirror.bite and not job.ended:
            pass
    assert len(list(target.parent.glob("*.part"))) == 2
    mirror.gate.set()
    for job in both:
        assert job.wait() == target
        assert target.read_bytes() == CONTENT
    assert nothing_else(target)


def test_a_failed_job_is_there_to_be_asked_until_somebody_tries_again(mirror, target):
    mirror.mode = "refuse"
    failed = download(mirror.address + PATH, target, HASH)
    with pytest.raises(DownloadError, match="503"):
        failed.wait()
    assert download(mirror.address + PATH, target, HASH, again=False) is failed
    mirror.mode = "well"
    job = download(mirror.address + PATH, target, HASH)
    assert job.wait() == target
    assert (job.done, job.total, job.problem) == (len(CONTENT), len(CONTENT), "")
