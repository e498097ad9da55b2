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
