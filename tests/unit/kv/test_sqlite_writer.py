"""What the writer does when the disk fails."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from mini_server.kv.interface import Event, KeyExists, RevisionMismatch, StoreUnavailable
from mini_server.kv.sqlite import SqliteKV


class FailingConnection:
    """Passes everything on, but fails statements that begin with a word."""

    def __init__(self, connection: sqlite3.Connection, word: str, error_name: str) -> None:
        self._connection = connection
        self.word = word
        self._error_name = error_name

    def execute(self, sql: str, *parameters: Any) -> Any:
        if self.word and sql.startswith(self.word):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = self._error_name
            raise error
        return self._connection.execute(sql, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def fail_on(kv: SqliteKV, word: str, error_name: str) -> FailingConnection:
    writer: Any = kv._writer
    writer._connection = FailingConnection(writer._connection, word, error_name)
    failing: FailingConnection = writer._connection
    return failing


async def sent_together(*calls: Any) -> list[Any]:
    return list(await asyncio.gather(*calls, return_exceptions=True))


def test_a_failed_commit_fails_its_whole_batch_and_leaves_no_trace(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path)
        await kv.create("/a", b"1")
        connection = fail_on(kv, "COMMIT", "SQLITE_FULL")
        seen: list[Event] = []
        await kv.watch("", 0, seen.extend)
        results = await sent_together(
            # more than one row, so that there is a COMMIT, whatever the thread takes first
            kv.compact(2),
            kv.update("/a", b"2", 2),
            kv.create("/b", b"1"),
            kv.create("/b", b"2"),
        )
        assert isinstance(results[0], StoreUnavailable)
        connection.word = ""
        done = [result for result in results if isinstance(result, int)]
        assert kv.revision == 2 + len(done)
        assert len(seen) == len(done)
        await kv.close()

    asyncio.run(main())


def test_after_a_failed_commit_decisions_are_made_on_what_is_stored(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path)
        await kv.create("/a", b"1", await kv.grant(60))
        connection = fail_on(kv, "INSERT INTO history", "SQLITE_FULL")
        for call in (kv.update("/a", b"2", 2), kv.delete("/a", 2), kv.create("/b", b"x")):
            with pytest.raises(StoreUnavailable, match="disk I/O error"):
                await call
        connection.word = ""
        with pytest.raises(KeyExists):
            await kv.create("/a", b"x")
        with pytest.raises(RevisionMismatch):
            await kv.update("/a", b"x", 3)
        assert await kv.update("/a", b"2", 2) == 3
        assert await kv.create("/b", b"x") == 4
        await kv.close()

    asyncio.run(main())


def test_after_a_failed_sync_nothing_is_written_until_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path)
        await kv.create("/a", b"1")
        connection = fail_on(kv, "INSERT INTO history", "SQLITE_IOERR_FSYNC")
        with pytest.raises(StoreUnavailable):
            await kv.create("/b", b"1")
        connection.word = ""
        with pytest.raises(StoreUnavailable, match="restart the server"):
            await kv.create("/c", b"1")
        assert (await kv.get("/a"))[0] is not None
        await kv.close()
        kv = SqliteKV(tmp_path)
        assert await kv.create("/c", b"1") == 3
        await kv.close()

    asyncio.run(main())


def test_a_failed_compaction_can_be_tried_again(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path)
        await kv.create("/a", b"1")
        await kv.update("/a", b"2", 2)
        connection = fail_on(kv, "DELETE", "SQLITE_BUSY")
        with pytest.raises(StoreUnavailable):
            await kv.compact(3)
        assert (await kv.get("/a", 2))[0] is not None
        connection.word = ""
        await kv.compact(3)
        await kv.close()

    asyncio.run(main())
