"""The data directory: made private, and held by one process at a time."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from mini_server.kv.interface import StoreLocked, StoreUnwritable

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


LOCK_FILE = "lock"


def prepare(directory: Path) -> None:
    """Makes the directory (mode 0700) where it is missing. StoreUnwritable."""
    try:
        if not directory.is_dir():
            directory.parent.mkdir(parents=True, exist_ok=True)
            directory.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreUnwritable(f"cannot make data directory {directory}: {error.strerror}") from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise StoreUnwritable(f"data directory {directory} cannot be written: {os.strerror(13)}")


def sync_directory(directory: Path) -> None:
    """Makes names of files in the directory survive a power loss."""
    if sys.platform == "win32":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class DirectoryLock:
    """Keeps other servers off a data directory; the kernel lets go of it when the process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        """StoreLocked, StoreUnwritable."""
        path = directory / LOCK_FILE
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreUnwritable(f"data directory {directory} cannot be written: {error.strerror}") from error
        try:
            _try_lock(self._descriptor)
        except OSError:
            holder = os.pread(self._descriptor, 32, 0).decode(errors="replace").strip() if os.name == "posix" else ""
            os.close(self._descriptor)
            suffix = f" (process {holder})" if holder.isdigit() else ""
            raise StoreLocked(f"data directory {directory} is in use by another server{suffix}") from None
        os.truncate(self._descriptor, 0)
        os.write(self._descriptor, b"%d\n" % os.getpid())

    def release(self) -> None:
        """Lets others in."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> DirectoryLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
