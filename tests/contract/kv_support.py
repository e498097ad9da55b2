"""Runs a test over every key-value store. A further implementation joins by a line in `IMPLEMENTATIONS`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from mini_server.kv.interface import KV
from mini_server.kv.memory import MemoryKV
from mini_server.kv.sqlite import SqliteKV
from pykubectl.machinery.util.clock import FakeClock

BACKLOG = 50
TIME_LIMIT = 30.0

IMPLEMENTATIONS: dict[str, Callable[[Path, FakeClock], KV]] = {
    "memory": lambda directory, clock: MemoryKV(clock, backlog=BACKLOG),
    "sqlite": lambda directory, clock: SqliteKV(directory / "kv", clock, backlog=BACKLOG),
}

KVTest = Callable[[KV, FakeClock], Awaitable[None]]


def every_kv(test: KVTest) -> Callable[[str, Path], None]:
    """Makes a test of ``async def test(kv, clock)`` that gets an empty store of each kind."""

    @pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
    def run(implementation: str, tmp_path: Path) -> None:
        async def main() -> None:
            clock = FakeClock()
            kv = IMPLEMENTATIONS[implementation](tmp_path, clock)
            try:
                await asyncio.wait_for(test(kv, clock), TIME_LIMIT)
            finally:
                await kv.close()

        asyncio.run(main())

    run.__name__ = test.__name__
    run.__doc__ = test.__doc__
    return run


async def settle(rounds: int = 20) -> None:
    """Lets callbacks that are ready run; nothing waits for time."""
    for _ in range(rounds):
        await asyncio.sleep(0)
