"""The database file: made in one step, checked before it is used.

One row per revision. ``version`` 0 marks a deletion; ``prev_revision`` is the row the change replaced, 0 for none::

    history(revision, key, value, create_revision, prev_revision, version, lease)
    lease(id, expires)        expires: seconds since 1970
    meta(name, value)         compacted: the oldest revision that can be read
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from mini_server.kv.datadir import sync_directory
from mini_server.kv.interface import StoreCorrupt, StoreLocked, StoreUnwritable

FILE = "state.db"
APPLICATION_ID = 0x6D6B7376  # "mksv"
SCHEMA_VERSION = 1
# What the journal is cut back to after a burst of writes.
_JOURNAL_BYTES = 16 << 20
_MAGIC = b"SQLite format 3\x00"

_SCHEMA = f"""
CREATE TABLE history (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    create_revision INTEGER NOT NULL,
    prev_revision INTEGER NOT NULL,
    version INTEGER NOT NULL,
    lease INTEGER NOT NULL
);
CREATE INDEX history_key ON history (key, revision);
CREATE TABLE lease (id INTEGER PRIMARY KEY, expires REAL NOT NULL);
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO meta VALUES ('compacted', 0);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
"""
_COLUMNS = {
    "history": ("revision", "key", "value", "create_revision", "prev_revision", "version", "lease"),
    "lease": ("id", "expires"),
    "meta": ("name", "value"),
}


def open_file(directory: Path, quota_bytes: int = 0) -> sqlite3.Connection:
    """The writing connection to the directory's database, which is made where it is missing.

    StoreCorrupt, StoreLocked, StoreUnwritable.
    """
    path = directory / FILE
    try:
        if not path.exists():
            _make(path)
        _check_magic(path)
        connection = connect(path)
    except OSError as error:
        raise StoreUnwritable(f"{path}: {error.strerror}") from error
    except sqlite3.Error as error:
        raise _opening_error(path, error) from error
    try:
        _check(path, connection)
        if quota_bytes:
            page_size = connection.execute("PRAGMA page_size").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {max(quota_bytes // page_size, 1)}")
    except sqlite3.Error as error:
        connection.close()
        raise _opening_error(path, error) from error
    except StoreCorrupt:
        connection.close()
        raise
    return connection


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode that may be handed to another thread; every commit reaches the disk."""
    mode = "ro" if read_only else "rw"
    # Percent signs, question marks and hashes in the path are quoted by as_uri().
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=5.0)
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
        # Only macOS knows the difference: there fsync alone does not reach the disk.
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA checkpoint_fullfsync = ON")
    return connection


def _make(path: Path) -> None:
    """Writes a new database beside its place and moves it there: a half-made one is never seen."""
    journal = path.with_name(path.name + "-wal")
    if journal.exists():
        raise StoreCorrupt(f"{path} is missing though its journal {journal.name} is there")
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    connection = sqlite3.connect(new, isolation_level=None)
    try:
        connection.executescript("PRAGMA synchronous = EXTRA;" + _SCHEMA)
    finally:
        connection.close()
    new.rename(path)
    sync_directory(path.parent)


def _check_magic(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(len(_MAGIC))
    if start != _MAGIC:
        fault = "is empty" if not start else "is not a database"
        raise StoreCorrupt(f"{path} {fault}: restore it from a backup, or start with an empty data directory")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def _check(path: Path, connection: sqlite3.Connection) -> None:
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise StoreCorrupt(f"{path} is a database of another program")
    version = _pragma(connection, "user_version")
    if version > SCHEMA_VERSION:
        raise StoreCorrupt(f"{path} was written by a newer version (format {version}, this one knows {SCHEMA_VERSION})")
    for table, columns in _COLUMNS.items():
        found = tuple(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
        if found != columns:
            raise StoreCorrupt(f"{path} is damaged: table {table} is not as it should be")
    fault = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if fault != "ok":
        raise StoreCorrupt(f"{path} is damaged: {' '.join(str(fault).split())}")


def _opening_error(path: Path, error: sqlite3.Error) -> Exception:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreLocked(f"{path} is in use by another process")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_FULL", "SQLITE_IOERR")):
        return StoreUnwritable(f"{path} cannot be written: {error}")
    return StoreCorrupt(f"{path} is damaged: {error}")
