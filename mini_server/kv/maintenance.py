"""What a store needs from time to time: expired leases removed, old history forgotten.

Source of the compaction rule: apiserver ``pkg/storage/etcd3/compact.go`` (every interval, to where the store was one
interval ago, so that watchers have that long to come back).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from mini_server.kv.interface import FIRST_REVISION, KV, Compacted, StoreClosed, StoreError
from pykubectl.machinery.util.clock import Clock, RealClock

COMPACTION_INTERVAL = 300.0
_LOOK_EVERY = 1.0
_log = logging.getLogger(__name__)


class Maintenance:
    """Runs beside a store in its event loop. Intervals are measured by the clock given, looked at every second."""

    def __init__(self, kv: KV, clock: Clock | None = None, compaction_interval: float = COMPACTION_INTERVAL) -> None:
        """An interval of 0 seconds switches compaction off."""
        self._kv = kv
        self._clock = clock or RealClock()
        self._interval = compaction_interval
        self._last = self._clock.monotonic()
        self._mark = FIRST_REVISION
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins in the running loop."""
        self._mark = self._kv.revision
        self._task = asyncio.get_running_loop().create_task(self._run(), name="kv-maintenance")

    async def stop(self) -> None:
        """Ends it."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                await self.step()
            except StoreClosed:
                return
            except StoreError as error:
                _log.warning("store maintenance: %s", error)

    async def step(self) -> None:
        """Does what is due."""
        await self._kv.expire()
        now = self._clock.monotonic()
        if not self._interval or now - self._last < self._interval:
            return
        self._last = now
        mark, self._mark = self._mark, self._kv.revision
        if mark > FIRST_REVISION:
            with suppress(Compacted):
                await self._kv.compact(mark)
