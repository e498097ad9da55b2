"""What the writer knows of every live key without asking the database: enough to decide a compare-and-swap.

Changes are made as operations are evaluated and taken back where their transaction fails.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from mini_server.kv.interface import FIRST_REVISION


class Entry(NamedTuple):
    """A live key's place in history."""

    mod_revision: int
    create_revision: int
    version: int
    lease: int


_LIVE = """
SELECT key, revision, create_revision, version, lease FROM history
WHERE revision IN (SELECT max(revision) FROM history GROUP BY key) AND version > 0
"""


class Index:
    """Live keys, the keys of each lease, and the newest revision."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.entries: dict[str, Entry] = {}
        self._leased: dict[int, dict[str, None]] = {}
        for key, *rest in connection.execute(_LIVE):
            self._put(key, Entry(*rest))
        newest = connection.execute("SELECT max(revision) FROM history").fetchone()[0]
        self.revision: int = newest or FIRST_REVISION
        self._undo: list[tuple[str, Entry | None]] = []
        self._committed = self.revision

    def _put(self, key: str, entry: Entry | None) -> None:
        old = self.entries.pop(key, None)
        if old is not None and old.lease:
            self._leased[old.lease].pop(key, None)
        if entry is None:
            return
        self.entries[key] = entry
        if entry.lease:
            self._leased.setdefault(entry.lease, {})[key] = None

    def change(self, key: str, entry: Entry | None) -> None:
        """Takes a key's new state, None for deleted; the revision goes up by one."""
        self._undo.append((key, self.entries.get(key)))
        self._put(key, entry)
        self.revision += 1

    def keys_of(self, lease: int) -> list[str]:
        """The keys that end with a lease."""
        return list(self._leased.get(lease, ()))

    def commit(self) -> None:
        """What was changed since the last commit stays."""
        self._undo.clear()
        self._committed = self.revision

    def rollback(self) -> None:
        """What was changed since the last commit is taken back."""
        for key, entry in reversed(self._undo):
            self._put(key, entry)
        self._undo.clear()
        self.revision = self._committed
