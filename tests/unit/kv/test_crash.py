"""What has been acknowledged survives ``kill -9``."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from mini_server.kv.sqlite import SqliteKV

_ROUNDS = 20
_ACKNOWLEDGED = 40

# Writes from several tasks at once and tells each acknowledged key; runs until it is killed.
_CHILD = """
import asyncio, os, sys
from pathlib import Path
from mini_server.kv.sqlite import SqliteKV

async def main():
    kv = SqliteKV(Path(sys.argv[1]))
    async def write(task):
        for i in range(1_000_000):
            key = f"/{sys.argv[2]}/{task}/{i}"
            revision = await kv.create(key, key.encode() * 20)
            os.write(1, f"{key} {revision}\\n".encode())
    await asyncio.gather(*(write(task) for task in range(8)))

asyncio.run(main())
"""


def acknowledged_before_the_kill(directory: Path, round_number: int) -> dict[str, int]:
    command = [sys.executable, "-c", _CHILD, str(directory), str(round_number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(_ACKNOWLEDGED)]
        child.kill()
        lines += child.stdout.readlines()
    words = [line.split() for line in lines if line.endswith("\n")]
    return {key: int(revision) for key, revision in words}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_no_acknowledged_write_is_lost(tmp_path: Path) -> None:
    expected: dict[str, int] = {}
    for round_number in range(_ROUNDS):
        expected |= acknowledged_before_the_kill(tmp_path, round_number)
    assert len(expected) >= _ROUNDS * _ACKNOWLEDGED

    async def stored() -> dict[str, int]:
        kv = SqliteKV(tmp_path)
        result = await kv.range("")
        await kv.close()
        for entry in result.kvs:
            assert entry.value == entry.key.encode() * 20
        assert result.revision == len(result.kvs) + 1
        return {entry.key: entry.mod_revision for entry in result.kvs}

    found = asyncio.run(stored())
    assert {key: found.get(key) for key in expected} == expected


# Creates, updates, deletes and compacts, with a sink that sees each revision once; tells what each write left.
_CHANGING_CHILD = """
import asyncio, os, random, sys
from pathlib import Path
from mini_server.kv.interface import Compacted, KeyExists, KeyNotFound, RevisionMismatch
from mini_server.kv.sqlite import SqliteKV

async def main():
    kv, chance = SqliteKV(Path(sys.argv[1])), random.Random(sys.argv[2])
    seen = [kv.revision]

    def sink(events):
        for event in events:
            assert event.kv.mod_revision == seen[0] + 1
            seen[0] += 1

    await kv.watch("", seen[0] + 1, sink)

    async def change():
        while True:
            key = f"/{chance.randrange(10)}"
            current, _ = await kv.get(key)
            try:
                if current is None:
                    revision = await kv.create(key, b"1")
                elif chance.random() < 0.3:
                    revision, _ = await kv.delete(key, current.mod_revision)
                    key += " gone"
                else:
                    revision = await kv.update(key, b"1", current.mod_revision)
            except (KeyExists, KeyNotFound, RevisionMismatch):
                continue
            assert seen[0] >= revision
            os.write(1, f"{revision} {key}\\n".encode())

    async def compact():
        while True:
            await asyncio.sleep(0.005)
            try:
                await kv.compact(max(1, kv.revision - 5))
            except Compacted:
                continue

    await asyncio.gather(change(), change(), change(), compact())

asyncio.run(main())
"""


def changes_before_the_kill(directory: Path, round_number: int) -> dict[int, tuple[str, bool]]:
    """Key, and whether it was deleted, by revision."""
    command = [sys.executable, "-c", _CHANGING_CHILD, str(directory), str(round_number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(100 + 37 * round_number)]
        child.kill()
        lines += child.stdout.readlines()
    words = [line.split() for line in lines if line.endswith("\n")]
    assert len(words) >= 100
    return {int(revision): (key, bool(gone)) for revision, key, *gone in words}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_the_last_acknowledged_state_of_each_key_outlives_kills_amid_compactions(tmp_path: Path) -> None:
    for round_number in range(5):
        changes = changes_before_the_kill(tmp_path, round_number)

        async def stored() -> tuple[dict[str, int], int]:
            kv = SqliteKV(tmp_path)
            result = await kv.range("")
            await kv.close()
            return {entry.key: entry.mod_revision for entry in result.kvs}, result.revision

        found, newest = asyncio.run(stored())
        last = {key: (revision, gone) for revision, (key, gone) in sorted(changes.items())}
        # What came after the last acknowledgement of all may be there or not.
        unknown = newest > max(changes)
        for key, (revision, gone) in last.items():
            kept = found.get(key) is None if gone else found.get(key) == revision
            assert kept or (unknown and found.get(key, newest) > max(changes)), key
        assert newest >= max(changes)
