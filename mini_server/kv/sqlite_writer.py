"""The one thread that writes: it takes all operations that wait, decides them in order, and commits them together.

An operation is answered only after its commit has reached the disk. Per batch there are few statements, whatever its
size: each statement gives the interpreter lock away and has to wait for a busy event loop to get it back.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from mini_server.kv.interface import (
    Compacted,
    Event,
    FutureRevision,
    KeyExists,
    KeyNotFound,
    KeyValue,
    RevisionMismatch,
    StoreError,
    StoreUnavailable,
)
from mini_server.kv.sqlite_index import Entry, Index

_MAX_BATCH = 512
_MAX_BYTES = 16 << 20
# Rows of one INSERT, so that few distinct statements are prepared; 64 rows stay below every SQLite's variable limit.
_INSERT_SIZES = (64, 32, 16, 8, 4, 2, 1)
_COLUMNS = 7
_SELECT = "SELECT key, value, create_revision, revision, version, lease FROM history WHERE revision = ?"
_SUPERSEDED = """
DELETE FROM history
WHERE revision IN (SELECT prev_revision FROM history WHERE revision > ? AND revision <= ? AND prev_revision > 0)
"""
_TOMBSTONES = "DELETE FROM history WHERE version = 0 AND revision >= ? AND revision < ?"

Row = tuple[int, str, bytes, int, int, int, int]


@dataclass(slots=True, eq=False)
class Operation:
    """A write that waits. ``kind`` names a method of the writer; ``future`` belongs to the event loop."""

    kind: str
    future: asyncio.Future[Any]
    key: str = ""
    value: bytes = b""
    revision: int | None = None
    lease: int = 0
    expires: float = 0.0
    leases: tuple[int, ...] = ()
    events: list[Event] = field(default_factory=list)
    result: Any = None
    error: StoreError | None = None

    def answer(self) -> None:
        """Tells the waiting task, where it still waits. Called in the event loop."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class _Pending(NamedTuple):
    """What a batch is going to write."""

    rows: list[Row]
    statements: list[tuple[str, tuple[Any, ...]]]


