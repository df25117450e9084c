"""Fetch a file once, however many ask for it at the same time, and end in the file or in one plain sentence.

    fetch("https://download.pytorch.org/models/x-1234abcd.pth", Path("checkpoints/x-1234abcd.pth"), "1234abcd")

The bytes go to `<file>.part` beside the target, and the target appears only when they have the right SHA-256. A part
that a broken connection left behind is gone on with (HTTP `Range`, RFC 9110 section 14.2); since the hash decides in
the end, a part of something else costs one more download, never a wrong file. Everybody in this process who asks
for the same file waits for one download and sees its progress; other processes are kept out by a lock on
`<file>.lock`, and follow the growing part.
"""

import contextlib
import errno
import hashlib
import http.client
import logging
import os
import shutil
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

try:
    import fcntl
except ImportError:  # Windows: no lock between processes; the second one to end replaces the file with an equal one
    fcntl = None

PATIENCE = 20  # seconds for the host to answer, and then for SLOWEST bytes a second
SLOWEST = 1000  # bytes a second: at less, the smallest network takes over three hours
ATTEMPTS = 3  # a connection that breaks after some bytes is taken up again
CHUNK = 1 << 18  # bytes
SPARE = 50_000_000  # bytes that stay free on the disk
TICK = 0.2  # seconds between two looks at a download that another process makes

Progress = Callable[[int, int], None]

log = logging.getLogger(__name__)


class DownloadError(ValueError):
    """A download that did not work: one sentence with the reason, the file's name and where to put it by hand."""


class _BrokenError(Exception):
    """A reason, as the end of a sentence; `again`: whether going on from the part may work."""

    def __init__(self, reason: str, again: bool = False):
        super().__init__(reason)
        self.again = again


def fetch(url: str, target: Path, sha256: str, progress: Progress | None = None) -> Path:
    """`target`, downloaded from `url` unless it is there already.

    sha256: the first hexadecimal digits of the content's hash (torchvision's file names carry eight). progress(bytes
    done, bytes in all; 0 while that is not known) is called in the caller's thread; when it raises, this caller stops
    waiting and the download goes on for the others. Raises DownloadError.
    """
    target = Path(target).absolute()
    with _lock:
        download = _running.get(target)
        if download is None:
            download = _running[target] = _Download(url, target, sha256)
            threading.Thread(target=download.run, name=f"download {target.name}", daemon=True).start()
    download.follow(progress)
    return target


_lock = threading.Lock()
_running: dict[Path, "_Download"] = {}


