"""Compile a loop over pixels to machine code with numba, whether or not the result can be kept on disk.

The compiled code is kept beside the source, or in the user's cache folder, so that only the first run ever waits for
the compiler. Where neither folder can be written (a read-only image, a server without a home) numba refuses to cache;
the loop is then compiled anew by each process, which costs seconds and nothing else.
"""

from collections.abc import Callable

import numba


def compiled(loop: Callable) -> Callable:
    """`loop`, compiled when it is first called. It runs without Python's lock, so visitors do not wait in line."""
    # What is on disk remembers the module's name. A file run by itself (`python -m doctest seg/metrics.py`) goes by
    # another name, and its leftovers would break every later `import seg.scoring.metrics`.
    if loop.__module__.startswith("seg."):
        try:
            return numba.njit(cache=True, nogil=True)(loop)
        except RuntimeError:  # "cannot cache function ...: no locator available"
            pass
    return numba.njit(nogil=True)(loop)
