"""Download a model's weights while the page goes on: in the background, once for everybody, with numbers to show.

The browser (tabs/downloads) asks the component Downloads

    {count, ask: "list"}            which models are here?
    {count, ask: "fetch", model}    begin to download this one, or join those who wait
    {count, ask: "watch", model}    how far is it?

and gets {count, here: [names of the models whose weights are on this machine]}, with {model, done, total: bytes} of a
download that runs, or {model, problem: sentence} of one that failed.

These questions stay outside the queue: a download may take minutes and never holds a place in which another visitor's
photo could be labelled. When nobody asks any more, the download goes on.
"""

import contextlib
import threading

from seg.models.registry import INSTANCES, ZOO, Entry
from seg.models.weights import DownloadError
from seg.page.components import Piece
from seg.page.requests import echoed, sentence

DAMAGED = "This page asked for a model in a way the server does not know: please reload it."


class Downloads(Piece):
    """Invisible. Value: a question about the models' weights, then its answer."""

    folder = "downloads"


def build() -> None:
    """The component and its one event."""
    downloads = Downloads(elem_id="downloads")
    downloads.submit(
        reply,
        downloads,
        downloads,
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
    try:
        job = entries()[model].download(again=ask == "fetch")
    except FileNotFoundError as error:
        return answer | {"problem": sentence(error)}
    progress = {"done": job.done, "total": job.total}
    return answer | {"model": model} | ({"problem": sentence(DownloadError(job.problem))} if job.problem else progress)


def entries() -> dict[str, Entry]:
    """All models whose weights can be fetched: those that label pixels, and the one that finds individuals."""
    return ZOO | INSTANCES


def here() -> list[str]:
    """Names of the models that can be used at once."""
    return [entry.name for entry in entries().values() if entry.ready]


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
            with contextlib.suppress(DownloadError, FileNotFoundError):  # the log has the reason
                ZOO[name].obtain()

    thread = threading.Thread(target=fetch_all, name="preload", daemon=True)
    thread.start()
    return thread
