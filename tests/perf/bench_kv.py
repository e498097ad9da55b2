"""Durable puts per second of the embedded store, beside a bare SQLite commit loop on the same disk.

The disk is the one of temporary files (``TMPDIR``).
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path

from mini_server.kv.sqlite import SqliteKV
from mini_server.storage.cacher.cacher import Cacher
from mini_server.storage.store import KVStore
from pykubectl.machinery.schema import GroupResource

CONCURRENCY = (1, 16, 64)
SECONDS = 1.5
VALUE = b"x" * 1024
PREFIX = "/registry/configmaps/"


def bare_loop(directory: Path) -> float:
    """Commits per second of one row each, nothing around them."""
    connection = sqlite3.connect(directory / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE t (revision INTEGER PRIMARY KEY, key TEXT, value BLOB)")
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        connection.execute("INSERT INTO t (key, value) VALUES (?, ?)", (f"{PREFIX}{count}", VALUE))
        count += 1
    connection.close()
    return count / (time.perf_counter() - start)


async def key_value_puts(directory: Path, concurrency: int) -> float:
    """Creates per second through the key-value store."""
    kv = SqliteKV(directory)
    end = time.perf_counter() + SECONDS

    async def write(task: int) -> int:
        count = 0
        while time.perf_counter() < end:
            await kv.create(f"{PREFIX}{task}/{count}", VALUE)
            count += 1
        return count

    start = time.perf_counter()
    total = sum(await asyncio.gather(*(write(task) for task in range(concurrency))))
    rate = total / (time.perf_counter() - start)
    await kv.close()
    return rate


async def cached_creates(directory: Path, concurrency: int) -> float:
    """Objects created per second through the watch cache."""
    kv = SqliteKV(directory)
    cacher = Cacher(KVStore(kv, GroupResource("", "configmaps"), PREFIX))
    end = time.perf_counter() + SECONDS

    async def write(task: int) -> int:
        count = 0
        while time.perf_counter() < end:
            metadata = {"name": f"{count}", "namespace": f"{task}"}
            obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"x": "x" * 1000}}
            await cacher.create(f"{PREFIX}{task}/{count}", obj)
            count += 1
        return count

    start = time.perf_counter()
    total = sum(await asyncio.gather(*(write(task) for task in range(concurrency))))
    rate = total / (time.perf_counter() - start)
    await cacher.close()
    await kv.close()
    return rate


def measure() -> dict[str, float]:
    """Writes per second at several concurrencies, and their ratio to the bare loop's, which comes first."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        bare = bare_loop(directory)
        figures = {"bare commit loop, writes/s": bare}
        for what, function in (("kv puts", key_value_puts), ("cached creates", cached_creates)):
            for concurrency in CONCURRENCY:
                rate = asyncio.run(function(directory / f"{what} {concurrency}", concurrency))
                figures[f"{what}, {concurrency} at once, writes/s"] = rate
                figures[f"{what}, {concurrency} at once / bare loop, ratio"] = rate / bare
    return figures
