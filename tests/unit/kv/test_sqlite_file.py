"""The embedded store and its files: what is refused, how, and what stays as it was."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from mini_server.kv.interface import StoreCorrupt, StoreLocked, StoreOpenError, StoreUnavailable, StoreUnwritable
from mini_server.kv.sqlite import SqliteKV
from mini_server.kv.sqlite_file import FILE, SCHEMA_VERSION, connect
from pykubectl.machinery.util.clock import FakeClock


def fill(directory: Path, *keys: str) -> None:
    async def main() -> None:
        kv = SqliteKV(directory)
        for key in keys:
            await kv.create(key, b"x" * 3000)
        await kv.close()

    asyncio.run(main())


def reopen(directory: Path) -> None:
    async def main() -> None:
        await SqliteKV(directory).close()

    asyncio.run(main())


def refusal(directory: Path, kind: type[StoreOpenError]) -> str:
    with pytest.raises(kind) as caught:
        reopen(directory)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path)
        await kv.create("/a", b"1")
        await kv.create("/b", b"2")
        await kv.update("/a", b"3", 2)
        await kv.delete("/b")
        await kv.compact(3)
        await kv.close()
        kv = SqliteKV(tmp_path)
        assert kv.revision == 5
        assert [(entry.key, entry.value, entry.version) for entry in (await kv.range("")).kvs] == [("/a", b"3", 2)]
        assert await kv.create("/b", b"4") == 6
        assert len(await anext(await kv.watch("", 4))) == 3
        await kv.close()

    asyncio.run(main())


def test_leases_go_on_through_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        clock = FakeClock()
        kv = SqliteKV(tmp_path, clock)
        await kv.create("/a", b"1", await kv.grant(60))
        await kv.close()
        clock.advance(61)
        kv = SqliteKV(tmp_path, clock)
        assert await kv.expire() == 1
        assert await kv.grant(1) == 2 or (await kv.range("")).kvs == []
        await kv.close()

    asyncio.run(main())


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file modes")
def test_files_are_private(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path / "new" / "data")
        await kv.create("/a", b"1")
        directory = tmp_path / "new" / "data"
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
        assert set(modes) >= {FILE, f"{FILE}-wal", "lock"}
        assert set(modes.values()) == {0o600}
        await kv.close()

    before = os.umask(0)
    try:
        asyncio.run(main())
    finally:
        os.umask(before)


def test_a_second_server_is_kept_off(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path)
        with pytest.raises(StoreLocked, match=rf"in use by another server \(process {os.getpid()}\)"):
            SqliteKV(tmp_path)
        assert await kv.create("/a", b"1") == 2
        await kv.close()
        await SqliteKV(tmp_path).close()

    asyncio.run(main())


def test_a_failed_opening_lets_go_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"")
    for _ in range(2):
        assert "is empty" in refusal(tmp_path, StoreCorrupt)


def test_a_text_file(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("hello, I am not a database\n")
    assert refusal(tmp_path, StoreCorrupt).startswith(f"{tmp_path / FILE} is not a database")
    assert (tmp_path / FILE).read_text().startswith("hello")


def test_a_database_of_another_program(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    assert refusal(tmp_path, StoreCorrupt).endswith("is a database of another program")


def test_a_newer_format(tmp_path: Path) -> None:
    fill(tmp_path, "/a")
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    assert "was written by a newer version (format 2, this one knows 1)" in refusal(tmp_path, StoreCorrupt)


def test_a_changed_table(tmp_path: Path) -> None:
    fill(tmp_path, "/a")
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("ALTER TABLE history ADD COLUMN extra")
    connection.close()
    assert "table history is not as it should be" in refusal(tmp_path, StoreCorrupt)


@pytest.mark.parametrize("keep", [100, 4096, 20_000])
def test_a_truncated_file(tmp_path: Path, keep: int) -> None:
    fill(tmp_path, *(f"/{i}" for i in range(30)))
    os.truncate(tmp_path / FILE, keep)
    assert "is damaged" in refusal(tmp_path, StoreCorrupt)


def test_overwritten_pages(tmp_path: Path) -> None:
    fill(tmp_path, *(f"/{i}" for i in range(30)))
    path = tmp_path / FILE
    data = bytearray(path.read_bytes())
    data[8192:20480] = b"\xaa" * 12288
    path.write_bytes(data)
    assert "is damaged" in refusal(tmp_path, StoreCorrupt)


def test_a_missing_file_whose_journal_is_there(tmp_path: Path) -> None:
    fill(tmp_path, "/a")
    (tmp_path / FILE).rename(tmp_path / f"{FILE}-wal")
    assert "is missing though its journal" in refusal(tmp_path, StoreCorrupt)


def test_an_interrupted_first_start(tmp_path: Path) -> None:
    (tmp_path / f"{FILE}.new").write_bytes(b"half")
    fill(tmp_path, "/a")
    assert not (tmp_path / f"{FILE}.new").exists()


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    text = refusal(tmp_path / "file" / "data", StoreUnwritable)
    assert text.startswith(f"cannot make data directory {tmp_path / 'file' / 'data'}: ")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert "cannot be written" in refusal(tmp_path, StoreUnwritable)
    finally:
        tmp_path.chmod(0o700)


def test_a_path_with_characters_that_mean_something_in_a_uri(tmp_path: Path) -> None:
    directory = tmp_path / "50% of #1? ü"
    fill(directory, "/a")
    assert (directory / FILE).exists()
    reopen(directory)


def test_a_full_disk_fails_writes_and_keeps_reads(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path, quota_bytes=200_000)
        await kv.create("/small", b"x")
        seen: list[str] = []
        await kv.watch("", 0, lambda events: seen.extend(event.kv.key for event in events))
        results = await asyncio.gather(
            kv.create("/large", b"x" * 500_000), kv.create("/same-batch", b"x"), return_exceptions=True
        )
        assert isinstance(results[0], StoreUnavailable)
        assert "full" in str(results[0])
        assert (await kv.get("/small"))[0] is not None
        assert (await kv.get("/large"))[0] is None
        # what failed left no trace: neither a revision nor an event
        done = [key for key, result in zip(("/large", "/same-batch"), results) if isinstance(result, int)]
        assert await kv.create("/next", b"x") == 3 + len(done)
        assert seen == [*done, "/next"]
        await kv.close()

    asyncio.run(main())


def test_a_key_that_cannot_be_stored_fails_alone(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path)
        with pytest.raises(StoreUnavailable):
            await kv.create("/\ud800", b"x")
        assert await kv.create("/a", b"x") == 2
        await kv.close()

    asyncio.run(main())


def test_a_cancelled_writer_does_not_disturb_the_others(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path)
        first = asyncio.ensure_future(kv.create("/a", b"x"))
        second = asyncio.ensure_future(kv.create("/b", b"x"))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == 3
        assert (await kv.get("/a"))[0] is not None
        await kv.close()

    asyncio.run(main())


def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    fill(tmp_path, "/a")
    connection = connect(tmp_path / FILE)
    settings = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    connection.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2}


def test_operations_of_many_megabytes_are_not_put_into_one_transaction(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path)
        revisions = await asyncio.gather(*(kv.create(f"/{i}", b"x" * (6 << 20)) for i in range(5)))
        assert list(revisions) == [2, 3, 4, 5, 6]
        await kv.close()

    asyncio.run(main())


def test_close_finishes_what_is_queued(tmp_path: Path) -> None:
    async def main() -> None:
        kv = SqliteKV(tmp_path)
        pending = [asyncio.ensure_future(kv.create(f"/{i}", b"x")) for i in range(50)]
        await asyncio.sleep(0)
        await kv.close()
        assert [task.result() for task in pending] == list(range(2, 52))

    asyncio.run(main())
