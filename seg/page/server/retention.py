"""What the page keeps of its visitors, and for how long. The privacy note is made of these numbers.

Gradio deletes the uploads it knows of, and the value of a `gr.State`. It keeps more: the last values of all components
of every session until a hundred newer sessions have come, and the half of a file whose visitor left while sending it.
So this looks around once a minute.
"""

import asyncio
import contextlib
import ctypes
import time
from pathlib import Path

from seg.models.cache import forget_photos
from seg.page.server.uploads import folder

PHOTO_KEPT = 3600  # seconds without a sign of the visitor: photo, prediction, painting, everything of their session
FILES_KEPT = 600  # seconds: files of the programmatic endpoints, and uploads that nobody asked about
LOOK_AROUND = 60  # seconds between two looks

PRIVACY = (  # the note on the page; the README says the same
    "Your photo goes to this server and to nobody else. The page loads nothing from other hosts, has no analytics and "
    "sets no cookies. A model that is not here yet is fetched from its publisher; your photo stays here.",
    "The file leaves the server’s disk the moment it is read. When, where and with what camera you took it is never "
    "looked at, only which side is up. A file that was sent and not asked about is deleted after "
    f"{FILES_KEPT // 60} minutes.",
    "The photo, its labels and your painting stay in the server’s memory while you use the page, and go after "
    f"{PHOTO_KEPT // 60} minutes without a sign of you, sooner when many others come or the server restarts.",
    "Nobody can open your photo by an address, and no link carries it. What you save is made when you ask for it and "
    "is not kept.",
)


@contextlib.asynccontextmanager
async def forgetting(app):
    """The `lifespan` of the server: while it runs, what is over its time goes."""
    task = asyncio.create_task(keep_forgetting(app))
    try:
        yield
    finally:
        task.cancel()


async def keep_forgetting(app) -> None:
    """`forget` once a minute, for ever."""
    while True:
        await asyncio.sleep(LOOK_AROUND)
        await asyncio.to_thread(forget, app)


def forget(app) -> None:
    """One look: sessions, predictions and files that are over their time. app: gradio's server."""
    forget_sessions(app.state_holder)
    forget_values(app.state_holder)
    forget_photos(PHOTO_KEPT)
    forget_files(folder(), FILES_KEPT)
    for known in app.get_blocks().temp_file_sets:
        known.difference_update([file for file in tuple(known) if not Path(file).exists()])
    with contextlib.suppress(OSError, AttributeError):  # another system than Linux with glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)  # what is free goes back to the system


def forget_sessions(holder, kept: float = PHOTO_KEPT) -> None:
    """Drop the sessions that were not used for `kept` seconds. holder: gradio's StateHolder."""
    for name, last in list(holder.time_last_used.items()):
        if time.time() - last.timestamp() > kept:
            with holder.lock:
                holder.session_data.pop(name, None)
                holder.time_last_used.pop(name, None)


def forget_values(holder) -> None:
    """Let go of what components last showed in each session, about 2 MB. Gradio keeps it to save a session under a
    link, which this page does not do (`seg.page.server.firewall`). holder: gradio's StateHolder."""
    for session in list(holder.session_data.values()):
        for config in list(session.config_values.values()):
            if isinstance(config.get("props", {}).get("value"), dict):
                config["props"]["value"] = None


def forget_files(above: Path, kept: float) -> None:
    """Delete files below `above` that are older than `kept` seconds, and folders that are empty for as long."""
    limit = time.time() - kept
    for path in sorted(above.rglob("*"), reverse=True):  # what is in a folder comes before the folder
        with contextlib.suppress(OSError):  # gone meanwhile, or not empty
            if path.lstat().st_mtime < limit:
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
