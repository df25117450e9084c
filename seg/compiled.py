"""Compile a loop over pixels to machine code with numba, whether or not the result can be kept on disk.

The compiled code is kept beside the source, or in the user's cache folder, so that only the first run ever waits for
the compiler. Where neither folder can be written (a read-only image, a server without a home) the loop is compiled anew
by each process, which costs seconds and nothing else; so it is where the files on disk are damaged.
"""

import contextlib
import hashlib
import logging
import pickle
from collections.abc import Callable

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile

log = logging.getLogger(__name__)


def compiled(loop: Callable, **settings) -> Callable:
    """`loop`, compiled when it is first called. It runs without Python's lock, so visitors do not wait in line.

    settings: more of `numba.njit`'s.
    """
    function = numba.njit(nogil=True, **settings)(loop)
    # What is on disk remembers the module's name. A file run by itself (`python -m doctest seg/metrics.py`) goes by
    # another name, and its leftovers would break every later `import seg.scoring.metrics`.
    if loop.__module__.startswith("seg."):
        with contextlib.suppress(RuntimeError):  # "cannot cache function ...: no locator available"
            function._cache = CheckedCache(loop)
    return function


class CheckedCache(FunctionCache):
    """numba's cache of one function on disk, but what is damaged there is compiled again instead of raising."""

    def __init__(self, loop: Callable):
        super().__init__(loop)
        impl = self._impl
        self._cache_file = CheckedFile(
            self._cache_path, impl.filename_base + ".checked", impl.locator.get_source_stamp()
        )

    def load_overload(self, signature, target_context):
        """The compiled function, or None where there is none, or no readable one."""
        try:
            return super().load_overload(signature, target_context)
        except Exception as error:  # pickle raises many kinds
            log.warning("the compile cache of %s is damaged and made anew (%s)", self._name, error)
            self._attempt(self.flush)
            return None

    def save_overload(self, signature, data):
        """Write a compiled function; a full or read-only disk costs the next process time, nothing else."""
        self._attempt(lambda: super(CheckedCache, self).save_overload(signature, data))

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:
            log.warning("the compile cache of %s cannot be written (%s)", self._name, error)


class CheckedFile(IndexDataCacheFile):
    """numba's two files, the data with its SHA-256 in front: damaged machine code would end the process."""

    def _save_data(self, name: str, data) -> None:
        data = self._dump(data)
        super()._save_data(name, (hashlib.sha256(data).digest(), data))

    def _load_data(self, name: str):
        digest, data = super()._load_data(name)
        if hashlib.sha256(data).digest() != digest:
            raise ValueError("its SHA-256 is another")
        return pickle.loads(data)