class _Download:
    """One file on its way, and those who wait for it."""

    def __init__(self, url: str, target: Path, sha256: str):
        self.url, self.target, self.sha256 = url, target, sha256.lower()
        self.part = target.with_name(target.name + ".part")
        self._news = threading.Condition()
        self._done, self._total, self._ended, self._reason = 0, 0, False, ""

    def follow(self, progress: Progress | None) -> None:
        """Wait for the end, reporting on the way. Raises DownloadError."""
        told = None
        while True:
            with self._news:
                self._news.wait_for(lambda: self._ended or (self._done, self._total) != told)  # noqa: B023
                ended, told = self._ended, (self._done, self._total)
            if progress and told[1]:
                progress(*told)
            if ended:
                break
        if self._reason:
            raise DownloadError(
                f"the file {self.target.name} could not be downloaded from {urlsplit(self.url).hostname}: "
                f"{self._reason}; you can also put that file into {self.target.parent} by hand"
            )

    def run(self) -> None:
        """The download itself, in a thread of its own. Never raises."""
        reason = "something went wrong on our side"
        try:
            self._obtain()
            reason = ""
        except _BrokenError as error:
            reason = str(error)
        except OSError as error:
            reason = _disk_reason(error)
            with contextlib.suppress(OSError):
                self.part.unlink()
        except Exception:
            log.exception("the download of %s failed", self.url)
        finally:
            with _lock:
                _running.pop(self.target, None)
            with self._news:
                self._reason, self._ended = reason, True
                self._news.notify_all()

    def _tell(self, done: int, total: int) -> None:
        with self._news:
            self._done, self._total = done, total
            self._news.notify_all()

    def _obtain(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise _BrokenError("its address is not an http address")
        self.target.parent.mkdir(parents=True, exist_ok=True)
        with self._alone() as note:
            if self.target.is_file():  # another process was faster
                return
            for left in reversed(range(ATTEMPTS)):
                before = self._size()
                try:
                    self._transfer(note)
                    return
                except _BrokenError as broken:
                    if not (left and broken.again and self._size() > before):
                        raise

    @contextlib.contextmanager
    def _alone(self):
        """No other process downloads this file in the meantime; until it is our turn, its progress is ours.

        Yields a function that leaves the total where waiting processes read it: in the lock's own file.
        """
        path = self.target.with_name(self.target.name + ".lock")
        while True:
            file = open(path, "a+")  # noqa: SIM115 (it is held open for long, and closed below)
            if self._locked(file) and self._is_at(file, path):
                break
            with file:
                file.seek(0)
                total = file.read(20)
            if self.target.is_file():
                break
            if total.isdigit():
                self._tell(min(self._size(), int(total)), int(total))
            time.sleep(TICK)

        def note(total: int) -> None:
            file.truncate(0)
            file.write(str(total))
            file.flush()

        try:
            yield note
        finally:
            if not file.closed:
                path.unlink(missing_ok=True)  # while we hold it: who opened it meanwhile sees that it is gone
                file.close()

    @staticmethod
    def _locked(file) -> bool:
        if fcntl is None:
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
        return True

    @staticmethod
    def _is_at(file, path: Path) -> bool:
        """Whether the open file is still the one at `path`."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
        except FileNotFoundError:
            return False

    def _size(self) -> int:
        try:
            return self.part.stat().st_size
        except FileNotFoundError:
            return 0

    def _hash(self):
        """The SHA-256 of the part so far."""
        if not self.part.exists():
            return hashlib.sha256()
        with open(self.part, "rb") as file:
            return hashlib.file_digest(file, "sha256")

    def _transfer(self, note: Callable[[int], None]) -> None:
        """One connection. Leaves the target; or raises, and leaves a part only if it is worth going on with."""
        start, digest = self._size(), self._hash()
        if start and self.sha256 and digest.hexdigest().startswith(self.sha256):
            os.replace(self.part, self.target)  # complete: we were ended before the last step
            return
        with _opened(self.url, start) as answer:
            start, total = _place(answer, start)
            self._check_space((total or 0) - start)
            note(total or 0)
            digest = digest if start else hashlib.sha256()
            with open(self.part, "ab" if start else "wb") as file:
                done = self._pour(answer, file, digest, start, total or 0)
                file.flush()
                os.fsync(file.fileno())
        if total and done < total:
            raise _BrokenError(f"the connection broke off after {done / 1e6:.1f} of {total / 1e6:.1f} MB", again=True)
        if not digest.hexdigest().startswith(self.sha256):
            self.part.unlink()
            if start:  # perhaps the part was of something else
                self._transfer(note)
                return
            raise _BrokenError("what arrived is not that file (its SHA-256 is another), so it was thrown away")
        os.replace(self.part, self.target)

    def _pour(self, answer, file, digest, done: int, total: int) -> int:
        """Copy the answer to the file; returns the file's size."""
        self._tell(done, total)
        mark, marked = time.monotonic(), done
        while True:
            try:
                piece = answer.read1(CHUNK)
            except TimeoutError:
                raise _BrokenError(f"it sent nothing more for {PATIENCE} seconds after {done / 1e6:.1f} MB") from None
            except (http.client.HTTPException, OSError):
                raise _BrokenError(f"the connection broke off after {done / 1e6:.1f} MB", again=True) from None
            if not piece:
                return done
            file.write(piece)
            digest.update(piece)
            done += len(piece)
            self._tell(done, total)
            now = time.monotonic()
            if now - mark > PATIENCE:
                if done - marked < SLOWEST * PATIENCE:
                    raise _BrokenError(f"it sent next to nothing for {PATIENCE} seconds after {done / 1e6:.1f} MB")
                mark, marked = now, done

    def _check_space(self, needed: int) -> None:
        free = shutil.disk_usage(self.part.parent).free
        if needed + SPARE > free:
            raise _BrokenError(
                f"the disk has {free / 1e6:,.0f} MB free, and {(needed + SPARE) / 1e6:,.0f} MB are needed"
            )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a redirection, but never from https to http."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if req.type == "https" and urlsplit(newurl).scheme != "https":
            raise _BrokenError("it wants to go on without encryption")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opened(url: str, start: int):
    """The answer to a GET of everything from byte `start` on. Raises _BrokenError."""
    opener = urllib.request.OpenerDirector()  # not build_opener: that one also opens files and ftp
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        _Redirects,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    request = urllib.request.Request(url, headers={"User-Agent": "seg", "Range": f"bytes={start}-"} if start else {})
    try:
        answer = opener.open(request, timeout=PATIENCE)
        if answer is None:
            raise _BrokenError("it sent us to an address that is not an http address")
        return answer
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416 and start:  # the part is longer than the file: begin anew
                return _opened(url, 0)
            raise _BrokenError(f"it answered {error.code} ({error.reason or 'no reason given'})") from None
    except TimeoutError:
        raise _BrokenError(f"it did not answer within {PATIENCE} seconds") from None
    except urllib.error.URLError as error:
        raise _BrokenError(_connection_reason(error.reason)) from None
    except (http.client.HTTPException, ConnectionError):
        raise _BrokenError("it broke off the connection before answering") from None


def _place(answer, asked: int) -> tuple[int, int | None]:
    """(the byte an answer starts at, the size of the whole file or None): a server may ignore the range asked for."""
    length = answer.headers.get("Content-Length", "")
    if answer.status == 206:
        unit, _, rest = answer.headers.get("Content-Range", "").partition(" ")
        span, _, whole = rest.partition("/")
        if unit == "bytes" and span.split("-")[0] == str(asked):
            return asked, int(whole) if whole.isdigit() else None
        raise _BrokenError("it sent another part of the file than the one asked for")
    return 0, int(length) if length.isdigit() else None


def _connection_reason(reason) -> str:
    if isinstance(reason, socket.gaierror):
        return "that host was not found (is this machine on the internet?)"
    if isinstance(reason, TimeoutError):
        return f"it did not answer within {PATIENCE} seconds"
    if isinstance(reason, ConnectionRefusedError):
        return "it refused the connection"
    return f"there is no connection to it ({getattr(reason, 'strerror', None) or reason})"


def _disk_reason(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    return f"it could not be written here ({error.strerror or error})"
