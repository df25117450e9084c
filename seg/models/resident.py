"""What is costly to load and wanted again: loaded once, shared by all, and let go when too much of it is in memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable


class Resident:
    """At most `limit` things at a time, by key; the one used longest ago leaves. Thread-safe.

    A thing that leaves is only forgotten here: whoever is using it finishes unharmed, then its memory is free.

    >>> numbers = Resident(2)
    >>> numbers.get("a", lambda: 1), numbers.get("b", lambda: 2), numbers.get("a", lambda: 0)
    (1, 2, 1)
    >>> numbers.get("c", lambda: 3)
    3
    >>> "b" in numbers, "a" in numbers
    (False, True)
    """

    def __init__(self, limit: int):
        self.limit = limit
        self._things: OrderedDict[Hashable, object] = OrderedDict()
        self._stays: set[Hashable] = set()
        self._lock = threading.Lock()
        self._turns: dict[Hashable, list] = {}  # key -> [lock, how many hold it or wait for it]

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._things

    def get(self, key: Hashable, make: Callable[[], object], stays: bool = False):
        """The thing of that key, made first if it is not there; `stays`: it never leaves, and does not count.

        Who asks while another makes it waits for that one. What `make` raises is raised, and the next one tries again.
        """
        with self._lock:
            turn = self._turns.setdefault(key, [threading.Lock(), 0])
            turn[1] += 1
        try:
            with turn[0]:
                with self._lock:
                    if key in self._things:
                        self._things.move_to_end(key)
                        return self._things[key]
                thing = make()
                with self._lock:
                    self._things[key] = thing
                    if stays:
                        self._stays.add(key)
                    leaving = [k for k in self._things if k not in self._stays][: -self.limit]
                    for old in leaving:
                        del self._things[old]
                return thing
        finally:
            with self._lock:
                turn[1] -= 1
                if not turn[1]:
                    del self._turns[key]
