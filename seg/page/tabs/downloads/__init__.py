"""Fetching a model's weights while the page goes on: in the background, once for everybody, with numbers to show.

The browser (tabs/downloads) asks the component Depot

    {count, ask: "list"}            which models are here?
    {count, ask: "fetch", model}    begin to fetch this one, or join those who wait for it
    {count, ask: "watch", model}    how far is it?

and gets {count, here: [names of the models whose weights are on this machine]}, with {model, done, total: bytes} of a
download that runs, or {model, problem: sentence} of one that failed.

These questions stay outside the queue: a download may take minutes and never holds a place in which another visitor's
photo could be labelled. Who stops asking loses nothing but the numbers: the download goes on, and whoever chooses the
model next finds it further, or here.
"""

import logging
import threading

from seg.models.registry import INSTANCES, ZOO, Entry
from seg.page.components import Piece
from seg.page.requests import echoed, sentence

DAMAGED = "This page asked for a model in a way the server does not know: please reload it."
log = logging.getLogger(__name__)


class Depot(Piece):
    """Invisible. Value: a question about the models' weights, then its answer."""

    folder = "downloads"


def build() -> None:
    """The component and its one event."""
    depot = Depot(elem_id="depot")
    depot.submit(
        reply,
        depot,
        depot,
        api_visibility="private",
        show_progress="hidden",
        queue=False,
        trigger_mode="multiple",  # the browser itself sends one at a time
    )


def reply(request: dict | None) -> dict:
    """The answer to one question. Never raises: a `problem` is a sentence for the visitor."""
    request = request if isinstance(request, dict) else {}
    answer = echoed(request, ["count"]) | {"here": here()}
    ask, model = request.get("ask"), request.get("model")
    if ask == "list":
        return answer
    if ask not in ("fetch", "watch") or not isinstance(model, str) or model not in entries():
        return answer | {"problem": DAMAGED}
    if model in answer["here"]:
        return answer
    delivery = (None if ask == "fetch" else _deliveries.get(model)) or begin(model)
    return answer | {"model": model} | delivery.told()


def entries() -> dict[str, Entry]:
    """All models whose weights can be fetched: those that label pixels, and the one that finds individuals."""
    return ZOO | INSTANCES


def here() -> list[str]:
    """Names of the models that can be used at once."""
    return [entry.name for entry in entries().values() if entry.ready]


class Delivery:
    """One model's weights on their way, in a thread of its own."""

    def __init__(self, entry: Entry):
        self.entry = entry
        self.done, self.total, self.problem = 0, 0, ""
        self._thread = threading.Thread(target=self._run, name=f"delivery of {entry.name}", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def told(self) -> dict:
        """{done, total} in bytes, or {problem}."""
        return {"problem": self.problem} if self.problem else {"done": self.done, "total": self.total}

    def wait(self) -> None:
        """Until it is here, or failed."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self.entry.obtain(self._advance)
        except Exception as error:
            self.problem = sentence(error)
            log.warning("%s", self.problem)

    def _advance(self, done: int, total: int) -> None:
        self.done, self.total = done, total


_deliveries: dict[str, Delivery] = {}
_lock = threading.Lock()


def begin(model: str) -> Delivery:
    """The delivery of a model: the one under way, else a new one."""
    with _lock:
        delivery = _deliveries.get(model)
        if delivery is None or not delivery.running:
            delivery = _deliveries[model] = Delivery(entries()[model])
        return delivery


def preload(names: str) -> threading.Thread:
    """Fetch models in the background, one after the other: `names` is comma separated, as in SEG_PRELOAD.

    Returns the thread. Raises ValueError for a name the zoo does not have.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in ZOO]
    if unknown:
        raise ValueError(f'SEG_PRELOAD must name models out of {", ".join(ZOO)}; got "{unknown[0]}"')

    def fetch_all() -> None:
        for name in wanted:
            if not ZOO[name].ready:
                begin(name).wait()

    thread = threading.Thread(target=fetch_all, name="preload", daemon=True)
    thread.start()
    return thread
