"""Questions about the models' weights: answered at once, one download for all, a problem is a sentence."""

import contextlib
import dataclasses
import hashlib

import pytest

from seg.models.registry import ZOO, names
from seg.models.weights import DownloadError
from seg.page.model_list import about, not_here, offered
from seg.page.select_photo import select_photo
from seg.page.tabs.downloads import DAMAGED, preload, reply
from tests.mirror import Mirror

NAME = "lraspp_mobilenet_v3_large"
CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A host of one file, a model whose weights it is, and an empty cache."""
    sha256 = hashlib.sha256(CONTENT).hexdigest()[:8]
    with Mirror() as mirror:
        mirror.files[f"/models/small-{sha256}.pth"] = CONTENT
        monkeypatch.setenv("SEG_WEIGHTS_HOST", mirror.address)
        monkeypatch.setenv("TORCH_HOME", str(tmp_path))
        url = f"https://download.pytorch.org/models/small-{sha256}.pth"
        monkeypatch.setitem(ZOO, NAME, dataclasses.replace(ZOO[NAME], url=url, sha256=sha256))
        yield mirror


def finish(mirror) -> None:
    """Wait for the download's end."""
    mirror.gate.set()
    with contextlib.suppress(DownloadError):
        ZOO[NAME].download(again=False).wait()


def test_many_who_ask_share_one_download_and_see_how_far_it_is(mirror):
    mirror.gate.clear()
    first = reply({"count": 1, "ask": "fetch", "model": NAME})
    assert first["count"] == 1
    assert NAME not in first["here"]
    assert "bundled" in first["here"]
    for count in range(2, 7):
        assert "problem" not in reply({"count": count, "ask": "fetch" if count % 2 else "watch", "model": NAME})
    finish(mirror)
    last = reply({"count": 9, "ask": "watch", "model": NAME})
    assert NAME in last["here"]
    assert "done" not in last
    assert len(mirror.requests) == 1
    assert ZOO[NAME].weights.read_bytes() == CONTENT


def test_a_failure_reaches_all_who_watch_and_a_new_choice_tries_again(mirror):
    mirror.mode = "refuse"
    reply({"count": 1, "ask": "fetch", "model": NAME})
    finish(mirror)
    for count in (2, 3):
        answer = reply({"count": count, "ask": "watch", "model": NAME})
        assert ZOO[NAME].weights.name in answer["problem"]
        assert str(ZOO[NAME].weights.parent) not in answer["problem"]
        assert answer["problem"].startswith("The file")
    mirror.mode = "well"
    assert "problem" not in reply({"count": 4, "ask": "fetch", "model": NAME})
    finish(mirror)
    assert NAME in reply({"count": 5, "ask": "list"})["here"]


@pytest.mark.parametrize(
    "request_",
    [None, [], "fetch", {}, {"ask": "fetch"}, {"ask": "fetch", "model": "gpt"}, {"ask": "fetch", "model": [NAME]},
     {"ask": "delete", "model": NAME}],
)  # fmt: skip
def test_a_strange_question_fetches_nothing(mirror, request_):
    assert reply(request_)["problem"] == DAMAGED
    assert not mirror.requests


def test_preload_fetches_what_it_names_and_refuses_unknown_names(mirror):
    preload(f" bundled, {NAME},").join()
    assert ZOO[NAME].ready
    assert len(mirror.requests) == 1
    preload("").join()
    with pytest.raises(ValueError, match=r'SEG_PRELOAD must name models out of bundled, .*; got "gpt"'):
        preload("bundled,gpt")


def test_selecting_a_photo_never_downloads(mirror):
    with pytest.raises(ValueError, match="is not on this server yet") as refusal:
        select_photo({"example": "dog", "model": NAME}, None)
    assert str(refusal.value) == not_here(ZOO[NAME])
    assert not mirror.requests


def test_the_list_says_what_each_model_is(mirror, monkeypatch):
    listed = {model["name"]: model for model in offered()}
    assert list(listed) == list(ZOO)
    assert listed["bundled"]["here"]
    assert not listed[NAME]["here"]
    for name, entry in ZOO.items():
        assert f"{entry.score:.1f} % overlap with hand-drawn masks ({entry.measure}, " in about(entry)
        assert entry.score_on.removesuffix(" with human masks") in about(entry)
        assert about(entry).count(".") >= 2
        assert listed[name]["megabytes"] == pytest.approx(entry.megabytes, abs=0.05)
    monkeypatch.setenv("SEG_MODEL", NAME)
    assert names()[0] == NAME
    assert sorted(names()) == sorted(ZOO)
