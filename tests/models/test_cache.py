"""The cache of models and predictions: bounded, one load for all who ask together, a failure shared and not kept."""

import random
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from seg.models import cache as module
from seg.models.cache import Cache, forget_photos


@pytest.fixture
def waiting(monkeypatch):
    """A semaphore, released each time somebody begins to wait for another caller's load."""
    arrivals = threading.Semaphore(0)

    class Watched(Future):
        def result(self, timeout=None):
            arrivals.release()
            return super().result(timeout)

    monkeypatch.setattr(module, "Future", Watched)
    return arrivals


@pytest.mark.parametrize("error", [None, ValueError("no room"), KeyboardInterrupt()])
def test_concurrent_callers_share_one_load_and_its_failure(waiting, error):
    cache, calls = Cache(2), []

    def load():
        calls.append(1)
        for _ in range(3):
            assert waiting.acquire(timeout=60)
        if error:
            raise error
        return object()

    def visit(_):
        try:
            return cache.get("photo", load)
        except BaseException as raised:
            return raised

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(visit, range(4)))
    assert len(calls) == 1
    assert len(set(map(id, found))) == 1
    assert error is None or found[0] is error
    assert ("photo" in cache) == (error is None)
    assert cache.get("photo", lambda: 5) == (5 if error else found[0])  # a failure is not kept


def test_many_keys_are_loaded_in_one_call_and_waited_for_one_by_one(waiting):
    cache, asked = Cache(9), []

    def load(keys):
        asked.append(keys)
        yield keys[0], keys[0].upper(), True
        assert waiting.acquire(timeout=60)
        for key in keys[1:]:
            yield key, key.upper(), key != "c"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get_many, ["a", "b", "a", "c"], load)
        while "a" not in cache and not first.done():
            pass
        assert cache.get("a", pytest.fail) == "A"  # it is there while the others are on their way
        assert cache.get_many(["b", "d"], lambda keys: [(key, key * 2, True) for key in keys]) == ["B", "dd"]
        assert first.result(60) == ["A", "B", "A", "C"]
    assert asked == [["a", "b", "c"]]
    assert ("a" in cache, "b" in cache, "c" in cache, "d" in cache) == (True, True, False, True)


def test_a_failure_half_way_keeps_what_was_loaded_before():
    cache = Cache(9)

    def load(keys):
        yield keys[0], 1, True
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        cache.get_many(["a", "b"], load)
    assert cache.get("a", pytest.fail) == 1
    assert cache.get("b", lambda: 2) == 2


@pytest.mark.parametrize("limit", [1, 3])
def test_the_values_used_last_stay(limit):
    """Against a plain model of the same rule; "stays" is among the keys and is never lost, whatever else comes."""
    cache, known, chance = Cache(limit), OrderedDict(), random.Random(limit)
    cache.get("stays", lambda: "stays", stays=True)
    for number in range(500):
        key = chance.choice(["stays", *"abcdefg"])
        value = cache.get(key, lambda: number)  # noqa: B023
        if key == "stays":
            assert value == "stays"
            continue
        assert value == known.get(key, number)
        known[key] = value
        known.move_to_end(key)
        while len(known) > limit:
            known.popitem(last=False)
        assert [k for k in "abcdefg" if k in cache] == sorted(known)


def test_photos_go_when_nobody_asks_for_them_and_models_stay(monkeypatch):
    now = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    photos, models = Cache(9, photos=True), Cache(9)
    for cache in (photos, models):
        cache.get("old", lambda: 1)
        cache.get("used", lambda: 2)
    now = 150.0
    photos.get("used", pytest.fail)
    now = 161.0
    forget_photos(60)
    assert ("old" in photos, "used" in photos) == (False, True)
    assert ("old" in models, "used" in models) == (True, True)
