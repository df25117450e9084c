"""What was worked out about photos: the latest few are kept, and none longer than it is asked about."""

import threading
import time
import weakref
from collections import OrderedDict

_all: weakref.WeakSet = weakref.WeakSet()  # every memory there is, for `forget_photos`


class Remembered:
    """The latest `limit` answers by key (`seg.photo.decode.content_key`). Thread-safe.

    >>> answers = Remembered(2)
    >>> for key in "abc":
    ...     answers.put(key, key.upper())
    >>> answers.get("a"), answers.get("c")
    (None, 'C')
    """

    def __init__(self, limit: int):
        self.limit = limit
        self._known: OrderedDict[str, tuple[object, float]] = OrderedDict()  # key -> (answer, when it was last wanted)
        self._lock = threading.Lock()
        _all.add(self)

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str):
        """The answer, or None."""
        with self._lock:
            if key not in self._known:
                return None
            answer = self._known.pop(key)[0]
            self._known[key] = answer, time.monotonic()
            return answer

    def put(self, key: str, answer) -> None:
        """Keep an answer; the one wanted longest ago leaves when there are too many."""
        with self._lock:
            self._known.pop(key, None)
            self._known[key] = answer, time.monotonic()
            while len(self._known) > self.limit:
                self._known.popitem(last=False)

    def forget(self, seconds: float) -> None:
        """Forget what nobody has wanted for so long."""
        limit = time.monotonic() - seconds
        with self._lock:
            for key in [key for key, (_, wanted) in self._known.items() if wanted < limit]:
                del self._known[key]


def forget_photos(seconds: float) -> None:
    """Make every model forget the photos that nobody has asked about for so long."""
    for memory in list(_all):
        memory.forget(seconds)
