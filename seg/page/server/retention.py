"""What the page keeps of its visitors, and for how long. The privacy note is made of these numbers.

Gradio deletes the uploads it knows of, and the value of a `gr.State`. It keeps more: the last values of all components
of every session until a hundred newer sessions have come, and the half of a file whose visitor left while sending it.
So `clean_up` runs once a minute. A step of it that fails is logged, holds up no other step, and runs again a minute
later: what the note promises may not end with one exception.
"""

import asyncio
import contextlib
import ctypes
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from seg.models.cache import forget_photos
from seg.page.server.uploads import folder

PHOTO_KEPT = 3600  # seconds without a sign of the visitor: photo, prediction, painting, everything of their session
FILES_KEPT = 600  # seconds: files of the programmatic endpoints, and uploads that nobody asked about
CLEAN_UP_EVERY = 60  # seconds
log = logging.getLogger(__name__)

PRIVACY = (  # the note on the page; the README says the same
    "Your photo goes to this server and to nobody else. The page loads nothing from other hosts, has no analytics and "
    "sets no cookies of its own; where several servers share the work, one cookie with a random number keeps you with "
    "the one that has your photo. A model that is not here yet is fetched from its publisher; your photo stays here.",
    "The file leaves the server’s disk the moment it is read. When, where and with what camera you took it is never "
    "looked at, only which side is up. A file that was sent and not asked about is deleted after "
    f"{FILES_KEPT // 60} minutes.",
    "The photo, its labels and your painting stay in the server’s memory while you use the page, and go after "
    f"{PHOTO_KEPT // 60} minutes without a sign of you, sooner when many others come or the server restarts.",
    "So that a reload or a broken connection loses nothing, your browser also keeps your photo and your paintings on "
    "your own device, for this tab alone; after you close the tab they are removed when this page is next opened.",
    "Nobody can open your photo by an address, and no link carries it. What you save is made when you ask for it and "
    "is not kept.",
)


@contextlib.asynccontextmanager
async def retention(app):
    """The `lifespan` of the server: while it runs, what is over its time goes."""
    task = asyncio.create_task(clean_up_for_ever(app))
    try:
        yield
    finally:
        task.cancel()


async def clean_up_for_ever(app) -> None:
    """`clean_up` once a minute. app: gradio's server."""
    while True:
        await asyncio.sleep(CLEAN_UP_EVERY)
        await asyncio.to_thread(clean_up, app)


def clean_up(app) -> None:
    """Drop sessions, predictions and files that are over their time. app: gradio's server. Never raises."""
    attempt(lambda: drop_sessions(app.state_holder))
    attempt(lambda: drop_component_values(app.state_holder))
    attempt(lambda: forget_photos(PHOTO_KEPT))
    attempt(lambda: delete_old_files(folder(), FILES_KEPT))
    attempt(lambda: drop_file_names(app.get_blocks()))
    with contextlib.suppress(OSError, AttributeError):  # another system than Linux with glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)  # what is free goes back to the system


def attempt(step: Callable[[], None]) -> None:
    """Run one step; log what it raises."""
    try:
        step()
    except Exception:
        log.exception("a step of the clean-up failed; it runs again in %d s", CLEAN_UP_EVERY)


def drop_sessions(holder, kept: float = PHOTO_KEPT) -> None:
    """Drop the sessions that were not used for `kept` seconds. holder: gradio's StateHolder."""
    for name, last in list(holder.time_last_used.items()):
        if time.time() - last.timestamp() > kept:
            with holder.lock:
                holder.session_data.pop(name, None)
                holder.time_last_used.pop(name, None)


def drop_component_values(holder) -> None:
    """Let go of what components last showed in each session, about 2 MB. Gradio keeps it to save a session under a
    link, which this page does not do (`seg.page.server.firewall`). holder: gradio's StateHolder."""
    for session in list(holder.session_data.values()):
        for config in list(session.config_values.values()):
            if isinstance(config.get("props", {}).get("value"), dict):
                config["props"]["value"] = None


def drop_file_names(blocks) -> None:
    """Let gradio forget the names of files that are gone. blocks: gradio's Blocks."""
    for names in blocks.temp_file_sets:
        names.difference_update([name for name in tuple(names) if not Path(name).exists()])


def delete_old_files(above: Path, kept: float) -> None:
    """Delete files below `above` that are older than `kept` seconds, and folders that are empty for as long.

    Files and folders may come and go meanwhile.
    """
    limit = time.time() - kept
    for place, folders, files in os.walk(above, topdown=False):  # leaves out a folder that is gone when its turn comes
        for path in (Path(place, name) for name in files + folders):
            with contextlib.suppress(OSError):  # gone meanwhile, or not empty
                if path.lstat().st_mtime < limit:
                    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
