"""What is costly to make and wanted again, models and predictions: made once, shared by all, bounded in number."""

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future

_of_photos: weakref.WeakSet = weakref.WeakSet()  # for `forget_photos`


class Cache:
    """The `limit` values used last, by key. Thread-safe; concurrent callers of one key share one load.

    A value that leaves is only dropped here: whoever is using it finishes unharmed, then its memory is free.
    photos: its values are about visitors' photos, so that `forget_photos` clears it.

    >>> numbers = Cache(2)
    >>> [numbers.get(key, lambda: key.upper()) for key in "abac"]
    ['A', 'B', 'A', 'C']
    >>> "b" in numbers, "a" in numbers
    (False, True)
    """

    def __init__(self, limit: int, photos: bool = False):
        self.limit = limit
        self._values: OrderedDict[Hashable, tuple[object, float]] = OrderedDict()  # key -> (value, when it was used)
        self._loading: dict[Hashable, Future] = {}
        self._stays: set[Hashable] = set()
        self._lock = threading.Lock()
        if photos:
            _of_photos.add(self)

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._values

    def get(self, key: Hashable, load: Callable[[], object], stays: bool = False):
        """The value of a key, loaded if it is not there. stays: it never leaves, and does not count.

        What `load` raises reaches everybody who waits for it; the next caller tries again.
        """
        if stays:
            with self._lock:
                self._stays.add(key)
        return self.get_many([key], lambda _: [(key, load(), True)])[0]

    def get_many(self, keys: Sequence[Hashable], load: Callable[[list], Iterable[tuple]]) -> list:
        """The values of several keys, in their order.

        load(those that are neither here nor being loaded) yields (key, value, whether to keep it) for each of them.
        Whoever waits for one gets it at once.
        """
        found, missing = {}, []
        with self._lock:
            for key in dict.fromkeys(keys):
                if key in self._values:
                    found[key] = self._values[key][0]
                    self._keep(key, found[key])
                elif key in self._loading:
                    found[key] = self._loading[key]
                else:
                    found[key] = self._loading[key] = Future()
                    missing.append(key)
        try:
            for key, value, keep in load(missing) if missing else ():
                with self._lock:
                    if keep:
                        self._keep(key, value)
                    self._loading.pop(key).set_result(value)
        except BaseException as error:  # those who wait must hear of it, whatever it is
            with self._lock:
                for key in missing:
                    if key in self._loading and self._loading[key] is found[key]:
                        self._loading.pop(key).set_exception(error)
            raise
        return [value.result() if isinstance(value := found[key], Future) else value for key in keys]

    def _keep(self, key: Hashable, value) -> None:
        """Put a value last in line; the first ones leave when there are too many."""
        self._values.pop(key, None)
        self._values[key] = value, time.monotonic()
        for old in [k for k in self._values if k not in self._stays][: -self.limit]:
            del self._values[old]

    def forget(self, seconds: float) -> None:
        """Drop what nobody has used for so long."""
        limit = time.monotonic() - seconds
        with self._lock:
            for key in [key for key, (_, used) in self._values.items() if used < limit]:
                del self._values[key]


def forget_photos(seconds: float) -> None:
    """Drop what models said about photos that nobody has asked about for so long."""
    for cache in list(_of_photos):
        cache.forget(seconds)
