"""The files that gradio keeps on disk: what visitors sent, and the masks it hands out. Each for as short as possible.

The page's own uploads are read once and deleted at once (`take_upload`): from then on a photo is only in this
process's memory. The browser gives a file a random name of 128 bits before it sends it, so that a path cannot be
guessed, not even by somebody who has the same photo, and two visitors with the same photo do not share a file. Nobody
can fetch an upload (`seg.page.server.firewall`). What a program sends to the endpoints stays until
nobody has used it for `seg.page.server.retention.FILES_KEPT` seconds: gradio gives equal files one path, so another
caller may still need it.

`make_upload_folder` is called before gradio is imported, so this file does not import it.
"""

import atexit
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from seg.photo.decode import MAX_BYTES

LOST = "This upload did not arrive: please choose the photo again."
HEX = frozenset("0123456789abcdef")
RESULTS = "results"  # the folder of the files that may be fetched


def make_upload_folder() -> Path:
    """Give gradio a folder that no other program uses and no other user of this machine can read, removed at the end.

    It lies in GRADIO_TEMP_DIR where that is set, else in the system's folder for temporary files. Raises ValueError
    with a sentence where neither can be written.
    """
    try:
        above = os.path.realpath(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir())
        os.makedirs(above, exist_ok=True)
        folder = tempfile.mkdtemp(prefix="seg-", dir=above)
    except OSError as error:
        raise ValueError(
            f"no folder for uploads can be made ({error}): set GRADIO_TEMP_DIR to a folder that can be written"
        ) from error
    os.environ["GRADIO_TEMP_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def folder() -> Path:
    """Where gradio keeps its files now: GRADIO_TEMP_DIR, as in `gradio.utils.get_upload_folder`."""
    return Path(os.environ.get("GRADIO_TEMP_DIR") or Path(tempfile.gettempdir()) / "gradio").resolve()


def is_upload(path) -> bool:
    """Whether path is that of a file gradio received, exactly <folder>/<64 hexadecimal digits>/<name>, and no link.

    A browser may send any text as the path of "its" upload.
    """
    if not isinstance(path, str):
        return False
    try:
        file = Path(path)
        inside = file.parent.parent == folder() and len(file.parent.name) == 64 and set(file.parent.name) <= HEX
        return inside and file.resolve(strict=True) == file and file.is_file()
    except (OSError, ValueError):  # no such file, too long a name, a name with a zero byte
        return False


def read_upload(path: str) -> bytes:
    """The bytes of an upload. Never more than one byte over the limit is read: what is too heavy is
    `seg.photo.decode`'s to
    refuse. Raises ValueError with a sentence where path is no upload."""
    if not is_upload(path):
        raise ValueError(LOST)
    try:
        with Path(path).open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(LOST) from error


def take_upload(path: str) -> bytes:
    """`read_upload`, and the upload is deleted."""
    data, file = read_upload(path), Path(path)
    file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # the same photo of somebody else lies there as well
        file.parent.rmdir()
    return data