class Writer:
    """Runs until `stop`. ``deliver`` is called in this thread with each batch after its commit."""

    def __init__(self, connection: sqlite3.Connection, deliver: Callable[[list[Operation]], None]) -> None:
        self._thread = threading.Thread(target=self._run, name="kv-writer", daemon=True)
        self._connection = connection
        self._deliver = deliver
        self._queue: SimpleQueue[Operation | None] = SimpleQueue()
        self.index = Index(connection)
        self.compacted: int = connection.execute("SELECT value FROM meta WHERE name = 'compacted'").fetchone()[0]
        self._last_lease: int = connection.execute("SELECT coalesce(max(id), 0) FROM lease").fetchone()[0]
        # Set by the event loop while somebody watches who wants to know what was there before a change.
        self.previous_wanted = False
        self._broken: str | None = None
        self._pending = _Pending([], [])

    def submit(self, operation: Operation) -> None:
        """Queues a write; its answer comes through ``deliver``."""
        self._queue.put(operation)

    def stop(self) -> None:
        """Ends the thread after what is queued is written."""
        self._queue.put(None)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def join(self) -> None:
        """Waits for the thread's end."""
        self._thread.join()

    def _run(self) -> None:
        running = True
        while running:
            operations = self._batch()
            running = operations is not None
            if operations:
                self._write(operations)
                self._deliver(operations)

    def _batch(self) -> list[Operation] | None:
        """What waits, at least one operation; None at the end, before which everything has been taken."""
        first = self._queue.get()
        if first is None:
            return None
        batch, size = [first], len(first.value)
        while len(batch) < _MAX_BATCH and size < _MAX_BYTES:
            try:
                operation = self._queue.get_nowait()
            except Empty:
                break
            if operation is None:
                self._queue.put(None)
                break
            batch.append(operation)
            size += len(operation.value)
        return batch

    # -- one batch

    def _write(self, operations: list[Operation]) -> None:
        if self._broken is not None:
            _fail(operations, StoreUnavailable(self._broken))
            return
        self._pending = _Pending([], [])
        compacted = self.compacted
        for operation in operations:
            try:
                operation.result = getattr(self, f"_{operation.kind}")(operation)
            except StoreError as error:
                operation.error = error
            except Exception as error:  # the thread must not die of it
                operation.error = StoreUnavailable(f"reading the store: {error}")
        try:
            self._commit(self._pending)
        except Exception as error:  # whatever it is (a key that is no UTF-8, too): the thread must not die of it
            self._roll_back(error)
            self.compacted = compacted
            _fail(operations, StoreUnavailable(f"writing the store: {error}"))
        else:
            self.index.commit()

    def _commit(self, pending: _Pending) -> None:
        single = len(pending.rows) == 1 and not pending.statements
        if single:
            # A transaction of its own: one statement instead of three.
            self._insert(pending.rows)
        elif pending.rows or pending.statements:
            self._connection.execute("BEGIN IMMEDIATE")
            self._insert(pending.rows)
            for sql, parameters in pending.statements:
                self._connection.execute(sql, parameters)
            self._connection.execute("COMMIT")

    def _insert(self, rows: list[Row]) -> None:
        start = 0
        for size in _INSERT_SIZES:
            while len(rows) - start >= size:
                values = [value for row in rows[start : start + size] for value in row]
                self._connection.execute(_insert_statement(size), values)
                start += size

    def _roll_back(self, error: Exception) -> None:
        self.index.rollback()
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as second:
            self._broken = f"the store does not write any more, restart the server: {second}"
        if getattr(error, "sqlite_errorname", "").startswith("SQLITE_IOERR"):
            # What reached the disk is not known after a failed sync; only a restart, which reads it again, can tell.
            self._broken = f"the store does not write any more after an I/O error, restart the server: {error}"

    # -- operations: decide, note what to write, give the result

    def _create(self, operation: Operation) -> int:
        if operation.key in self.index.entries:
            raise KeyExists(operation.key)
        return self._put(operation, None)

    def _update(self, operation: Operation) -> int:
        return self._put(operation, self._expect(operation))

    def _delete(self, operation: Operation) -> tuple[int, KeyValue]:
        entry = self._expect(operation)
        prev = self._stored(entry.mod_revision)
        return self._remove(operation, operation.key, entry, prev), prev

    def _expect(self, operation: Operation) -> Entry:
        entry = self.index.entries.get(operation.key)
        if entry is None:
            raise KeyNotFound(operation.key)
        if operation.revision is not None and entry.mod_revision != operation.revision:
            raise RevisionMismatch(self._stored(entry.mod_revision))
        return entry

    def _stored(self, revision: int) -> KeyValue:
        """A row, which may still wait in this batch."""
        for row in reversed(self._pending.rows):
            if row[0] == revision:
                return KeyValue(row[1], row[2], row[3], row[0], row[5], row[6])
        return KeyValue(*self._connection.execute(_SELECT, (revision,)).fetchone())

    def _put(self, operation: Operation, entry: Entry | None) -> int:
        revision = self.index.revision + 1
        created, version, prev = (revision, 1, 0)
        if entry is not None:
            created, version, prev = entry.create_revision, entry.version + 1, entry.mod_revision
        before = self._stored(prev) if prev and self.previous_wanted else None
        kv = KeyValue(operation.key, operation.value, created, revision, version, operation.lease)
        self.index.change(operation.key, Entry(revision, created, version, operation.lease))
        self._pending.rows.append((revision, operation.key, operation.value, created, prev, version, operation.lease))
        operation.events.append(Event("PUT", kv, before))
        return revision

    def _remove(self, operation: Operation, key: str, entry: Entry, before: KeyValue | None) -> int:
        revision = self.index.revision + 1
        self.index.change(key, None)
        self._pending.rows.append((revision, key, b"", 0, entry.mod_revision, 0, 0))
        operation.events.append(Event("DELETE", KeyValue(key, b"", 0, revision, 0), before))
        return revision

    def _grant(self, operation: Operation) -> int:
        self._last_lease += 1
        self._pending.statements.append(("INSERT INTO lease VALUES (?, ?)", (self._last_lease, operation.expires)))
        return self._last_lease

    def _expire(self, operation: Operation) -> int:
        keys = [key for lease in operation.leases for key in self.index.keys_of(lease)]
        for key in keys:
            entry = self.index.entries[key]
            before = self._stored(entry.mod_revision) if self.previous_wanted else None
            self._remove(operation, key, entry, before)
        for lease in operation.leases:
            self._pending.statements.append(("DELETE FROM lease WHERE id = ?", (lease,)))
        return len(keys)

    def _compact(self, operation: Operation) -> None:
        revision = operation.revision or 0
        if revision <= self.compacted:
            raise Compacted(self.compacted)
        if revision > self.index.revision:
            raise FutureRevision(self.index.revision)
        self._pending.statements.extend(
            [
                (_SUPERSEDED, (self.compacted, revision)),
                (_TOMBSTONES, (self.compacted, revision)),
                ("UPDATE meta SET value = ? WHERE name = 'compacted'", (revision,)),
            ]
        )
        self.compacted = revision

    def _barrier(self, operation: Operation) -> None:
        """Answers after everything that was queued before it."""


def _insert_statement(rows: int) -> str:
    values = f"({', '.join('?' * _COLUMNS)})"
    return f"INSERT INTO history VALUES {', '.join([values] * rows)}"


def _fail(operations: Iterable[Operation], error: StoreError) -> None:
    """The same answer for a whole batch: also refusals were decided on what has not been written after all."""
    for operation in operations:
        operation.events.clear()
        if operation.kind != "barrier":
            operation.error = error
