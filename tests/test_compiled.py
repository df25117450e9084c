"""Loops compile whether or not numba can keep what it compiled, and whatever became of the files it kept."""

import importlib.util
import itertools

import numba
import numba.core.caching
import pytest

from seg.compiled import compiled

numbers = itertools.count()
SOURCE = "def triple(x):\n    return 3 * x\n"


def load(folder):
    """compiled(triple) of a module in `folder`, as another process would find it."""
    spec = importlib.util.spec_from_file_location(f"seg.test{next(numbers)}", folder / "module.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return compiled(module.triple)


def loaded_from_disk(function) -> bool:
    """Whether the answer of a fresh `compiled` came from numba's files."""
    assert function(7) == 21
    return bool(function.stats.cache_hits)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    (tmp_path / "module.py").write_text(SOURCE)
    assert not loaded_from_disk(load(tmp_path))
    assert loaded_from_disk(load(tmp_path))
    return tmp_path


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flip(data: bytes) -> bytes:
    """One bit of the middle changed: in the data file, that is machine code."""
    changed = bytearray(data)
    changed[len(data) // 2] ^= 16
    return bytes(changed)


DAMAGES = {"cut": cut, "empty": lambda data: b"", "zeros": lambda data: bytes(len(data)), "one bit": flip}


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_files_are_compiled_anew(folder, kind, damage):
    (file,) = (folder / "__pycache__").glob(f"*.{kind}")
    file.write_bytes(damage(file.read_bytes()))
    assert not loaded_from_disk(load(folder))
    assert loaded_from_disk(load(folder))


def test_damaged_files_that_cannot_be_replaced_are_passed_over(folder, monkeypatch):
    (file,) = (folder / "__pycache__").glob("*.nbi")
    file.write_bytes(b"")

    def read_only(self, path):
        raise PermissionError(path)

    monkeypatch.setattr(numba.core.caching.IndexDataCacheFile, "_open_for_write", read_only)
    assert not loaded_from_disk(load(folder))


def test_loops_compile_without_a_folder_to_cache_in(monkeypatch):
    """numba finds none when neither the source's folder nor the user's can be written."""
    monkeypatch.setattr(numba.core.caching.CacheImpl, "_locator_classes", [])

    def twice(x):
        return 2 * x

    with pytest.raises(RuntimeError, match="cannot cache"):
        numba.njit(cache=True)(twice)
    twice.__module__ = "seg.test"
    assert compiled(twice)(21) == 42
