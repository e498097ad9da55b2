"""Leases and compaction are looked after."""

from __future__ import annotations

import asyncio

import pytest

from mini_server.kv.interface import Compacted
from mini_server.kv.maintenance import Maintenance
from mini_server.kv.memory import MemoryKV
from pykubectl.machinery.util.clock import FakeClock


def test_history_is_kept_for_one_interval() -> None:
    async def main() -> None:
        clock = FakeClock()
        kv = MemoryKV(clock)
        maintenance = Maintenance(kv, clock, compaction_interval=300)
        await kv.create("/a", b"1")
        clock.advance(300)
        await maintenance.step()
        await kv.update("/a", b"2", 2)
        await kv.update("/a", b"3", 3)
        assert (await kv.get("/a", 2))[0] is not None
        clock.advance(299)
        await maintenance.step()
        assert (await kv.get("/a", 2))[0] is not None
        clock.advance(1)
        await maintenance.step()
        await kv.update("/a", b"4", 4)
        clock.advance(300)
        await maintenance.step()
        with pytest.raises(Compacted):
            await kv.get("/a", 3)
        # nothing was written meanwhile: nothing to do, and no error
        for _ in range(3):
            clock.advance(300)
            await maintenance.step()
        assert (await kv.get("/a"))[0] is not None

    asyncio.run(main())


def test_an_interval_of_zero_means_no_compaction() -> None:
    async def main() -> None:
        clock = FakeClock()
        kv = MemoryKV(clock)
        maintenance = Maintenance(kv, clock, compaction_interval=0)
        await kv.create("/a", b"1")
        await kv.update("/a", b"2", 2)
        for _ in range(3):
            clock.advance(10_000)
            await maintenance.step()
        assert (await kv.get("/a", 2))[0] is not None

    asyncio.run(main())


def test_expired_keys_are_removed() -> None:
    async def main() -> None:
        clock = FakeClock()
        kv = MemoryKV(clock)
        maintenance = Maintenance(kv, clock)
        await kv.create("/a", b"1", await kv.grant(10))
        clock.advance(11)
        await maintenance.step()
        assert (await kv.get("/a"))[0] is None

    asyncio.run(main())


def test_it_starts_and_stops_and_ends_with_the_store() -> None:
    async def main() -> None:
        kv = MemoryKV()
        maintenance = Maintenance(kv)
        maintenance.start()
        await maintenance.stop()
        await maintenance.stop()
        await kv.close()

    asyncio.run(main())
