"""The embedded store: SQLite in WAL mode with ``synchronous=FULL``.

What has been acknowledged survives ``kill -9`` and a power loss. Writes go to one thread, which commits all that wait
in one transaction (`sqlite_writer`); the event loop hears of a batch in one callback, in which caches are fed before
writers are answered. Reads use connections of their own and see a consistent snapshot.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from mini_server.kv import datadir, sqlite_file
from mini_server.kv.hub import BACKLOG, Hub, HubWatch
from mini_server.kv.interface import (
    Compacted,
    Event,
    FutureRevision,
    KeyValue,
    RangeResult,
    Sink,
    StoreClosed,
    StoreUnavailable,
    prefix_end,
)
from mini_server.kv.sqlite_writer import Operation, Writer
from mini_server.kv.yielding import Turns
from pykubectl.machinery.util.clock import Clock, RealClock

_T = TypeVar("_T")
_READERS = 2
_COMPACT_STEP = 10_000
_LAST_KEY = "\U0010ffff"

_COLUMNS = "key, value, create_revision, revision, version, lease"
_GET = f"SELECT {_COLUMNS} FROM history WHERE key = ? AND revision <= ? ORDER BY revision DESC LIMIT 1"
_LATEST = "SELECT max(revision) AS revision FROM history WHERE key >= ? AND key < ? AND revision <= ? GROUP BY key"
_RANGE = f"SELECT {_COLUMNS} FROM history JOIN ({_LATEST}) USING (revision) WHERE version > 0 ORDER BY key LIMIT ?"
_COUNT = f"SELECT count(*) FROM history JOIN ({_LATEST}) USING (revision) WHERE version > 0"
_HISTORY = """
SELECT h.key, h.value, h.create_revision, h.revision, h.version, h.lease,
       p.key, p.value, p.create_revision, p.revision, p.version, p.lease
