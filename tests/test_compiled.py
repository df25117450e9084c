"""Loops compile whether or not numba finds a folder for what it compiled."""

import numba
import numba.core.caching
import pytest

from seg.compiled import compiled


def test_loops_compile_without_a_folder_to_cache_in(monkeypatch):
    """numba finds none when neither the source's folder nor the user's can be written."""
    monkeypatch.setattr(numba.core.caching.CacheImpl, "_locator_classes", [])

    def twice(x):
        return 2 * x

    with pytest.raises(RuntimeError, match="cannot cache"):
        numba.njit(cache=True)(twice)
    twice.__module__ = "seg.test"
    assert compiled(twice)(21) == 42
