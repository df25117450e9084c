"""Download a model's weights: one stream in a thread of its own, checked by SHA-256, ending in the file or a sentence.

    job = download("https://download.pytorch.org/models/x-1234abcd.pth", Path("checkpoints/x-1234abcd.pth"), "1234abcd")
    job.done, job.total             # bytes so far, and in all
    job.wait()                      # the file's path; raises DownloadError

The bytes go to a file of their own beside the target, which appears only when they have the right hash: two processes
that download the same file do not disturb each other. In one process, everybody who asks for a file gets the same job.
"""

import contextlib
import errno
import hashlib
import http.client
import logging
import os
import shutil
import socket
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE = 20  # seconds without a byte until a download is given up
CHUNK = 1 << 18  # bytes
SPARE = 50_000_000  # bytes that stay free on the disk
LEFT_OVER = 3600  # seconds after which a part that nobody writes is one of a process that was killed
TICK = 0.2  # seconds between two reports of progress

Progress = Callable[[int, int], None]

log = logging.getLogger(__name__)


class DownloadError(ValueError):
    """A download that did not work: one sentence for the visitor, without any path of the server."""


class DownloadJob:
    """One file on its way. done, total: bytes, total 0 while it is not known; problem: "", or why it failed."""

    def __init__(self, url: str, target: Path, sha256: str):
        self.url, self.target, self.sha256 = url, target, sha256.lower()
        self.done, self.total, self.problem = 0, 0, ""
        self._ended = threading.Event()
        threading.Thread(target=self._run, name=f"download {target.name}", daemon=True).start()

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def wait(self, progress: Progress | None = None) -> Path:
        """The file, when it is there. progress(done, total) is called in the caller's thread on the way and at the end;
        when it raises, this caller stops waiting, and the download goes on. Raises DownloadError.
        """
        while not self._ended.wait(TICK if progress else None):
            if self.total:
                progress(self.done, self.total)
        if self.problem:
            raise DownloadError(self.problem)
        if progress and self.total:
            progress(self.done, self.total)
        return self.target

    def _run(self) -> None:
        reason = "something went wrong on our side"
        try:
            self._obtain()
            reason = ""
        except (_FailedError, OSError) as error:
            reason = str(error) if isinstance(error, _FailedError) else _disk_reason(error)
        except Exception:
            log.exception("the download of %s failed", self.url)
        finally:
            if reason:
                host = urlsplit(self.url).hostname
                self.problem = f"the file {self.target.name} could not be downloaded from {host}: {reason}"
                log.warning("%s; it can also be put into %s by hand", self.problem, self.target.parent)
            self._ended.set()

    def _obtain(self) -> None:
        """Leave the file at the target. Raises _FailedError, or OSError where it cannot be written."""
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise _FailedError("its address is not an http address")
        folder, name = self.target.parent, self.target.name
        folder.mkdir(parents=True, exist_ok=True)
        if self.target.is_file():  # since the caller looked
            return
        for old in folder.glob(f"{name}.*.part"):
            with contextlib.suppress(OSError):  # gone meanwhile
                if time.time() - old.stat().st_mtime > LEFT_OVER:
                    old.unlink()
        with _opened(self.url) as answer:
            length = answer.headers.get("Content-Length", "")
            self.total = int(length) if length.isdigit() else 0
            free = shutil.disk_usage(folder).free
            if self.total + SPARE > free:
                needed = f"{(self.total + SPARE) / 1e6:,.0f} MB are needed"
                raise _FailedError(f"the disk has {free / 1e6:,.0f} MB free, and {needed}")
            with tempfile.NamedTemporaryFile(dir=folder, prefix=f"{name}.", suffix=".part", delete=False) as part:
                try:
                    self._save(answer, part)
                    part.close()
                    os.chmod(part.name, 0o644)  # as other files: temporary ones are their owner's alone
                    os.replace(part.name, self.target)
                except BaseException:
                    part.close()
                    os.unlink(part.name)
                    raise

    def _save(self, answer, part) -> None:
        """Copy the answer to the open file. Raises _FailedError where it is not whole, or has another hash."""
        digest = hashlib.sha256()
        while piece := _read(answer, self.done):
            part.write(piece)
            digest.update(piece)
            self.done += len(piece)
        if self.done < self.total:
            raise _FailedError(f"the connection broke off after {self.done / 1e6:.1f} of {self.total / 1e6:.1f} MB")
        if not digest.hexdigest().startswith(self.sha256):
            raise _FailedError("what arrived is not that file (its SHA-256 is another), so it was thrown away")
        part.flush()
        os.fsync(part.fileno())


_jobs: dict[Path, DownloadJob] = {}  # the last one of each file
_lock = threading.Lock()


def download(url: str, target: Path, sha256: str, again: bool = True) -> DownloadJob:
    """The job that downloads `url` to `target`: the one under way, else a new one; not `again`: or one that failed.

    sha256: the first hexadecimal digits of the content's hash (torchvision's file names carry eight).
    """
    target = Path(target).absolute()
    with _lock:
        job = _jobs.get(target)
        if job is None or (job.ended and (again or not job.problem)):
            job = _jobs[target] = DownloadJob(url, target, sha256)
        return job


class _FailedError(Exception):
    """Why a download failed, as the end of a sentence."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a redirection, but never from https to http."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if req.type == "https" and urlsplit(newurl).scheme != "https":
            raise _FailedError("it wants to go on without encryption")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opened(url: str):
    """The answer to a GET. Raises _FailedError."""
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
    try:
        answer = opener.open(urllib.request.Request(url, headers={"User-Agent": "seg"}), timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        with error:
            raise _FailedError(f"it answered {error.code} ({error.reason or 'no reason given'})") from None
    except TimeoutError:
        raise _FailedError(f"it did not answer within {PATIENCE} seconds") from None
    except urllib.error.URLError as error:
        raise _FailedError(_connection_reason(error.reason)) from None
    except (http.client.HTTPException, ConnectionError):
        raise _FailedError("it broke off the connection before answering") from None
    if answer is None:
        raise _FailedError("it sent us to an address that is not an http address")
    return answer


def _read(answer, done: int) -> bytes:
    """The next bytes of an answer, b"" at its end. Raises _FailedError."""
    try:
        return answer.read1(CHUNK)
    except TimeoutError:
        raise _FailedError(f"it sent nothing more for {PATIENCE} seconds after {done / 1e6:.1f} MB") from None
    except (http.client.HTTPException, OSError):
        raise _FailedError(f"the connection broke off after {done / 1e6:.1f} MB") from None


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