FROM history h LEFT JOIN history p ON p.revision = h.prev_revision
WHERE h.revision BETWEEN ? AND ? AND h.key >= ? AND h.key < ? ORDER BY h.revision
"""


class SqliteKV:
    """A `KV` in a data directory. Belongs to the event loop that uses it first."""

    def __init__(
        self, directory: Path, clock: Clock | None = None, *, quota_bytes: int = 0, backlog: int = BACKLOG
    ) -> None:
        """Opens the directory's store, or makes one; 0 bytes mean no quota. StoreOpenError."""
        datadir.prepare(directory)
        self._lock = datadir.DirectoryLock(directory)
        try:
            connection = sqlite_file.open_file(directory, quota_bytes)
        except BaseException:
            self._lock.release()
            raise
        self._path = directory / sqlite_file.FILE
        self._clock = clock or RealClock()
        self._connection = connection
        self._writer = Writer(connection, self._deliver)
        self._hub = Hub(self._writer.index.revision, backlog)
        self._leases: dict[int, float] = dict(connection.execute("SELECT id, expires FROM lease"))
        self._readers = ThreadPoolExecutor(_READERS, "kv-reader")
        self._local = threading.local()
        self._reading: list[sqlite3.Connection] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns = Turns()
        self._previous_wanted = 0
        self._closed: asyncio.Future[None] | None = None
        self._writer.start()

    @property
    def exclusive(self) -> bool:
        """Always: nobody else can write."""
        return True

    @property
    def revision(self) -> int:
        """The newest revision that has been delivered."""
        return self._hub.revision

    # -- writes

    async def create(self, key: str, value: bytes, lease: int = 0) -> int:
        """Writes a new key."""
        revision: int = await self._submit("create", key=key, value=value, lease=lease)
        return revision

    async def update(self, key: str, value: bytes, mod_revision: int, lease: int = 0) -> int:
        """Replaces a key."""
        revision: int = await self._submit("update", key=key, value=value, revision=mod_revision, lease=lease)
        return revision

    async def delete(self, key: str, mod_revision: int | None = None) -> tuple[int, KeyValue]:
        """Removes a key."""
        result: tuple[int, KeyValue] = await self._submit("delete", key=key, revision=mod_revision)
        return result

    def _submit(self, kind: str, **arguments: Any) -> asyncio.Future[Any]:
        if self._closed is not None:
            raise StoreClosed("the store is closed")
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        operation = Operation(kind, self._loop.create_future(), **arguments)
        self._writer.submit(operation)
        self._turns.begin(self._loop)
        return operation.future

    def _deliver(self, operations: list[Operation]) -> None:
        """Called in the writer's thread."""
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._delivered, operations)
        except RuntimeError:
            # The loop is closed: nobody waits for an answer any more.
            return

    def _delivered(self, operations: list[Operation]) -> None:
        """Caches first, then the writers: who goes on after a write finds it in every cache."""
        self._turns.end(len(operations))
        events = [event for operation in operations for event in operation.events]
        try:
            self._hub.publish(events)
        finally:
            for operation in operations:
                operation.answer()

    # -- reads

    async def _read(self, function: Callable[[sqlite3.Connection], _T]) -> _T:
        """Runs a function in a read transaction of a reader thread."""
        if self._closed is not None:
            raise StoreClosed("the store is closed")
        loop = asyncio.get_running_loop()
        self._turns.begin(loop)
        try:
            return await loop.run_in_executor(self._readers, self._in_snapshot, function)
        finally:
            self._turns.end()

    def _in_snapshot(self, function: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            connection = self._reader()
            connection.execute("BEGIN")
            try:
                return function(connection)
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise StoreUnavailable(f"reading the store: {error}") from error

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = sqlite_file.connect(self._path, read_only=True)
            self._reading.append(connection)
        return connection

    async def get(self, key: str, revision: int = 0) -> tuple[KeyValue | None, int]:
        """A key now or as of a revision."""

        def read(connection: sqlite3.Connection) -> tuple[KeyValue | None, int]:
            wanted, newest = _readable(connection, revision)
            row = connection.execute(_GET, (key, wanted)).fetchone()
            kv = KeyValue(*row) if row is not None else None
            return kv if kv is not None and kv.version else None, newest

        return await self._read(read)

    async def range(self, prefix: str, start: str = "", limit: int = 0, revision: int = 0) -> RangeResult:
        """Keys below a prefix."""

        def read(connection: sqlite3.Connection) -> RangeResult:
            wanted, newest = _readable(connection, revision)
            span = (max(prefix, start), prefix_end(prefix) or _LAST_KEY, wanted)
            kvs = [KeyValue(*row) for row in connection.execute(_RANGE, (*span, limit or -1))]
            count = len(kvs)
            if limit and count == limit:
                count = connection.execute(_COUNT, span).fetchone()[0]
            return RangeResult(kvs, len(kvs) < count, count, newest)

        return await self._read(read)

    async def size(self) -> int:
        """Bytes of the database's pages in use."""

        def read(connection: sqlite3.Connection) -> int:
            pragmas = ("page_count", "freelist_count", "page_size")
            pages, free, page = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas)
            return int((pages - free) * page)

        return await self._read(read)

    # -- watches

    async def watch(self, prefix: str, revision: int = 0, sink: Sink | None = None) -> HubWatch:
        """Changes below a prefix. Only iterators are told what was there before: it costs the writer a read."""
        if self._closed is not None:
            raise StoreClosed("the store is closed")
        if sink is None:
            revision = revision or self._hub.revision + 1
            self._previous_wanted += 1
            self._writer.previous_wanted = True
            # What was decided before the writer knew is taken from the history.
            await self._submit("barrier")
        release = self._forget_previous if sink is None else None
        watch = self._hub.open(prefix, revision, sink, release)
        if 0 < revision <= self._hub.revision:
            try:
                watch.replay(await self._history(prefix, revision, self._hub.revision))
            except BaseException:
                watch.cancel()
                raise
        return watch

    def _forget_previous(self) -> None:
        self._previous_wanted -= 1
        self._writer.previous_wanted = self._previous_wanted > 0

    async def _history(self, prefix: str, first: int, last: int) -> list[Event]:
        def read(connection: sqlite3.Connection) -> list[Event]:
            compacted = _compacted(connection)
            if first <= compacted:
                raise Compacted(compacted)
            span = (first, last, prefix, prefix_end(prefix) or _LAST_KEY)
            return [_event(row) for row in connection.execute(_HISTORY, span)]

        return await self._read(read)

    # -- leases, compaction, the end

    async def grant(self, ttl: float) -> int:
        """A lease; it goes on through restarts."""
        expires = self._clock.now().timestamp() + ttl
        lease: int = await self._submit("grant", expires=expires)
        self._leases[lease] = expires
        return lease

    async def expire(self) -> int:
        """Deletes the keys of leases that are over."""
        now = self._clock.now().timestamp()
        over = tuple(lease for lease, end in self._leases.items() if end <= now)
        if not over:
            return 0
        removed: int = await self._submit("expire", leases=over)
        for lease in over:
            self._leases.pop(lease, None)
        return removed

    async def compact(self, revision: int) -> None:
        """Forgets what was superseded, in steps that let other writes pass."""
        if revision > self._hub.revision:
            raise FutureRevision(self._hub.revision)
        step = self._writer.compacted + _COMPACT_STEP
        while step < revision:
            await self._submit("compact", revision=step)
            step += _COMPACT_STEP
        await self._submit("compact", revision=revision)

    async def close(self) -> None:
        """Writes what is queued, ends watches, lets go of the directory."""
        if self._closed is not None:
            await asyncio.shield(self._closed)
            return
        loop = asyncio.get_running_loop()
        self._closed = loop.create_future()
        self._writer.stop()
        await loop.run_in_executor(None, self._shut)
        # Answers of the last batch are on their way to the loop before the thread ends.
        self._hub.close()
        self._closed.set_result(None)

    def _shut(self) -> None:
        self._writer.join()
        self._readers.shutdown()
        for connection in self._reading:
            connection.close()
        # The last connection to close moves the journal into the database.
        self._connection.close()
        self._lock.release()


def _compacted(connection: sqlite3.Connection) -> int:
    value: int = connection.execute("SELECT value FROM meta WHERE name = 'compacted'").fetchone()[0]
    return value


def _readable(connection: sqlite3.Connection, revision: int) -> tuple[int, int]:
    """The revision to read at and the newest one. Compacted, FutureRevision."""
    newest: int = connection.execute("SELECT coalesce(max(revision), 1) FROM history").fetchone()[0]
    if revision > newest:
        raise FutureRevision(newest)
    if revision:
        compacted = _compacted(connection)
        if revision < compacted:
            raise Compacted(compacted)
    return revision or newest, newest


def _event(row: tuple[Any, ...]) -> Event:
    kv = KeyValue(*row[:6])
    prev = KeyValue(*row[6:]) if row[6] is not None else None
    return Event("PUT" if kv.version else "DELETE", kv, prev)
